#include "core/blas_kernels.hpp"

#include <cstdlib>
#include <string_view>

#include <dlfcn.h>

namespace histo {

namespace {

template <class Function>
Function* function_of(void* library, const char* name) {
  return reinterpret_cast<Function*>(dlsym(library, name));
}

// The kernels for what this processor can do; null where the oldest are right.
const char* fitting_kernels() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")) {
    return "SkylakeX";
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return "Haswell";
#endif
  return nullptr;
}

}  // namespace

// Debian's libblas.so.3 may be a thin layer over OpenBLAS, and OpenBLAS may be loaded while another
// library multiplies, so the function's own file and what it depends on are asked.
void* openblas_behind(const char* function) {
  void* const address = dlsym(RTLD_DEFAULT, function);
  Dl_info place{};
  if (address == nullptr || dladdr(address, &place) == 0) return nullptr;
  void* const library = dlopen(place.dli_fname, RTLD_NOW | RTLD_NOLOAD);
  if (library == nullptr || dlsym(library, "openblas_get_config") == nullptr) return nullptr;
  return library;
}

// It reads the variable once, when it is loaded; so what it does then is done again.
const char* choose_blas_kernels(void* openblas) {
  auto* const name = function_of<char*()>(openblas, "openblas_get_corename");
  const char* const kernels = fitting_kernels();
  const auto are_oldest = [name] { return std::string_view(name()) == "Prescott"; };
  const char* const variable = "OPENBLAS_CORETYPE";
  if (name == nullptr || kernels == nullptr || !are_oldest()) return nullptr;
  // lint-allow: OpenBLAS reads it, and who set it wants these kernels
  if (std::getenv(variable) != nullptr) return nullptr;
  auto* const quit = function_of<void()>(openblas, "gotoblas_dynamic_quit");
  auto* const init = function_of<void()>(openblas, "gotoblas_dynamic_init");
  if (quit != nullptr && init != nullptr) {
    setenv(variable, kernels, 1);
    quit();
    init();
    unsetenv(variable);
  }
  return are_oldest() ? kernels : nullptr;
}

const char* choose_own_blas_kernels() {
  static const char* const name = [] {
    void* const library = openblas_behind("cblas_sgemm");
    return library == nullptr ? nullptr : choose_blas_kernels(library);
  }();
  return name;
}

}  // namespace histo
