#pragma once
/// A pass over all rows, block by block.

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "histo/kmeans.hpp"

#include "core/ordered_map.hpp"

namespace histo::cluster {

struct RowBlock {
  std::size_t index = 0;  ///< of the block
  std::size_t first = 0;  ///< of its rows
  std::size_t count = 0;
  std::vector<float> values;  ///< at least count x dim, row-major

  const float* row(std::size_t i, std::size_t dim) const { return values.data() + i * dim; }
};

/// Depends on nothing but the rows' length, so that sums over blocks are the same for any number of
/// threads: about 4 MiB, a size at which one more block is neither much memory nor much overhead.
inline std::size_t rows_per_block(std::size_t dim) {
  constexpr std::size_t values = std::size_t{1} << 20U;
  return std::clamp<std::size_t>(values / std::max<std::size_t>(dim, 1), 256, 2048);
}

inline std::size_t block_count(const RowSource& source) {
  const std::size_t rows = rows_per_block(source.dim());
  return (source.rows() + rows - 1) / rows;
}

/// Reads every block on the caller's thread; `make_worker()` returns work(const RowBlock&,
/// Result&), which runs on workers; `sink(const RowBlock&, Result&)` runs on the caller's thread,
/// in the order of the rows. A Result is used again for later blocks, so the work has to reset what
/// it adds to.
template <class Result, class MakeWorker, class Sink>
void for_each_block(const RowSource& source, std::size_t threads, MakeWorker&& make_worker,
                    Sink&& sink) {
  struct Task {
    RowBlock block;
    Result result;
  };
  const std::size_t rows = source.rows();
  const std::size_t dim = source.dim();
  const std::size_t step = rows_per_block(dim);
  std::vector<std::unique_ptr<Task>> spare;
  std::size_t first = 0;

  const auto read = [&]() -> std::optional<std::unique_ptr<Task>> {
    if (first >= rows) return std::nullopt;
    std::unique_ptr<Task> task;
    if (spare.empty()) {
      task = std::make_unique<Task>();
      task->block.values.resize(step * dim);
    } else {
      task = std::move(spare.back());
      spare.pop_back();
    }
    RowBlock& block = task->block;
    block.index = first / step;
    block.first = first;
    block.count = std::min(step, rows - first);
    source.read(first, block.count, block.values.data());
    first += block.count;
    return task;
  };
  const auto make_work = [&] {
    return [work = make_worker()](std::unique_ptr<Task> task) mutable {
      work(static_cast<const RowBlock&>(task->block), task->result);
      return task;
    };
  };
  const auto finish = [&](std::unique_ptr<Task> task) {
    sink(static_cast<const RowBlock&>(task->block), task->result);
    spare.push_back(std::move(task));
  };
  ordered_map(threads, read, make_work, finish, 2 * threads);
}

}  // namespace histo::cluster
