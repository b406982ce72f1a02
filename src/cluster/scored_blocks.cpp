#include "cluster/scored_blocks.hpp"

#include <algorithm>
#include <cstddef>

namespace histo::cluster {

namespace {

ScoreCentres centres_of(const CentreStack& stack) {
  ScoreCentres centres;
  centres.values = stack.shifted(0);
  centres.offsets = stack.offsets(0);
  if (stack.origin().shift_rows) centres.shift = stack.origin().place.data();
  for (const CentreStack::Group& group : stack.groups()) centres.groups.push_back(group.k);
  centres.dim = stack.dim();
  return centres;
}

}  // namespace

ScoredBlocks::ScoredBlocks(const RowView& view, const CentreStack& stack, NeedsScores needs_scores)
    : view_(&view),
      groups_(stack.groups().size()),
      needs_scores_(std::move(needs_scores)),
      reader_(view) {
  view.engine->set_centres(centres_of(stack));
}

std::unique_ptr<RowBlock> ScoredBlocks::next() {
  if (blocks_.empty()) read_more();
  if (blocks_.empty()) return nullptr;
  std::unique_ptr<RowBlock> block = std::move(blocks_.front());
  blocks_.pop_front();
  return block;
}

void ScoredBlocks::read_more() {
  bool needed = false;
  while (blocks_.size() < blocks_per_call) {
    std::unique_ptr<RowBlock> block = reader_.next();
    if (block == nullptr) break;
    make_ready(*view_, *block);
    needed = needed || needs_scores_(*block);
    blocks_.push_back(std::move(block));
  }
  if (needed) score();
}

void ScoredBlocks::score() {
  ScoreRows rows;
  rows.first = blocks_.front()->first;
  rows.stay = view_->rows_stay;
  for (const std::unique_ptr<RowBlock>& block : blocks_) {
    rows.parts.push_back({block->values, block->count});
  }
  scores_.resize(rows.count() * groups_);
  view_->engine->two_smallest(rows, scores_.data());
  const TwoSmallest* from = scores_.data();
  for (const std::unique_ptr<RowBlock>& block : blocks_) {
    block->scores.assign(from, from + block->count * groups_);
    from += block->count * groups_;
  }
}

}  // namespace histo::cluster
