#pragma once
/// Images on their way through an encoder, in batches of fixed size.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <utility>
#include <vector>

#include "histo/encoder.hpp"
#include "histo/image.hpp"

#include "jobs/report.hpp"

namespace histo {

/// `Place` is where the features of an image belong. Thread rule: one thread.
template <class Place>
class EncoderBatches {
 public:
  /// `image_bytes` of each image; `size` images a batch, but `first` in the first one, for a row
  /// that is soon on the disk. The encoder must outlive this.
  EncoderBatches(Encoder& encoder, std::size_t image_bytes, std::size_t size, std::size_t first)
      : encoder_(encoder),
        image_bytes_(image_bytes),
        size_(size),
        goal_(first),
        pixels_(size * image_bytes),
        features_(size * encoder.dim()) {}

  std::size_t size() const { return size_; }

  void add(const Image& pixels, const Normalisation& normalisation, Place place) {
    const Stopwatch watch;
    std::memcpy(pixels_.data() + places_.size() * image_bytes_, pixels.data(), image_bytes_);
    copy_seconds_ += watch.seconds();
    normalisations_.push_back(normalisation);
    places_.push_back(std::move(place));
  }

  bool is_full() const { return places_.size() == goal_; }

  /// Hands over what there is, full or not.
  void submit() {
    if (places_.empty()) return;
    const Stopwatch watch;
    encoder_.submit(pixels_.data(), normalisations_.data(), places_.size());
    model_seconds_ += watch.seconds();
    goal_ = size_;
    normalisations_.clear();
    on_their_way_.push_back(std::move(places_));
    places_.clear();
  }

  /// Batches that were handed over and not fetched.
  std::size_t on_their_way() const { return on_their_way_.size(); }

  /// Waits for the oldest of them; `features` has a row for each of the places then.
  std::vector<Place> fetch() {
    const Stopwatch watch;
    encoder_.fetch(features_.data());
    model_seconds_ += watch.seconds();
    std::vector<Place> places = std::move(on_their_way_.front());
    on_their_way_.pop_front();
    return places;
  }
  const float* features(std::size_t row) const { return features_.data() + row * encoder_.dim(); }

  double copy_seconds() const { return copy_seconds_; }
  double model_seconds() const { return model_seconds_; }  ///< that were waited for it

 private:
  Encoder& encoder_;
  std::size_t image_bytes_;
  std::size_t size_;
  std::size_t goal_;  // of this batch
  std::vector<std::uint8_t> pixels_;
  std::vector<float> features_;
  std::vector<Normalisation> normalisations_;    // of the images of this batch
  std::vector<Place> places_;                    // and where they come from
  std::deque<std::vector<Place>> on_their_way_;  // the oldest first
  double copy_seconds_ = 0.0;
  double model_seconds_ = 0.0;
};

}  // namespace histo
