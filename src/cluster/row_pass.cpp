#include "cluster/row_pass.hpp"

#include <cmath>

#include "cluster/kernels.hpp"

namespace histo {

namespace cluster {

void make_unit_length(RowBlock& block) {
  block.buffer.resize(rows_per_block * block.dim);
  for (std::size_t i = 0; i < block.count; ++i) {
    const float* row = block.row(i);
    const double length = std::sqrt(squared_norm(row, block.dim));
    float* out = block.buffer.data() + i * block.dim;
    // Rows of zeros have been refused before this matters.
    const double divisor = length > 0.0 ? length : 1.0;
    for (std::size_t j = 0; j < block.dim; ++j) {
      out[j] = static_cast<float>(static_cast<double>(row[j]) / divisor);
    }
  }
  block.values = block.buffer.data();
}

}  // namespace cluster

RowShare share_of(const RowSource& source, const Team& team) {
  const std::size_t rows = source.rows();
  const std::size_t blocks = cluster::block_count(rows);
  const std::size_t first = blocks * team.rank() / team.size();
  const std::size_t last = blocks * (team.rank() + 1) / team.size();
  return {std::min(rows, first * cluster::rows_per_block),
          std::min(rows, last * cluster::rows_per_block)};
}

}  // namespace histo
