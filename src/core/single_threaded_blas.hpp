#pragma once
/// OpenBLAS on one thread, for the rooms that link it; core itself does not.

#include "core/blas_kernels.hpp"

extern "C" {
int openblas_get_num_threads(void);
void openblas_set_num_threads(int threads);
}

namespace histo {

/// One thread inside OpenBLAS while this lives, since our own workers are the parallelism and no
/// sum may depend on their number, and the kernels that fit this processor. OpenBLAS keeps the
/// number in one global; the one found is put back at the end.
class SingleThreadedBlas {
 public:
  SingleThreadedBlas() : threads_before_(openblas_get_num_threads()) {
    choose_own_blas_kernels();
    openblas_set_num_threads(1);
  }
  SingleThreadedBlas(const SingleThreadedBlas&) = delete;
  SingleThreadedBlas& operator=(const SingleThreadedBlas&) = delete;
  ~SingleThreadedBlas() { openblas_set_num_threads(threads_before_); }

 private:
  int threads_before_;
};

}  // namespace histo
