#pragma once

#include <cstddef>
#include <cstdint>

namespace histo::cluster {

/// The adjusted Rand index from how many rows carry label i of one partition and j of the other:
/// table[i * columns + j].
double adjusted_rand_index(const std::uint64_t* table, std::size_t rows, std::size_t columns);

}  // namespace histo::cluster
