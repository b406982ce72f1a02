#pragma once

#include <cstddef>
#include <cstdint>

namespace histo {

/// Hubert and Arabie, "Comparing partitions", Journal of Classification 2 (1985), of the rows x
/// columns counts of two partitions' common members; 1 where both put all together or each alone.
double adjusted_rand_index(const std::uint64_t* table, std::size_t rows, std::size_t columns);

}  // namespace histo
