#pragma once
/// Pixels on their way to a device, and features on their way back.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>
#include <c10/core/Stream.h>

#include "histo/encoder.hpp"

namespace histo {

/// Copies run in a queue of their own beside the one that computes. Pixels travel as uint8, a
/// quarter of the bytes of what the model takes.
class Staging {
 public:
  /// From pixels and `packed` normalisations to features, all on the device.
  using Compute =
      std::function<at::Tensor(const at::Tensor& pixels, const at::Tensor& normalisations)>;

  /// Images of side x side pixels, features of dim values.
  Staging(const c10::Device& device, std::int64_t side, std::size_t dim);
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;
  ~Staging();

  /// Takes n images, at least 1, and returns before the device is done with them; the pointers are
  /// free again. After an exception nothing of them is on its way.
  void submit(const std::uint8_t* pixels, const Normalisation* normalisations, std::size_t n,
              const Compute& compute);

  /// Waits for the oldest images on their way and returns how many they are.
  std::size_t fetch(float* features);

  /// Drops all that is on its way.
  void forget() noexcept;

  /// Gives the buffers back that no image is in.
  void give_back() noexcept;

 private:
  struct Slot;

  std::unique_ptr<Slot> slot_for(std::size_t n);

  c10::Device device_;
  std::int64_t side_;
  std::int64_t dim_;
  c10::Stream copies_;
  std::deque<std::unique_ptr<Slot>> busy_;  // oldest first
  std::deque<std::unique_ptr<Slot>> idle_;
};

}  // namespace histo
