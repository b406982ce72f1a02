#include "analysis/weighted_scores.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

namespace histo::analysis {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

std::size_t index_of(std::int32_t label) { return static_cast<std::size_t>(label); }

double macro_ovr(const std::vector<double>& wins, const std::vector<double>& weights) {
  double sum = 0.0;
  for (std::size_t a = 0; a < weights.size(); ++a) sum += auroc_of(a, wins, weights);
  return sum / static_cast<double>(weights.size());
}

}  // namespace

double auroc_of(std::size_t of_class, const std::vector<double>& wins,
                const std::vector<double>& weights) {
  const std::size_t classes = weights.size();
  double won = 0.0;
  double others = 0.0;
  for (std::size_t b = 0; b < classes; ++b) {
    if (b == of_class) continue;
    won += wins[of_class * classes + b];
    others += weights[b];
  }
  const double pairs = weights[of_class] * others;
  return pairs > 0.0 ? won / pairs : nan;
}

double auroc_ovo(const std::vector<double>& wins, const std::vector<double>& weights) {
  const std::size_t classes = weights.size();
  double sum = 0.0;
  double pairs = 0.0;
  for (std::size_t a = 0; a < classes; ++a) {
    for (std::size_t b = a + 1; b < classes; ++b) {
      const double all = weights[a] * weights[b];
      if (all == 0.0) return nan;
      sum += (wins[a * classes + b] + wins[b * classes + a]) / (2.0 * all);
      pairs += 1.0;
    }
  }
  return pairs > 0.0 ? sum / pairs : nan;
}

WeightedScores::WeightedScores(const Predictions& predictions)
    : predictions_(predictions), in_truth_(predictions.classes, false) {
  for (const std::int32_t label : predictions.truth) in_truth_[index_of(label)] = true;
  const DoubleMatrix& probabilities = predictions.probabilities;
  for (std::size_t column = 0; column < probabilities.columns; ++column) {
    std::vector<std::uint32_t> order(probabilities.rows);
    std::iota(order.begin(), order.end(), 0U);
    std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
      return probabilities.at(a, column) < probabilities.at(b, column);
    });
    orders_.push_back(std::move(order));
  }
}

std::vector<double> WeightedScores::class_weights(const std::vector<std::uint32_t>& weights) const {
  std::vector<double> result(predictions_.classes);
  for (std::size_t row = 0; row < weights.size(); ++row) {
    result[index_of(predictions_.truth[row])] += weights[row];
  }
  return result;
}

bool WeightedScores::has_all_classes(const std::vector<std::uint32_t>& weights) const {
  const std::vector<double> found = class_weights(weights);
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (in_truth_[i] && found[i] == 0.0) return false;
  }
  return true;
}

std::vector<double> WeightedScores::confusion(const std::vector<std::uint32_t>& weights) const {
  const std::size_t classes = predictions_.classes;
  std::vector<double> table(classes * classes);
  for (std::size_t row = 0; row < weights.size(); ++row) {
    table[index_of(predictions_.truth[row]) * classes + index_of(predictions_.labels[row])] +=
        weights[row];
  }
  return table;
}

std::vector<double> WeightedScores::wins(const std::vector<std::uint32_t>& weights) const {
  const std::size_t classes = predictions_.classes;
  std::vector<double> result(classes * classes);
  std::vector<double> below(classes);
  std::vector<double> equal(classes);
  for (std::size_t a = 0; a < orders_.size(); ++a) {
    const std::vector<std::uint32_t>& order = orders_[a];
    std::fill(below.begin(), below.end(), 0.0);
    for (std::size_t i = 0; i < order.size();) {
      const double value = predictions_.probabilities.at(order[i], a);
      std::fill(equal.begin(), equal.end(), 0.0);
      for (; i < order.size() && predictions_.probabilities.at(order[i], a) == value; ++i) {
        equal[index_of(predictions_.truth[order[i]])] += weights[order[i]];
      }
      for (std::size_t b = 0; b < classes; ++b) {
        result[a * classes + b] += equal[a] * (below[b] + 0.5 * equal[b]);
        below[b] += equal[b];
      }
    }
  }
  return result;
}

void WeightedScores::add_label_figures(const std::vector<double>& table,
                                       ClassificationScores& scores) const {
  const std::size_t classes = predictions_.classes;
  std::vector<double> truly(classes);
  std::vector<double> given(classes);
  for (std::size_t i = 0; i < table.size(); ++i) {
    truly[i / classes] += table[i];
    given[i % classes] += table[i];
  }
  const double all = std::accumulate(truly.begin(), truly.end(), 0.0);
  double right = 0.0;
  double recalls = 0.0;
  double present = 0.0;
  double f1 = 0.0;
  for (std::size_t c = 0; c < classes; ++c) {
    const double both = table[c * classes + c];
    right += both;
    if (truly[c] == 0.0) continue;
    recalls += both / truly[c];
    present += 1.0;
    f1 += truly[c] * 2.0 * both / (truly[c] + given[c]);
  }
  scores.accuracy = right / all;
  scores.balanced_accuracy = recalls / present;
  scores.weighted_f1 = f1 / all;
  double observed = 0.0;
  double expected = 0.0;
  for (std::size_t i = 0; i < table.size(); ++i) {
    const double apart = static_cast<double>(i / classes) - static_cast<double>(i % classes);
    observed += apart * apart * table[i];
    expected += apart * apart * truly[i / classes] * given[i % classes] / all;
  }
  scores.quadratic_kappa = expected > 0.0 ? 1.0 - observed / expected : nan;
  if (!(expected > 0.0)) {
    scores.messages.emplace_back(
        "quadratic kappa is not defined: truth and prediction are one and the same class");
  }
}

void WeightedScores::add_probability_figures(const std::vector<std::uint32_t>& weights,
                                             ClassificationScores& scores) const {
  if (orders_.empty()) {
    scores.log_loss = scores.auroc_ovo = scores.auroc_ovr = nan;
    scores.messages.emplace_back("log loss and AUROC are not defined: there are no probabilities");
    return;
  }
  double loss = 0.0;
  double all = 0.0;
  for (std::size_t row = 0; row < weights.size(); ++row) {
    if (weights[row] == 0) continue;
    const double p = predictions_.probabilities.at(row, index_of(predictions_.truth[row]));
    loss -= weights[row] * std::log(std::max(p, std::numeric_limits<double>::epsilon()));
    all += weights[row];
  }
  scores.log_loss = loss / all;
  const std::vector<double> truly = class_weights(weights);
  const std::vector<double> won = wins(weights);
  if (truly.size() == 2) {
    scores.auroc_ovo = scores.auroc_ovr = auroc_of(1, won, truly);
  } else {
    scores.auroc_ovo = auroc_ovo(won, truly);
    scores.auroc_ovr = macro_ovr(won, truly);
  }
  if (truly.size() == 1) {
    scores.messages.emplace_back("AUROC is not defined: there is one class alone");
  }
  for (std::size_t c = 0; truly.size() > 1 && c < truly.size(); ++c) {
    if (truly[c] > 0.0) continue;
    scores.messages.push_back("AUROC is not defined: no row truly has class " + std::to_string(c));
  }
}

ClassificationScores WeightedScores::of(const std::vector<std::uint32_t>& weights) const {
  ClassificationScores scores;
  add_label_figures(confusion(weights), scores);
  add_probability_figures(weights, scores);
  return scores;
}

}  // namespace histo::analysis
