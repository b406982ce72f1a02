#pragma once
/// The few calls that this room makes of OpenBLAS.

#include <cstddef>
#include <vector>

namespace histo::cluster {

/// How many rows of `inner` values each the two factors have; all matrices are row-major and
/// packed.
struct ProductShape {
  std::size_t left_rows = 0;
  std::size_t right_rows = 0;
  std::size_t inner = 0;
};

/// out[i][j] = left row i . right row j; `out` takes left_rows x right_rows values.
void dot_products(const ProductShape& shape, const float* left, const float* right, float* out);
void dot_products(const ProductShape& shape, const double* left, const double* right, double* out);

/// out[i][j] = column i . column j of the `rows` x `dim` values, for j <= i; dim x dim, the rest
/// is left alone.
void column_products(const double* values, std::size_t rows, std::size_t dim, double* out);

/// Of a symmetric matrix, of which the part below the diagonal is read.
struct Eigen {
  std::vector<double> values;   ///< rising
  std::vector<double> vectors;  ///< one after the other, of length 1
};
Eigen symmetric_eigen(std::vector<double> matrix, std::size_t size);

}  // namespace histo::cluster
