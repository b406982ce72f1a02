#include "cluster/blas.hpp"

#include <sstream>
#include <string>
#include <string_view>

#include <cblas.h>

#include "histo/kmeans.hpp"

namespace histo {

namespace cluster {

SingleThreadedBlas::SingleThreadedBlas() : threads_before_(openblas_get_num_threads()) {
  openblas_set_num_threads(1);
}

SingleThreadedBlas::~SingleThreadedBlas() { openblas_set_num_threads(threads_before_); }

void dot_products(const ProductShape& shape, const float* left, const float* right, float* out) {
  const auto rows = static_cast<blasint>(shape.left_rows);
  const auto columns = static_cast<blasint>(shape.right_rows);
  const auto inner = static_cast<blasint>(shape.inner);
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, rows, columns, inner, 1.0F, left, inner,
              right, inner, 0.0F, out, columns);
}

void dot_products(const ProductShape& shape, const double* left, const double* right, double* out) {
  const auto rows = static_cast<blasint>(shape.left_rows);
  const auto columns = static_cast<blasint>(shape.right_rows);
  const auto inner = static_cast<blasint>(shape.inner);
  cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, rows, columns, inner, 1.0, left, inner,
              right, inner, 0.0, out, columns);
}

}  // namespace cluster

std::string linear_algebra_version() {
  // The configuration line begins with the name and the version: "OpenBLAS 0.3.21 NO_LAPACKE ...".
  std::istringstream words(openblas_get_config());
  std::string name;
  std::string version;
  words >> name >> version;
  return name + " " + version + " (" + openblas_get_corename() + ")";
}

std::string linear_algebra_warning() {
#if defined(__x86_64__)
  // What OpenBLAS falls back to where a processor is newer than itself; it does not look at what
  // that can do.
  if (std::string_view(openblas_get_corename()) == "Prescott" && __builtin_cpu_supports("avx2")) {
    const std::string better = __builtin_cpu_supports("avx512f") ? "SkylakeX" : "Haswell";
    return linear_algebra_version() +
           " does not know this processor and runs its oldest kernels; OPENBLAS_CORETYPE=" +
           better + " in the environment makes clustering two to three times faster";
  }
#endif
  return {};
}

}  // namespace histo
