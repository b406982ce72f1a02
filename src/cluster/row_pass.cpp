#include "cluster/row_pass.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

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

void make_ready(const RowView& view, RowBlock& block) {
  if (view.check) view.check(block);
  if (view.unit_length) make_unit_length(block);
}

std::unique_ptr<RowBlock> BlockReader::next() {
  if (first_ >= view_->share.last) return nullptr;
  std::unique_ptr<RowBlock> block;
  if (spare_.empty()) {
    block = std::make_unique<RowBlock>();
  } else {
    block = std::move(spare_.back());
    spare_.pop_back();
  }
  block->index = first_ / rows_per_block;
  block->first = first_;
  block->count = std::min(rows_per_block, view_->share.last - first_);
  block->dim = view_->dim();
  block->scores.clear();
  block->values = view_->source->held(first_, block->count);
  if (block->values == nullptr) {
    block->buffer.resize(rows_per_block * block->dim);
    view_->source->read(first_, block->count, block->buffer.data());
    block->values = block->buffer.data();
  }
  first_ += block->count;
  return block;
}

void BlockReader::take_back(std::unique_ptr<RowBlock> block) { spare_.push_back(std::move(block)); }

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
