#include "encoder/torch/blas.hpp"

#include <cstdlib>
#include <string>
#include <string_view>

#include <ATen/Context.h>
#include <dlfcn.h>

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

template <class Function>
Function* function_of(void* library, const char* name) {
  return reinterpret_cast<Function*>(dlsym(library, name));
}

// The kernels for what this processor can do; empty where the oldest are right.
std::string fitting_kernels() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")) {
    return "SkylakeX";
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return "Haswell";
#endif
  return {};
}

// OpenBLAS goes by the processor's model number, and has its oldest kernels for those that are
// newer than itself. It reads the variable once, when it is loaded, which OpenCV brought about long
// ago; so what it does then is done again. Nobody multiplies meanwhile: models are loaded before
// workers start.
void choose_kernels(void* openblas, std::vector<std::string>& warnings) {
  auto* const name = function_of<char*()>(openblas, "openblas_get_corename");
  const std::string kernels = fitting_kernels();
  const auto are_oldest = [name] { return std::string_view(name()) == "Prescott"; };
  const char* const variable = "OPENBLAS_CORETYPE";
  if (name == nullptr || kernels.empty() || !are_oldest()) return;
  // lint-allow: OpenBLAS reads it, and who set it wants these kernels
  if (std::getenv(variable) != nullptr) return;
  auto* const quit = function_of<void()>(openblas, "gotoblas_dynamic_quit");
  auto* const init = function_of<void()>(openblas, "gotoblas_dynamic_init");
  if (quit != nullptr && init != nullptr) {
    setenv(variable, kernels.c_str(), 1);
    quit();
    init();
    unsetenv(variable);
  }
  if (!are_oldest()) return;
  warnings.push_back("OpenBLAS does not know this processor and runs its oldest kernels; " +
                     std::string(variable) + "=" + kernels +
                     " in the environment makes a model about four times faster");
}

}  // namespace

void prepare_blas(std::vector<std::string>& warnings) {
  if (at::hasMKL()) return;  // knows the processor, and follows at::set_num_threads
  void* const openblas = opened_openblas();
  if (openblas == nullptr) {
    warnings.emplace_back(
        "LibTorch found a BLAS other than OpenBLAS, with which a model can be many times slower; "
        "on Debian install libopenblas0-pthread");
    return;
  }
  choose_kernels(openblas, warnings);
  // Several threads call the model at once, each with one thread of its own: a BLAS that spreads
  // over all cores as well makes them wait for each other.
  auto* const set_threads = function_of<void(int)>(openblas, "openblas_set_num_threads");
  if (set_threads != nullptr) set_threads(1);
}

}  // namespace histo
