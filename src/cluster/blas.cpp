#include "cluster/blas.hpp"

#include <sstream>
#include <string>

#include <cblas.h>

#include "histo/error.hpp"
#include "histo/kmeans.hpp"

#include "core/blas_kernels.hpp"

// Of LAPACK, which OpenBLAS includes; its C header is not installed with it everywhere.
extern "C" void dsyevd_(const char* job, const char* triangle, const blasint* size, double* matrix,
                        const blasint* leading, double* values, double* work,
                        const blasint* work_size, blasint* integers, const blasint* integers_size,
                        blasint* info);

namespace histo {

namespace cluster {

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

void column_products(const double* values, std::size_t rows, std::size_t dim, double* out) {
  const auto size = static_cast<blasint>(dim);
  cblas_dsyrk(CblasRowMajor, CblasLower, CblasTrans, size, static_cast<blasint>(rows), 1.0, values,
              size, 0.0, out, size);
}

Eigen symmetric_eigen(std::vector<double> matrix, std::size_t size) {
  const auto order = static_cast<blasint>(size);
  Eigen result;
  result.values.resize(size);
  blasint info = 0;
  double work_size = 0.0;
  blasint integers_size = 0;
  const blasint ask = -1;
  // Fortran goes column by column, so that the upper part there is the lower part here.
  dsyevd_("V", "U", &order, matrix.data(), &order, result.values.data(), &work_size, &ask,
          &integers_size, &ask, &info);
  std::vector<double> work(static_cast<std::size_t>(work_size));
  std::vector<blasint> integers(static_cast<std::size_t>(integers_size));
  const auto work_count = static_cast<blasint>(work.size());
  dsyevd_("V", "U", &order, matrix.data(), &order, result.values.data(), work.data(), &work_count,
          integers.data(), &integers_size, &info);
  if (info != 0) {
    throw Error(ErrorKind::internal,
                "the principal axes were not found: dsyevd says " + std::to_string(info));
  }
  result.vectors = std::move(matrix);
  return result;
}

}  // namespace cluster

std::string linear_algebra_version() {
  choose_own_blas_kernels();
  // The configuration line begins with the name and the version: "OpenBLAS 0.3.21 NO_LAPACKE ...".
  std::istringstream words(openblas_get_config());
  std::string name;
  std::string version;
  words >> name >> version;
  return name + " " + version + " (" + openblas_get_corename() + ")";
}

std::string linear_algebra_warning() {
  const char* const better = choose_own_blas_kernels();
  if (better == nullptr) return {};
  return linear_algebra_version() +
         " does not know this processor and runs its oldest kernels; OPENBLAS_CORETYPE=" + better +
         " in the environment makes clustering two to three times faster";
}

}  // namespace histo
