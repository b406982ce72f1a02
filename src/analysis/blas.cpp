#include "analysis/blas.hpp"

#include <cblas.h>

#include "core/blas_kernels.hpp"

namespace histo::analysis {

SingleThreadedBlas::SingleThreadedBlas() : threads_before_(openblas_get_num_threads()) {
  static const bool chosen = [] {
    void* const library = openblas_behind("cblas_dgemm");
    if (library != nullptr) choose_blas_kernels(library);
    return true;
  }();
  static_cast<void>(chosen);
  openblas_set_num_threads(1);
}

SingleThreadedBlas::~SingleThreadedBlas() { openblas_set_num_threads(threads_before_); }

}  // namespace histo::analysis
