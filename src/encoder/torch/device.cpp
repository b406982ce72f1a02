#include "encoder/torch/device.hpp"

#include <cstddef>
#include <exception>
#include <utility>

#include <ATen/Context.h>
#include <ATen/Functions.h>
#include <dlfcn.h>
#include <torch/cuda.h>
#include <torch/version.h>

#include "histo/error.hpp"

namespace histo {

namespace {

// The library whose matrix product LibTorch calls, if it is OpenBLAS; else null. Debian's
// libblas.so.3 may be a thin layer over OpenBLAS, and OpenBLAS may be loaded while another library
// multiplies, so the product's own file and what it depends on are asked.
void* opened_openblas() {
  void* const product = dlsym(RTLD_DEFAULT, "sgemm_");
  Dl_info place{};
  if (product == nullptr || dladdr(product, &place) == 0) return nullptr;
  void* const library = dlopen(place.dli_fname, RTLD_NOW | RTLD_NOLOAD);
  if (library == nullptr || dlsym(library, "openblas_get_config") == nullptr) return nullptr;
  return library;
}

// Several threads call the model at once, each with one thread of its own: a BLAS that spreads over
// all cores as well makes them wait for each other.
void prepare_blas(std::vector<std::string>& warnings) {
  if (at::hasMKL()) return;  // follows at::set_num_threads
  void* const openblas = opened_openblas();
  if (openblas == nullptr) {
    warnings.emplace_back(
        "LibTorch found a BLAS other than OpenBLAS, with which a model can be many times slower; "
        "on Debian install libopenblas0-pthread");
    return;
  }
  using SetThreads = void(int);
  void* const address = dlsym(openblas, "openblas_set_num_threads");
  if (address != nullptr) reinterpret_cast<SetThreads*>(address)(1);
}

ChosenDevice cpu(std::vector<std::string> warnings) {
  ChosenDevice chosen;
  chosen.warnings = std::move(warnings);
  prepare_blas(chosen.warnings);
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
  chosen.takes_whole_batches = true;
  return chosen;
}

bool built_for_gpus() { return at::globalContext().hasCUDART(); }

std::size_t gpu_count() { return torch::cuda::is_available() ? torch::cuda::device_count() : 0; }

// A GPU may be listed and yet refuse work: set to be used by one process only, or too old for this
// LibTorch.
bool works(std::size_t index) {
  try {
    return at::ones({2}, at::TensorOptions().device(gpu(index).device)).sum().item<float>() == 2.0F;
  } catch (const std::exception&) {
    return false;
  }
}

ChosenDevice automatic() {
  const std::size_t count = gpu_count();
  for (std::size_t i = 0; i < count; ++i) {
    if (works(i)) return gpu(i);
  }
  if (count > 0) return cpu({"none of the GPUs takes work, so the model runs on the CPU"});
  if (!built_for_gpus()) {
    return cpu({"this LibTorch was built without CUDA, so the model runs on the CPU"});
  }
  return cpu({"no GPU was found, so the model runs on the CPU"});
}

}  // namespace

ChosenDevice choose_device(const std::string& asked) {
  if (asked == "cpu") return cpu({});
  if (asked == "auto") return automatic();
  const std::size_t index = asked == "cuda" ? 0 : std::stoul(asked.substr(asked.find(':') + 1));
  const std::size_t count = gpu_count();
  if (index < count) return gpu(index);
  throw Error(ErrorKind::usage,
              "--device " + asked + ": " +
                  (built_for_gpus() ? "this process sees " + std::to_string(count) + " GPUs"
                                    : "this LibTorch was built without CUDA") +
                  "; use --device cpu or auto");
}

std::string libtorch_text() {
  return std::string(TORCH_VERSION) + (built_for_gpus() ? " (CUDA)" : " (CPU)");
}

}  // namespace histo
