#include "encoder/torch/gpu_encoder.hpp"

#include <chrono>
#include <deque>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "histo/error.hpp"

#include "encoder/batch_size.hpp"
#include "encoder/finite.hpp"
#include "encoder/torch/staging.hpp"

namespace histo {

namespace {

constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();

class GpuEncoder : public TorchEncoder {
 public:
  GpuEncoder(TorchModel model, std::string device)
      : TorchEncoder(std::move(model)),
        device_(std::move(device)),
        staging_(this->model().device(), this->model().card().crop_size, dim()) {}

  // One that runs and one that waits, so that the device goes from one to the next.
  std::size_t ahead() const override { return 2; }

  void submit(const std::uint8_t* pixels, const Normalisation* normalisations,
              std::size_t n) override {
    if (batches_.size() >= ahead()) {
      throw Error(ErrorKind::internal, "a batch was submitted before the oldest one was fetched");
    }
    start({pixels, normalisations, n});
  }

  void fetch(float* features) override {
    if (batches_.empty()) {
      throw Error(ErrorKind::internal, "a batch was fetched before one was submitted");
    }
    const std::size_t n = batches_.front();
    batches_.pop_front();
    or_forget([&] {
      for (std::size_t done = 0; done < n;) done += staging_.fetch(features + done * dim());
      require_finite(features, n, dim(), model().subject());
    });
  }

  void encode(const std::uint8_t* pixels, const Normalisation* normalisations, std::size_t n,
              float* features) override {
    require_idle();
    submit(pixels, normalisations, n);
    fetch(features);
  }

  void encode_in_one_call(const std::uint8_t* pixels, const Normalisation* normalisations,
                          std::size_t n, float* features) override {
    require_idle();
    or_forget([&] { start_part({pixels, normalisations, n}); });
    batches_.push_back(n);
    fetch(features);
  }

  std::size_t suggested_batch() override {
    require_idle();
    const std::size_t best = best_batch([this](std::size_t batch) { return speed(batch); });
    staging_.give_back();  // the buffers of larger batches
    return best;
  }

  std::vector<std::string> take_warnings() override { return std::exchange(warnings_, {}); }

 private:
  struct Batch {
    const std::uint8_t* pixels;
    const Normalisation* normalisations;
    std::size_t n;
  };

  void require_idle() const {
    if (batches_.empty()) return;
    throw Error(ErrorKind::internal, "a batch was encoded before those submitted were fetched");
  }

  // After an error nobody can tell which parts of a batch are on their way.
  template <class Act>
  void or_forget(Act&& act) {
    try {
      model().translated(act);
    } catch (...) {
      staging_.forget();
      batches_.clear();
      throw;
    }
  }

  // LibTorch gives all memory that it keeps for later back to the device before it reports that
  // there is too little; only what waits for the next batch is ours to give.
  void start(const Batch& batch) {
    const std::size_t before = most_;
    or_forget([&] {
      in_parts_that_fit(batch.n, most_, [&](std::size_t first, std::size_t count) {
        start_part(
            {batch.pixels + first * model().image_bytes(), batch.normalisations + first, count});
      });
    });
    batches_.push_back(batch.n);
    if (most_ == before) return;
    warnings_.push_back("a batch of " + std::to_string(batch.n) +
                        " images does not fit into the memory of " + device_ +
                        "; from now on at most " + std::to_string(most_) + " are encoded at once");
  }

  void start_part(const Batch& part) {
    if (part.n == 0) return;
    model().translated([&] {
      try {
        staging_.submit(part.pixels, part.normalisations, part.n,
                        [this](const at::Tensor& pixels, const at::Tensor& normalisations) {
                          return model().features(pixels, normalisations);
                        });
      } catch (...) {
        staging_.give_back();
        throw;
      }
    });
  }

  // Images a second with batches of this size, one ahead; nothing where one does not fit.
  std::optional<double> speed(std::size_t batch) {
    // What the pixels are does not matter.
    const std::vector<std::uint8_t> pixels(batch * model().image_bytes(), 128);
    const std::vector<Normalisation> normalisations(batch, {{0.5, 0.5, 0.5}, {0.25, 0.25, 0.25}});
    const Batch whole{pixels.data(), normalisations.data(), batch};
    std::vector<float> features(batch * dim());
    try {
      // The first call of a size also chooses kernels.
      encode_in_one_call(whole.pixels, whole.normalisations, batch, features.data());
      constexpr std::size_t turns = 6;
      const auto begin = std::chrono::steady_clock::now();
      for (std::size_t i = 0; i < turns; ++i) {
        if (batches_.size() == ahead()) fetch(features.data());
        or_forget([&] { start_part(whole); });
        batches_.push_back(batch);
      }
      while (!batches_.empty()) fetch(features.data());
      const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
      return static_cast<double>(turns * batch) / taken.count();
    } catch (const Error& error) {
      if (!is_out_of_memory(error)) throw;
      return std::nullopt;
    }
  }

  std::string device_;
  Staging staging_;
  std::deque<std::size_t> batches_;  // images of those on their way
  std::size_t most_ = unlimited;     // images at once that are known to fit, after one did not
  std::vector<std::string> warnings_;
};

}  // namespace

std::unique_ptr<Encoder> gpu_encoder(TorchModel model, const std::string& device) {
  return std::make_unique<GpuEncoder>(std::move(model), device);
}

}  // namespace histo
