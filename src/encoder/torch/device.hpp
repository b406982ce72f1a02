#pragma once
/// Where a model runs. The only file pair that knows one kind of device from another.

#include <string>
#include <vector>

#include <c10/core/Device.h>

namespace histo {

struct ChosenDevice {
  c10::Device device{c10::DeviceType::CPU};
  std::string name = "cpu";          ///< "cpu", "cuda:0"
  bool takes_whole_batches = false;  ///< one call a batch; else one call an image, on many threads
  std::vector<std::string> warnings;
};

/// `asked` is one of EncoderOptions::device. Throws Error(usage) where that device does not exist.
ChosenDevice choose_device(const std::string& asked);

/// "1.13.0 (CPU)" or "2.6.0 (CUDA)".
std::string libtorch_text();

}  // namespace histo
