#pragma once
/// Several predictions of the same rows beside each other: which is better, and by how much more
/// than chance.
///
/// Thread rule: one thread at a time. Results do not depend on `threads`.

#include <cstdint>
#include <vector>

#include "histo/bootstrap.hpp"
#include "histo/classification_metrics.hpp"

namespace histo {

struct PairedScores {
  /// Of each of the predictions, the same as `score_intervals` of it alone with the same seed.
  std::vector<ScoreIntervals> scores;

  /// Of the second and each further one: its figure less that of the first, in every resample of
  /// both. Their intervals are narrower than what two single ones would suggest, since what is hard
  /// for one is mostly hard for the other.
  std::vector<ScoreIntervals> differences;
};

/// All predictions have the same classes and the same truth, row by row; `groups` as in
/// `score_intervals`. Throws Error(input) where they have not, and as `score_intervals`.
PairedScores paired_scores(const std::vector<Predictions>& predictions,
                           const std::vector<std::int32_t>& groups,
                           const BootstrapOptions& options);

}  // namespace histo
