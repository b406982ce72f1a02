#pragma once
/// A pass over rows whose scores a device finds, if there is one.
///
/// The device sees the caller's thread alone, as all instruments do: blocks are read there, several
/// of them go to the device at once, and workers get them with their scores.

#include <deque>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "cluster/nearest.hpp"
#include "cluster/row_pass.hpp"

namespace histo::cluster {

/// Blocks that go to the device in one call: enough for its work to outweigh the calling.
inline constexpr std::size_t blocks_per_call = 16;

/// Which blocks need scores; of a block that is `ready`, on the caller's thread.
using NeedsScores = std::function<bool(const RowBlock&)>;

/// Reads the view's blocks, in calls of blocks_per_call that begin at the same rows in every pass.
class ScoredBlocks {
 public:
  ScoredBlocks(const RowView& view, const CentreStack& stack, NeedsScores needs_scores);

  std::unique_ptr<RowBlock> next();  ///< null at the end
  void take_back(std::unique_ptr<RowBlock> block) { reader_.take_back(std::move(block)); }

 private:
  void read_more();
  void score();

  const RowView* view_;
  std::size_t groups_;
  NeedsScores needs_scores_;
  BlockReader reader_;
  std::deque<std::unique_ptr<RowBlock>> blocks_;
  std::vector<TwoSmallest> scores_;
};

/// As for_each_block; where the view has an engine, blocks come with scores in the groups of the
/// stack if needs_scores(block) says so for one of the same call.
template <class Worker, class Sink>
void for_each_scored_block(const RowView& view, const CentreStack& stack,
                           std::vector<Worker>& workers, const NeedsScores& needs_scores,
                           Sink&& sink) {
  if (view.engine == nullptr) return for_each_block(view, workers, std::forward<Sink>(sink));
  ScoredBlocks blocks(view, stack, needs_scores);
  share_out_blocks(
      blocks, workers, [](RowBlock&) {}, sink, blocks_per_call + 2 * workers.size());
}

template <class Worker>
void for_each_scored_block(const RowView& view, const CentreStack& stack,
                           std::vector<Worker>& workers) {
  const auto always = [](const RowBlock&) { return true; };
  for_each_scored_block(view, stack, workers, always, [](const RowBlock&) {});
}

}  // namespace histo::cluster
