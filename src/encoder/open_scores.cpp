#include "histo/open_scores.hpp"

#include <algorithm>
#include <array>
#include <system_error>

#include "histo/encoder.hpp"

#include "encoder/module.hpp"

namespace histo {

namespace {

// Of the drivers of NVIDIA's GPUs, of AMD's, and of Windows' under Linux.
bool shows_a_gpu() {
  constexpr std::array drivers{"/dev/nvidiactl", "/dev/kfd", "/dev/dxg"};
  return std::any_of(drivers.begin(), drivers.end(), [](const char* file) {
    std::error_code ignored;
    return std::filesystem::exists(file, ignored);
  });
}

}  // namespace

OpenedScores open_scores(const std::string& device, const std::filesystem::path& module_folder) {
  validate_device(device);
  OpenedScores opened;
  if (device == "cpu" || (device == "auto" && !shows_a_gpu())) return opened;
  if (device == "auto") {
    const SharedModule module(module_folder, torch_module);
    if (!module.failure().empty()) {
      opened.warnings.push_back("clustering runs on the CPU: " + module.failure());
      return opened;
    }
  }
  const SharedModule module = open_module(module_folder, torch_module, "that multiplies on GPUs");
  module.function<decltype(histo_torch_scores)>("histo_torch_scores")(device, opened);
  return opened;
}

}  // namespace histo
