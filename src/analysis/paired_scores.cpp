#include "histo/paired_scores.hpp"

#include <array>
#include <cstddef>
#include <string>

#include "histo/error.hpp"

#include "analysis/checks.hpp"
#include "analysis/weighted_scores.hpp"

namespace histo {

namespace {

constexpr std::size_t figure_count = 7;
using Figures = std::array<double, figure_count>;

Figures figures_of(const ClassificationScores& scores) {
  return {scores.accuracy, scores.balanced_accuracy, scores.quadratic_kappa, scores.weighted_f1,
          scores.log_loss, scores.auroc_ovo,         scores.auroc_ovr};
}

void check(const std::vector<Predictions>& predictions, const std::vector<std::int32_t>& groups) {
  if (predictions.empty()) throw Error(ErrorKind::input, "there are no predictions to score");
  const Predictions& first = predictions.front();
  for (const Predictions& one : predictions) {
    classification_scores(one);  // asks all that is to be asked of a single one
    if (one.classes != first.classes || one.truth != first.truth) {
      throw Error(ErrorKind::input,
                  "the predictions differ in their truth, so that they are not "
                  "of the same rows");
    }
  }
  analysis::check_count(groups.size(), first.truth.size(), "the groups");
}

/// All figures of each of the predictions, then the differences of each but the first.
std::vector<double> all_figures(const std::vector<analysis::WeightedScores>& all,
                                const std::vector<std::uint32_t>& weights) {
  std::vector<Figures> found;
  for (const analysis::WeightedScores& one : all) found.push_back(figures_of(one.of(weights)));
  std::vector<double> result;
  for (const Figures& figures : found) result.insert(result.end(), figures.begin(), figures.end());
  for (std::size_t i = 1; i < found.size(); ++i) {
    for (std::size_t f = 0; f < figure_count; ++f) result.push_back(found[i][f] - found[0][f]);
  }
  return result;
}

/// Those of one of the predictions, or of one difference.
ScoreIntervals part_of(const BootstrapResult& all, std::size_t part) {
  ScoreIntervals result;
  result.bootstrap = all;
  const auto first = all.intervals.begin() + static_cast<std::ptrdiff_t>(part * figure_count);
  result.bootstrap.intervals.assign(first, first + figure_count);
  const std::vector<Interval>& intervals = result.bootstrap.intervals;
  result.accuracy = intervals[0];
  result.balanced_accuracy = intervals[1];
  result.quadratic_kappa = intervals[2];
  result.weighted_f1 = intervals[3];
  result.log_loss = intervals[4];
  result.auroc_ovo = intervals[5];
  result.auroc_ovr = intervals[6];
  return result;
}

ClassificationScores scores_of(const ScoreIntervals& figures) {
  ClassificationScores scores;
  scores.accuracy = figures.accuracy.value;
  scores.balanced_accuracy = figures.balanced_accuracy.value;
  scores.quadratic_kappa = figures.quadratic_kappa.value;
  scores.weighted_f1 = figures.weighted_f1.value;
  scores.log_loss = figures.log_loss.value;
  scores.auroc_ovo = figures.auroc_ovo.value;
  scores.auroc_ovr = figures.auroc_ovr.value;
  return scores;
}

}  // namespace

PairedScores paired_scores(const std::vector<Predictions>& predictions,
                           const std::vector<std::int32_t>& groups,
                           const BootstrapOptions& options) {
  check(predictions, groups);
  const std::vector<analysis::WeightedScores> all(predictions.begin(), predictions.end());
  const BootstrapResult result = bootstrap(
      groups,
      [&all](const std::vector<std::uint32_t>& weights) {
        if (!all.front().has_all_classes(weights)) return std::vector<double>();
        return all_figures(all, weights);
      },
      options);
  PairedScores paired;
  for (std::size_t i = 0; i < predictions.size(); ++i) {
    paired.scores.push_back(part_of(result, i));
    paired.scores.back().scores = classification_scores(predictions[i]);
  }
  for (std::size_t i = predictions.size(); i < 2 * predictions.size() - 1; ++i) {
    paired.differences.push_back(part_of(result, i));
    paired.differences.back().scores = scores_of(paired.differences.back());
  }
  return paired;
}

}  // namespace histo
