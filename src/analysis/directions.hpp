#pragma once
/// Rows as directions: centred and of length 1.

#include <cstddef>
#include <string>
#include <vector>

#include "histo/matrix.hpp"

namespace histo::analysis {

/// One for each column.
std::vector<double> column_means(const FloatMatrixView& matrix);

/// Writes (x - mean) / |x - mean| and returns |x - mean|; where that is 0, it writes zeros.
double direction_of(const float* row, const std::vector<double>& mean, double* out);

/// "row 3 of WHAT has no direction: ..."; throws Error(input).
[[noreturn]] void refuse_zero_row(std::size_t row, const std::string& what);

/// "WHAT have 5 columns, not 4"; throws Error(input).
void check_columns(const FloatMatrixView& matrix, std::size_t columns, const std::string& what);

}  // namespace histo::analysis
