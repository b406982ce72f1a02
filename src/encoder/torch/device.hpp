#pragma once
/// Where a model runs. The only file pair that knows one kind of device from another.

#include <string>
#include <vector>

#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>
#include <c10/core/TensorOptions.h>

#include "encoder/precision.hpp"

namespace histo {

struct ChosenDevice {
  c10::Device device{c10::DeviceType::CPU};
  std::string name = "cpu";  ///< "cpu", "cuda:0"
  DeviceAbilities abilities;
  std::vector<std::string> warnings;
};

/// `asked` is one of EncoderOptions::device; `what` runs there, for the warnings: "the model".
/// Products on a GPU are float32's from here on. Throws Error(usage) where that device does not
/// exist.
ChosenDevice choose_device(const std::string& asked, const std::string& what);

/// Of memory that a device copies from and to while the processor goes on.
at::TensorOptions page_locked();

/// While this lives, products and convolutions of the calling thread are made in a lower precision
/// on this device, of float32 weights; nothing changes for float32.
class LowerPrecision {
 public:
  LowerPrecision(const c10::Device& device, at::ScalarType precision);
  LowerPrecision(const LowerPrecision&) = delete;
  LowerPrecision& operator=(const LowerPrecision&) = delete;
  ~LowerPrecision();

 private:
  c10::Device device_;
  bool enabled_;
};

/// "1.13.0 (CPU)" or "2.6.0 (CUDA)".
std::string libtorch_text();

}  // namespace histo
