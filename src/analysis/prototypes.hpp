#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "histo/few_shot.hpp"

namespace histo::analysis {

/// From the rows of `support` at these places, with a label each, all of which have been checked.
/// Without rows in `centres` where all rows are equal.
Prototypes prototypes_of(const FloatMatrixView& support, const std::vector<std::size_t>& places,
                         const std::vector<std::int32_t>& labels, std::size_t classes);

/// As `prototype_distances`, of rows that have been checked.
DoubleMatrix distances_to(const Prototypes& prototypes, const FloatMatrixView& queries);

}  // namespace histo::analysis
