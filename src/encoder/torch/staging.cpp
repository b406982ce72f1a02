#include "encoder/torch/staging.hpp"

#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

#include <ATen/Functions.h>
#include <c10/core/DeviceGuard.h>
#include <c10/core/Event.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include "encoder/torch/device.hpp"
#include "encoder/torch/torch_model.hpp"

namespace histo {

namespace {

c10::impl::VirtualGuardImpl queues(const c10::Device& device) {
  return c10::impl::VirtualGuardImpl(device.type());
}

}  // namespace

// The buffers of one call. Nobody touches them between `submit` and the event `done`, neither here
// nor on the device, so both queues may use them without asking the allocator.
struct Staging::Slot {
  Slot(const c10::Device& device, std::int64_t images, std::int64_t side, std::int64_t dim)
      : capacity(images),
        pixels(at::empty({images, side, side, 3}, page_locked().dtype(at::kByte))),
        normalisations(at::empty({6 * images}, page_locked().dtype(at::kFloat))),
        features(at::empty({images, dim}, page_locked().dtype(at::kFloat))),
        device_pixels(at::empty({images, side, side, 3}, at::device(device).dtype(at::kByte))),
        device_normalisations(at::empty({6 * images}, at::device(device).dtype(at::kFloat))),
        uploaded(device.type()),
        done(device.type()) {}

  std::int64_t capacity;
  std::int64_t n = 0;
  at::Tensor pixels, normalisations, features;
  at::Tensor device_pixels, device_normalisations;
  c10::Event uploaded, done;
};

Staging::Staging(const c10::Device& device, std::int64_t side, std::size_t dim)
    : device_(device),
      side_(side),
      dim_(static_cast<std::int64_t>(dim)),
      copies_(queues(device).getStreamFromGlobalPool(device)) {}

Staging::~Staging() { forget(); }

void Staging::submit(const std::uint8_t* pixels, const Normalisation* normalisations, std::size_t n,
                     const Compute& compute) {
  const c10::DeviceGuard on_device(device_);
  const c10::Stream computing = queues(device_).getStream(device_);
  std::unique_ptr<Slot> slot = slot_for(n);
  const std::int64_t count = slot->n = static_cast<std::int64_t>(n);
  std::memcpy(slot->pixels.data_ptr(), pixels, n * static_cast<std::size_t>(3 * side_ * side_));
  pack(normalisations, n, slot->normalisations.data_ptr<float>());
  const at::Tensor device_pixels = slot->device_pixels.narrow(0, 0, count);
  const at::Tensor device_normalisations = slot->device_normalisations.narrow(0, 0, 6 * count);
  try {
    {
      const c10::StreamGuard in_queue(copies_);
      device_pixels.copy_(slot->pixels.narrow(0, 0, count), /*non_blocking=*/true);
      device_normalisations.copy_(slot->normalisations.narrow(0, 0, 6 * count),
                                  /*non_blocking=*/true);
      slot->uploaded.record(copies_);
    }
    slot->uploaded.block(computing);
    const at::Tensor features =
        compute(device_pixels, device_normalisations.view({2, count, 3, 1, 1}));
    slot->features.narrow(0, 0, count).copy_(features, /*non_blocking=*/true);
    slot->done.record(computing);
  } catch (...) {
    // Before the buffers go: both queues may still use them.
    copies_.synchronize();
    computing.synchronize();
    throw;
  }
  busy_.push_back(std::move(slot));
}

std::size_t Staging::fetch(float* features) {
  const c10::DeviceGuard on_device(device_);
  std::unique_ptr<Slot> slot = std::move(busy_.front());
  busy_.pop_front();
  // Asked again and again, since LibTorch 1.13 has no wait for an event, and the wait of a queue
  // would be one for the next batch too.
  while (!slot->done.query()) std::this_thread::sleep_for(std::chrono::microseconds(50));
  const auto n = static_cast<std::size_t>(slot->n);
  std::memcpy(features, slot->features.data_ptr<float>(),
              n * static_cast<std::size_t>(dim_) * sizeof(float));
  idle_.push_back(std::move(slot));
  return n;
}

void Staging::forget() noexcept {
  try {
    const c10::DeviceGuard on_device(device_);
    copies_.synchronize();
    queues(device_).getStream(device_).synchronize();
  } catch (...) {  // NOLINT(bugprone-empty-catch): the device is broken, which others report
  }
  busy_.clear();
}

void Staging::give_back() noexcept { idle_.clear(); }

std::unique_ptr<Staging::Slot> Staging::slot_for(std::size_t n) {
  const auto wanted = static_cast<std::int64_t>(n);
  while (!idle_.empty()) {
    std::unique_ptr<Slot> slot = std::move(idle_.back());
    idle_.pop_back();
    if (slot->capacity >= wanted) return slot;
  }
  return std::make_unique<Slot>(device_, wanted, side_, dim_);
}

}  // namespace histo
