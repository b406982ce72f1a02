#include "histo/classification_metrics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

#include "histo/error.hpp"

#include "analysis/checks.hpp"
#include "analysis/weighted_scores.hpp"

namespace histo {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double sum_tolerance = 1e-6;  // of probabilities that were rounded on the way

void check_probabilities(const DoubleMatrix& probabilities) {
  analysis::check_finite(probabilities.view(), "the probabilities");
  for (std::size_t row = 0; row < probabilities.rows; ++row) {
    double sum = 0.0;
    for (std::size_t c = 0; c < probabilities.columns; ++c) {
      const double p = probabilities.at(row, c);
      sum += p;
      if (p >= 0.0 && p <= 1.0 + sum_tolerance) continue;
      std::ostringstream sentence;
      sentence << "the probability of class " << c << " for row " << row << " is " << p
               << ", not in [0, 1]";
      throw Error(ErrorKind::input, sentence.str());
    }
    if (std::abs(sum - 1.0) <= sum_tolerance) continue;
    std::ostringstream sentence;
    sentence << "the probabilities of row " << row << " sum to " << sum << ", not to 1";
    throw Error(ErrorKind::input, sentence.str());
  }
}

void check(const Predictions& predictions) {
  const std::size_t rows = predictions.truth.size();
  if (rows == 0) throw Error(ErrorKind::input, "there are no predictions to score");
  analysis::check_count(predictions.labels.size(), rows, "the predicted labels");
  analysis::check_labels(predictions.truth, predictions.classes);
  analysis::check_labels(predictions.labels, predictions.classes);
  const DoubleMatrix& probabilities = predictions.probabilities;
  if (probabilities.rows == 0 && probabilities.columns == 0) return;
  analysis::check_count(probabilities.rows, rows, "the rows of probabilities");
  if (probabilities.columns != predictions.classes) {
    throw Error(ErrorKind::input, "the probabilities have " +
                                      std::to_string(probabilities.columns) + " columns for " +
                                      std::to_string(predictions.classes) + " classes");
  }
  check_probabilities(probabilities);
}

std::vector<std::uint32_t> once_each(const Predictions& predictions) {
  return std::vector<std::uint32_t>(predictions.truth.size(), 1U);
}

std::vector<double> figures_of(const ClassificationScores& scores) {
  return {scores.accuracy, scores.balanced_accuracy, scores.quadratic_kappa, scores.weighted_f1,
          scores.log_loss, scores.auroc_ovo,         scores.auroc_ovr};
}

double ratio(double part, double whole) { return whole > 0.0 ? part / whole : nan; }

}  // namespace

ClassificationScores classification_scores(const Predictions& predictions) {
  check(predictions);
  return analysis::WeightedScores(predictions).of(once_each(predictions));
}

std::vector<std::uint64_t> confusion_counts(const Predictions& predictions) {
  check(predictions);
  std::vector<std::uint64_t> counts(predictions.classes * predictions.classes);
  for (std::size_t row = 0; row < predictions.truth.size(); ++row) {
    ++counts[static_cast<std::size_t>(predictions.truth[row]) * predictions.classes +
             static_cast<std::size_t>(predictions.labels[row])];
  }
  return counts;
}

std::vector<ClassScores> class_scores(const Predictions& predictions) {
  check(predictions);
  const analysis::WeightedScores scores(predictions);
  const std::vector<std::uint32_t> weights = once_each(predictions);
  const std::vector<double> table = scores.confusion(weights);
  const std::vector<double> truly = scores.class_weights(weights);
  const std::vector<double> won = scores.wins(weights);
  const bool has_probabilities = predictions.probabilities.columns > 0;
  std::vector<ClassScores> result;
  for (std::size_t c = 0; c < predictions.classes; ++c) {
    double given = 0.0;
    for (std::size_t t = 0; t < predictions.classes; ++t) {
      given += table[t * predictions.classes + c];
    }
    const double both = table[c * predictions.classes + c];
    ClassScores one;
    one.rows = static_cast<std::size_t>(truly[c]);
    one.precision = ratio(both, given);
    one.recall = ratio(both, truly[c]);
    one.f1 = ratio(2.0 * both, truly[c] + given);
    one.auroc = has_probabilities ? analysis::auroc_of(c, won, truly) : nan;
    result.push_back(one);
  }
  return result;
}

ScoreIntervals score_intervals(const Predictions& predictions,
                               const std::vector<std::int32_t>& groups,
                               const BootstrapOptions& options) {
  check(predictions);
  analysis::check_count(groups.size(), predictions.truth.size(), "the groups");
  const analysis::WeightedScores scores(predictions);
  const auto statistics = [&scores](const std::vector<std::uint32_t>& weights) {
    if (!scores.has_all_classes(weights)) return std::vector<double>();
    return figures_of(scores.of(weights));
  };
  ScoreIntervals result;
  result.scores = scores.of(once_each(predictions));
  result.bootstrap = bootstrap(groups, statistics, options);
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

std::vector<RocPoint> roc_curve(const Predictions& predictions, std::size_t of_class) {
  check(predictions);
  if (of_class >= predictions.probabilities.columns) {
    throw Error(ErrorKind::input,
                "there are no probabilities of class " + std::to_string(of_class));
  }
  struct Row {
    double probability;
    bool positive;
  };
  std::vector<Row> rows;
  double positives = 0.0;
  for (std::size_t i = 0; i < predictions.truth.size(); ++i) {
    const bool positive = static_cast<std::size_t>(predictions.truth[i]) == of_class;
    rows.push_back({predictions.probabilities.at(i, of_class), positive});
    positives += positive ? 1.0 : 0.0;
  }
  const double negatives = static_cast<double>(rows.size()) - positives;
  if (positives == 0.0 || negatives == 0.0) {
    throw Error(ErrorKind::input,
                (positives == 0.0 ? "no row has class " : "all rows have class ") +
                    std::to_string(of_class) + ", so that it has no ROC curve");
  }
  std::sort(rows.begin(), rows.end(),
            [](const Row& a, const Row& b) { return a.probability > b.probability; });
  std::vector<RocPoint> curve{{std::numeric_limits<double>::infinity(), 0.0, 0.0}};
  double hits = 0.0;
  double alarms = 0.0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    (rows[i].positive ? hits : alarms) += 1.0;
    const bool last_of_ties =
        i + 1 == rows.size() || rows[i + 1].probability != rows[i].probability;
    if (last_of_ties) curve.push_back({rows[i].probability, alarms / negatives, hits / positives});
  }
  return curve;
}

}  // namespace histo
