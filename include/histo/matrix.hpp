#pragma once
/// Matrices in memory, row-major: borrowed ones of float32 features or float64 numbers, and one
/// that owns its numbers.
///
/// Thread rule: as a pointer; reading from many threads is safe while nobody writes.

#include <cstddef>
#include <vector>

namespace histo {

/// `rows` x `columns` numbers that somebody else owns, row after row.
template <class Value>
struct MatrixView {
  const Value* values = nullptr;
  std::size_t rows = 0;
  std::size_t columns = 0;

  const Value* row(std::size_t index) const { return values + index * columns; }
  std::size_t size() const { return rows * columns; }
};

using FloatMatrixView = MatrixView<float>;    ///< features, one tile a row
using DoubleMatrixView = MatrixView<double>;  ///< whatever is computed from them

/// The same, owned.
struct DoubleMatrix {
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::vector<double> values;  ///< rows x columns, row-major

  DoubleMatrix() = default;
  DoubleMatrix(std::size_t row_count, std::size_t column_count, double value = 0.0)
      : rows(row_count), columns(column_count), values(row_count * column_count, value) {}

  double* row(std::size_t index) { return values.data() + index * columns; }
  const double* row(std::size_t index) const { return values.data() + index * columns; }
  double& at(std::size_t r, std::size_t c) { return values[r * columns + c]; }
  double at(std::size_t r, std::size_t c) const { return values[r * columns + c]; }
  DoubleMatrixView view() const { return {values.data(), rows, columns}; }
};

}  // namespace histo
