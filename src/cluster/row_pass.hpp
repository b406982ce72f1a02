#pragma once
/// A pass over the rows that this process reads, block by block.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "histo/preprocessing.hpp"
#include "histo/row_source.hpp"
#include "histo/score_engine.hpp"

#include "core/ordered_map.hpp"

namespace histo::cluster {

/// Of all passes, whatever the rows' length: ranks share blocks out, and have to agree on them
/// before and after a preprocessing that makes rows shorter.
inline constexpr std::size_t rows_per_block = 1024;

inline std::size_t block_count(std::size_t rows) {
  return (rows + rows_per_block - 1) / rows_per_block;
}

struct RowBlock;

/// Rows to walk, and how.
struct RowView {
  const RowSource* source = nullptr;
  RowShare share;
  std::size_t threads = 1;
  bool unit_length = false;                         ///< rows are brought to length 1
  ScoreEngine* engine = nullptr;                    ///< null: OpenBLAS alone
  bool rows_stay = false;                           ///< as ScoreRows::stay
  std::function<void(const RowBlock&)> check = {};  ///< of rows as they are read; may throw

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
  std::vector<TwoSmallest> scores;   ///< count x groups of a stack, where a device has found them
  std::vector<std::int32_t> labels;  ///< what a worker may leave for the sink

  const float* row(std::size_t i) const { return values + i * dim; }
};

/// To length 1, in float64 and then rounded.
void make_unit_length(RowBlock& block);

/// A block that was just read: checked, and of length 1 where the view says so.
void make_ready(const RowView& view, RowBlock& block);

/// The view's blocks in the order of the rows, on the caller's thread.
class BlockReader {
 public:
  explicit BlockReader(const RowView& view) : view_(&view), first_(view.share.first) {}

  std::unique_ptr<RowBlock> next();                 ///< null at the end
  void take_back(std::unique_ptr<RowBlock> block);  ///< to be used again

 private:
  const RowView* view_;
  std::size_t first_;
  std::vector<std::unique_ptr<RowBlock>> spare_;
};

/// Gives each of the blocks, blocks.next() on the caller's thread, to one of the workers,
/// prepare(RowBlock&) and work(RowBlock&); then sink(const RowBlock&) on the caller's thread, in
/// the order of the rows. No more than `window` blocks are under way.
template <class Blocks, class Worker, class Prepare, class Sink>
void share_out_blocks(Blocks& blocks, std::vector<Worker>& workers, const Prepare& prepare,
                      Sink&& sink, std::size_t window) {
  const auto read = [&]() -> std::optional<std::unique_ptr<RowBlock>> {
    std::unique_ptr<RowBlock> block = blocks.next();
    if (block == nullptr) return std::nullopt;
    return block;
  };
  std::size_t next_worker = 0;
  const auto make_work = [&] {
    return [&worker = workers[next_worker++], &prepare](std::unique_ptr<RowBlock> block) {
      prepare(*block);
      worker(*block);
      return block;
    };
  };
  const auto finish = [&](std::unique_ptr<RowBlock> block) {
    sink(static_cast<const RowBlock&>(*block));
    blocks.take_back(std::move(block));
  };
  ordered_map(workers.size(), read, make_work, finish, window);
}

/// Reads every block on the caller's thread and gives it to one of the workers, of which there are
/// as many as threads.
template <class Worker, class Sink>
void for_each_block(const RowView& view, std::vector<Worker>& workers, Sink&& sink) {
  BlockReader blocks(view);
  share_out_blocks(
      blocks, workers, [&view](RowBlock& block) { make_ready(view, block); }, sink,
      2 * workers.size());
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
