#include "histo/encoder.hpp"

#include <algorithm>
#include <utility>

#include "histo/error.hpp"

namespace histo {

std::size_t Encoder::ahead() const { return 1; }

void Encoder::submit(const std::uint8_t* pixels, const Normalisation* normalisations,
                     std::size_t n) {
  if (submitted_.size() >= ahead()) {
    throw Error(ErrorKind::internal, "a batch was submitted before the oldest one was fetched");
  }
  std::vector<float> features(n * dim());
  encode(pixels, normalisations, n, features.data());
  submitted_.push_back(std::move(features));
}

void Encoder::fetch(float* features) {
  if (submitted_.empty()) {
    throw Error(ErrorKind::internal, "a batch was fetched before one was submitted");
  }
  std::copy(submitted_.front().begin(), submitted_.front().end(), features);
  submitted_.pop_front();
}

std::size_t Encoder::suggested_batch() { return 64; }

std::vector<std::string> Encoder::take_warnings() { return {}; }

}  // namespace histo
