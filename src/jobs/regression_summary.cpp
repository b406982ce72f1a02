#include <cmath>
#include <limits>

#include "histo/ridge.hpp"

#include "jobs/number_table.hpp"

namespace histo {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// Of the rows that count. Sums of squares about a mean that was rounded are not quite 0.
bool is_constant(const DoubleMatrix& values, std::size_t column,
                 const std::vector<std::uint32_t>& weights) {
  double known = nan;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (weights[i] == 0) continue;
    if (!std::isnan(known) && values.at(i, column) != known) return false;
    known = values.at(i, column);
  }
  return true;
}

/// r2, Pearson's correlation and the root of the mean square, of rows that count several times.
void add_figures(const Regressed& known, std::size_t target,
                 const std::vector<std::uint32_t>& weights, std::vector<double>& figures) {
  double all = 0.0;
  double truth_mean = 0.0;
  double predicted_mean = 0.0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    all += weights[i];
    truth_mean += weights[i] * known.truth.at(i, target);
    predicted_mean += weights[i] * known.predicted.at(i, target);
  }
  truth_mean /= all;
  predicted_mean /= all;
  double missed = 0.0;
  double spread = 0.0;
  double predicted_spread = 0.0;
  double together = 0.0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const double y = known.truth.at(i, target);
    const double p = known.predicted.at(i, target);
    missed += weights[i] * (y - p) * (y - p);
    spread += weights[i] * (y - truth_mean) * (y - truth_mean);
    predicted_spread += weights[i] * (p - predicted_mean) * (p - predicted_mean);
    together += weights[i] * (y - truth_mean) * (p - predicted_mean);
  }
  if (is_constant(known.truth, target, weights)) spread = 0.0;
  if (is_constant(known.predicted, target, weights)) predicted_spread = 0.0;
  const double both = std::sqrt(spread * predicted_spread);
  figures.push_back(spread > 0.0 ? 1.0 - missed / spread : nan);
  figures.push_back(both > 0.0 ? together / both : nan);
  figures.push_back(std::sqrt(missed / all));
}

std::vector<double> figures_of(const Regressed& known, const std::vector<std::uint32_t>& weights) {
  std::vector<double> figures;
  for (std::size_t t = 0; t < known.targets.size(); ++t) {
    add_figures(known, t, weights, figures);
  }
  return figures;
}

Json json_of(double value, const Interval& interval) {
  return {{"value", value},
          {"low", interval.low},
          {"high", interval.high},
          {"standard_error", interval.standard_error}};
}

}  // namespace

Json regression_summary(const Regressed& known, const BootstrapOptions& options) {
  const std::size_t count = known.targets.size();
  // The figures themselves are the door's, which the resampled ones estimate.
  const std::vector<RegressionScores> scores =
      regression_scores(known.truth.view(), known.predicted.view());
  const std::vector<double> whole = figures_of(known, std::vector<std::uint32_t>(known.rows(), 1U));
  const BootstrapResult resampled = bootstrap(
      known.group,
      [&](const std::vector<std::uint32_t>& weights) {
        std::vector<double> figures = figures_of(known, weights);
        // Of a few patients all may be alike by chance, and then others are drawn.
        for (std::size_t i = 0; i < figures.size(); ++i) {
          if (std::isnan(figures[i]) && !std::isnan(whole[i])) return std::vector<double>();
        }
        return figures;
      },
      options);
  Json messages = Json::array();
  Json targets = Json::object();
  for (std::size_t t = 0; t < count; ++t) {
    const Interval* const intervals = resampled.intervals.data() + 3 * t;
    targets[known.targets[t]] = {{"r2", json_of(scores[t].r2, intervals[0])},
                                 {"pearson", json_of(scores[t].pearson, intervals[1])},
                                 {"rmse", json_of(scores[t].rmse, intervals[2])}};
    if (std::isnan(scores[t].r2)) {
      messages.push_back("r2 and Pearson's correlation of " + known.targets[t] +
                         " are not defined: its truth is the same everywhere");
    } else if (std::isnan(scores[t].pearson)) {
      messages.push_back("Pearson's correlation of " + known.targets[t] +
                         " is not defined: what was predicted is the same everywhere");
    }
  }
  if (!resampled.message.empty()) messages.push_back(resampled.message);
  return {{"rows", known.rows()},
          {"groups", resampled.groups},
          {"targets", std::move(targets)},
          {"bootstrap",
           {{"repeats", resampled.repeats},
            {"redrawn", resampled.redrawn},
            {"level", options.level},
            {"seed", options.seed}}},
          {"messages", std::move(messages)}};
}

}  // namespace histo
