#include "analysis/directions.hpp"

#include <cmath>

#include "histo/error.hpp"

namespace histo::analysis {

std::vector<double> column_means(const FloatMatrixView& matrix) {
  std::vector<double> means(matrix.columns);
  for (std::size_t row = 0; row < matrix.rows; ++row) {
    const float* const values = matrix.row(row);
    for (std::size_t j = 0; j < matrix.columns; ++j) means[j] += static_cast<double>(values[j]);
  }
  for (double& mean : means) mean /= static_cast<double>(matrix.rows);
  return means;
}

double direction_of(const float* row, const std::vector<double>& mean, double* out) {
  double squares = 0.0;
  for (std::size_t j = 0; j < mean.size(); ++j) {
    out[j] = static_cast<double>(row[j]) - mean[j];
    squares += out[j] * out[j];
  }
  const double length = std::sqrt(squares);
  if (length > 0.0) {
    for (std::size_t j = 0; j < mean.size(); ++j) out[j] /= length;
  }
  return length;
}

void refuse_zero_row(std::size_t row, const std::string& what) {
  throw Error(ErrorKind::input, "row " + std::to_string(row) + " of " + what +
                                    " has no direction: it is zero, or equal to the mean that is "
                                    "taken away");
}

void check_columns(const FloatMatrixView& matrix, std::size_t columns, const std::string& what) {
  if (matrix.columns == columns) return;
  throw Error(ErrorKind::input, what + " have " + std::to_string(matrix.columns) +
                                    " columns, not " + std::to_string(columns));
}

}  // namespace histo::analysis
