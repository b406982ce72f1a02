#include "encoder/torch/device.hpp"

#include <cstddef>
#include <exception>
#include <fstream>
#include <string>
#include <utility>

#include <ATen/Context.h>
#include <ATen/Functions.h>
#include <ATen/autocast_mode.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/DeviceGuard.h>
#include <torch/cuda.h>
#include <torch/version.h>

#include "histo/error.hpp"

namespace histo {

namespace {

// What the kernel names among the flags of the first processor.
bool has_flag(const std::string& name) {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("flags", 0) == 0)
      return (line + ' ').find(' ' + name + ' ') != std::string::npos;
  }
  return false;
}

// Whether products of bfloat16 take less time than those of float32. AMX has a unit for them. Of
// the processors without it, Intel's make as many bfloat16 products a cycle as float32 ones, and a
// model gets 1.6 times slower by the conversions (measured); AMD's make twice as many.
bool is_faster_at_bfloat16() {
#if defined(__x86_64__)
  return has_flag("amx_bf16") || (has_flag("avx512_bf16") && __builtin_cpu_is("amd") != 0);
#else
  return false;
#endif
}

ChosenDevice cpu(std::vector<std::string> warnings) {
  ChosenDevice chosen;
  chosen.abilities.bfloat16 = is_faster_at_bfloat16();
  chosen.warnings = std::move(warnings);
  return chosen;
}

ChosenDevice gpu(std::size_t index) {
  // Else convolutions round their inputs to 10 bits, and "float32" in the feature file would not be
  // true.
  at::globalContext().setAllowTF32CuDNN(false);
  at::globalContext().setAllowTF32CuBLAS(false);
  ChosenDevice chosen;
  chosen.device = c10::Device(c10::DeviceType::CUDA, static_cast<c10::DeviceIndex>(index));
  chosen.name = "cuda:" + std::to_string(index);
  chosen.abilities.is_cpu = false;
  // LibTorch tells what a GPU is good at only by these: compute capability 8, and 7.
  const c10::DeviceGuard guard(chosen.device);
  chosen.abilities.bfloat16 = at::detail::getCUDAHooks().supportsBFloat16ConvolutionWithCuDNNv8();
  chosen.abilities.float16 = at::detail::getCUDAHooks().supportsDepthwiseConvolutionWithCuDNN();
  return chosen;
}

bool built_for_gpus() { return at::globalContext().hasCUDART(); }

std::size_t gpu_count() { return torch::cuda::is_available() ? torch::cuda::device_count() : 0; }

// A GPU may be listed and yet refuse work: set to be used by one process only, or too old for this
// LibTorch.
bool works(std::size_t index) {
  try {
    const c10::Device device(c10::DeviceType::CUDA, static_cast<c10::DeviceIndex>(index));
    return at::ones({2}, at::TensorOptions().device(device)).sum().item<float>() == 2.0F;
  } catch (const std::exception&) {
    return false;
  }
}

ChosenDevice automatic(const std::string& what) {
  const std::string so = ", so " + what + " runs on the CPU";
  const std::size_t count = gpu_count();
  for (std::size_t i = 0; i < count; ++i) {
    if (works(i)) return gpu(i);
  }
  if (count > 0) return cpu({"none of the GPUs takes work" + so});
  if (!built_for_gpus()) {
    return cpu({"this LibTorch was built without CUDA" + so});
  }
  return cpu({"no GPU was found" + so});
}

}  // namespace

ChosenDevice choose_device(const std::string& asked, const std::string& what) {
  if (asked == "cpu") return cpu({});
  if (asked == "auto") return automatic(what);
  const std::size_t index = asked == "cuda" ? 0 : std::stoul(asked.substr(asked.find(':') + 1));
  const std::size_t count = gpu_count();
  if (index < count) return gpu(index);
  throw Error(ErrorKind::usage,
              "--device " + asked + ": " +
                  (built_for_gpus() ? "this process sees " + std::to_string(count) + " GPUs"
                                    : "this LibTorch was built without CUDA") +
                  "; use --device cpu or auto");
}

at::TensorOptions page_locked() {
  return at::TensorOptions().device(c10::DeviceType::CPU).pinned_memory(true);
}

// LibTorch 2.4 brought the functions that take a device.
LowerPrecision::LowerPrecision(const c10::Device& device, at::ScalarType precision)
    : device_(device), enabled_(precision != at::kFloat) {
  if (!enabled_) return;
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
  at::autocast::set_autocast_dtype(device_.type(), precision);
  at::autocast::set_autocast_enabled(device_.type(), true);
#else
  if (device_.is_cpu()) {
    at::autocast::set_autocast_cpu_dtype(precision);
    at::autocast::set_cpu_enabled(true);
  } else {
    at::autocast::set_autocast_gpu_dtype(precision);
    at::autocast::set_enabled(true);
  }
#endif
}

LowerPrecision::~LowerPrecision() {
  if (!enabled_) return;
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
  at::autocast::set_autocast_enabled(device_.type(), false);
#else
  if (device_.is_cpu()) {
    at::autocast::set_cpu_enabled(false);
  } else {
    at::autocast::set_enabled(false);
  }
#endif
}

std::string libtorch_text() {
  return std::string(TORCH_VERSION) + (built_for_gpus() ? " (CUDA)" : " (CPU)");
}

}  // namespace histo
