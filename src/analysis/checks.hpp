#pragma once
/// What every function of this room asks of its input. Each throws Error(input).

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "histo/matrix.hpp"

namespace histo::analysis {

/// "feature 3 of row 17 of WHAT is nan, not a finite number".
void check_finite(const FloatMatrixView& matrix, const std::string& what);
void check_finite(const DoubleMatrixView& matrix, const std::string& what);

/// "WHAT are 3 for 5 rows".
void check_count(std::size_t found, std::size_t wanted, const std::string& what);

/// Each label lies in [0, classes): "the label of row 17 is 9, not one of the 3 classes".
void check_labels(const std::vector<std::int32_t>& labels, std::size_t classes);

/// One more than the largest label; labels are 0 or more and there is at least one.
std::size_t class_count(const std::vector<std::int32_t>& labels);

/// How many labels there are of each of `classes`.
std::vector<std::size_t> label_counts(const std::vector<std::int32_t>& labels, std::size_t classes);

}  // namespace histo::analysis
