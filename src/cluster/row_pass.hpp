#pragma once
/// A pass over the rows that this process reads, block by block.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "histo/preprocessing.hpp"
#include "histo/row_source.hpp"

#include "core/ordered_map.hpp"

namespace histo::cluster {

/// Of all passes, whatever the rows' length: ranks share blocks out, and have to agree on them
/// before and after a preprocessing that makes rows shorter.
inline constexpr std::size_t rows_per_block = 1024;

inline std::size_t block_count(std::size_t rows) {
  return (rows + rows_per_block - 1) / rows_per_block;
}

/// Rows to walk, and how.
struct RowView {
  const RowSource* source = nullptr;
  RowShare share;
  std::size_t threads = 1;
  bool unit_length = false;  ///< rows are brought to length 1

  std::size_t dim() const { return source->dim(); }
  std::size_t count() const { return share.last - share.first; }
};

struct RowBlock {
  std::size_t index = 0;  ///< of the block, among those of all ranks
  std::size_t first = 0;  ///< of its rows
  std::size_t count = 0;
  std::size_t dim = 0;
  const float* values = nullptr;     ///< count x dim, row-major
  std::vector<float> buffer;         ///< where `values` lie if the source does not hold them
  std::vector<std::int32_t> labels;  ///< what a worker may leave for the sink

  const float* row(std::size_t i) const { return values + i * dim; }
};

/// To length 1, in float64 and then rounded.
void make_unit_length(RowBlock& block);

/// Reads every block on the caller's thread and gives it to one of the workers, work(RowBlock&), of
/// which there are as many as threads; then sink(const RowBlock&) on the caller's thread, in the
/// order of the rows.
template <class Worker, class Sink>
void for_each_block(const RowView& view, std::vector<Worker>& workers, Sink&& sink) {
  const std::size_t dim = view.dim();
  std::vector<std::unique_ptr<RowBlock>> spare;
  std::size_t first = view.share.first;
  const auto read = [&]() -> std::optional<std::unique_ptr<RowBlock>> {
    if (first >= view.share.last) return std::nullopt;
    std::unique_ptr<RowBlock> block;
    if (spare.empty()) {
      block = std::make_unique<RowBlock>();
    } else {
      block = std::move(spare.back());
      spare.pop_back();
    }
    block->index = first / rows_per_block;
    block->first = first;
    block->count = std::min(rows_per_block, view.share.last - first);
    block->dim = dim;
    block->values = view.source->held(first, block->count);
    if (block->values == nullptr) {
      block->buffer.resize(rows_per_block * dim);
      view.source->read(first, block->count, block->buffer.data());
      block->values = block->buffer.data();
    }
    first += block->count;
    return block;
  };
  std::size_t next_worker = 0;
  const auto make_work = [&] {
    return [&worker = workers[next_worker++], &view](std::unique_ptr<RowBlock> block) {
      if (view.unit_length) make_unit_length(*block);
      worker(*block);
      return block;
    };
  };
  const auto finish = [&](std::unique_ptr<RowBlock> block) {
    sink(static_cast<const RowBlock&>(*block));
    spare.push_back(std::move(block));
  };
  ordered_map(workers.size(), read, make_work, finish, 2 * workers.size());
}

template <class Worker>
void for_each_block(const RowView& view, std::vector<Worker>& workers) {
  for_each_block(view, workers, [](const RowBlock&) {});
}

/// As many workers as are of use, each make().
template <class Make>
auto make_workers(const RowView& view, const Make& make) {
  std::vector<decltype(make())> workers;
  const std::size_t blocks = std::max<std::size_t>(block_count(view.count()), 1);
  const std::size_t count = std::min(view.threads, blocks);
  workers.reserve(count);
  for (std::size_t i = 0; i < count; ++i) workers.push_back(make());
  return workers;
}

}  // namespace histo::cluster
