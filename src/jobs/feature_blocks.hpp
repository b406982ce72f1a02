#pragma once
/// How many rows of features a job holds at once.

#include <algorithm>
#include <cstddef>

namespace histo {

/// About 4 MiB of them.
inline std::size_t rows_of_block(std::size_t dim) {
  constexpr std::size_t values = std::size_t{1} << 20U;
  return std::max<std::size_t>(1, values / std::max<std::size_t>(1, dim));
}

}  // namespace histo
