#include "encoder/torch/blas.hpp"

#include <string>

#include <ATen/Context.h>
#include <dlfcn.h>

#include "core/blas_kernels.hpp"

namespace histo {

void prepare_blas(std::vector<std::string>& warnings) {
  if (at::hasMKL()) return;  // knows the processor, and follows at::set_num_threads
  void* const openblas = openblas_behind("sgemm_");
  if (openblas == nullptr) {
    warnings.emplace_back(
        "LibTorch found a BLAS other than OpenBLAS, with which a model can be many times slower; "
        "on Debian install libopenblas0-pthread");
    return;
  }
  if (const char* const better = choose_blas_kernels(openblas)) {
    warnings.push_back(
        "OpenBLAS does not know this processor and runs its oldest kernels; OPENBLAS_CORETYPE=" +
        std::string(better) + " in the environment makes a model about four times faster");
  }
  // Several threads call the model at once, each with one thread of its own: a BLAS that spreads
  // over all cores as well makes them wait for each other.
  auto* const set_threads =
      reinterpret_cast<void (*)(int)>(dlsym(openblas, "openblas_set_num_threads"));
  if (set_threads != nullptr) set_threads(1);
}

}  // namespace histo
