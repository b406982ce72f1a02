#include "histo/bootstrap.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <sstream>

#include "histo/error.hpp"

#include "analysis/checks.hpp"
#include "analysis/quantile.hpp"
#include "core/ordered_map.hpp"
#include "core/random.hpp"

namespace histo {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

struct Resample {
  std::vector<double> values;  // empty: none was found
  std::size_t redrawn = 0;
};

/// Which groups there are, and which each row is in, numbered without gaps.
struct Groups {
  std::size_t count = 0;
  std::vector<std::size_t> of_row;
};

Groups dense_groups(const std::vector<std::int32_t>& groups) {
  std::vector<std::int32_t> known = groups;
  std::sort(known.begin(), known.end());
  known.erase(std::unique(known.begin(), known.end()), known.end());
  if (known.empty()) throw Error(ErrorKind::input, "there are no rows to resample");
  if (known.front() < 0) {
    throw Error(ErrorKind::input,
                "a group to resample is " + std::to_string(known.front()) + ", below 0");
  }
  Groups result;
  result.count = known.size();
  for (const std::int32_t group : groups) {
    const auto place = std::lower_bound(known.begin(), known.end(), group);
    result.of_row.push_back(static_cast<std::size_t>(place - known.begin()));
  }
  return result;
}

Resample draw(const Groups& groups, const WeightedStatistics& statistics,
              const BootstrapOptions& options, std::size_t repeat) {
  // The stream is the repeat's own, so that no result depends on which thread drew it.
  Random random(options.seed, repeat);
  Resample result;
  std::vector<std::uint32_t> times(groups.count);
  std::vector<std::uint32_t> weights(groups.of_row.size());
  for (std::size_t attempt = 0; attempt < options.attempts; ++attempt) {
    std::fill(times.begin(), times.end(), 0U);
    for (std::size_t i = 0; i < groups.count; ++i) ++times[random.below(groups.count)];
    for (std::size_t row = 0; row < weights.size(); ++row) weights[row] = times[groups.of_row[row]];
    result.values = statistics(weights);
    if (!result.values.empty()) return result;
    ++result.redrawn;
  }
  return result;
}

Interval interval_of(double value, std::vector<double> resampled, double level) {
  Interval interval{value, nan, nan, nan};
  const auto is_nan = [](double x) { return std::isnan(x); };
  if (resampled.empty() || std::any_of(resampled.begin(), resampled.end(), is_nan)) return interval;
  double sum = 0.0;
  for (const double x : resampled) sum += x;
  const auto count = static_cast<double>(resampled.size());
  double squares = 0.0;
  for (const double x : resampled) squares += (x - sum / count) * (x - sum / count);
  interval.standard_error = resampled.size() > 1 ? std::sqrt(squares / (count - 1.0)) : nan;
  std::sort(resampled.begin(), resampled.end());
  interval.low = analysis::quantile_of_sorted(resampled, (1.0 - level) / 2.0);
  interval.high = analysis::quantile_of_sorted(resampled, (1.0 + level) / 2.0);
  return interval;
}

/// All that counted, one column for each statistic.
std::vector<std::vector<double>> resampled_columns(const Groups& groups,
                                                   const WeightedStatistics& statistics,
                                                   const BootstrapOptions& options,
                                                   BootstrapResult& result) {
  std::vector<std::vector<double>> columns(result.intervals.size());
  std::size_t next = 0;
  ordered_map(
      options.threads,
      [&]() -> std::optional<std::size_t> {
        if (next == options.repeats) return std::nullopt;
        return next++;
      },
      [&] { return [&](std::size_t repeat) { return draw(groups, statistics, options, repeat); }; },
      [&](const Resample& resample) {
        result.redrawn += resample.redrawn;
        if (resample.values.empty()) return;
        ++result.repeats;
        for (std::size_t i = 0; i < columns.size(); ++i) columns[i].push_back(resample.values[i]);
      });
  return columns;
}

}  // namespace

void validate(const BootstrapOptions& options) {
  const auto refuse = [](const std::string& sentence) { throw Error(ErrorKind::usage, sentence); };
  if (options.repeats == 0) refuse("the number of bootstrap repeats must be at least 1, got 0");
  if (options.attempts == 0) refuse("the number of bootstrap attempts must be at least 1, got 0");
  if (options.threads == 0) refuse("the number of threads must be at least 1, got 0");
  if (!(options.level > 0.0 && options.level < 1.0)) {
    std::ostringstream sentence;
    sentence << "the level of an interval must lie in (0, 1), got " << options.level;
    refuse(sentence.str());
  }
}

BootstrapResult bootstrap(const std::vector<std::int32_t>& group_of_row,
                          const WeightedStatistics& statistics, const BootstrapOptions& options) {
  validate(options);
  const Groups groups = dense_groups(group_of_row);
  const std::vector<double> values =
      statistics(std::vector<std::uint32_t>(group_of_row.size(), 1U));
  if (values.empty()) {
    throw Error(ErrorKind::input, "the statistics to resample have no value on all rows");
  }
  BootstrapResult result;
  result.groups = groups.count;
  for (const double value : values) result.intervals.push_back({value, nan, nan, nan});
  if (groups.count == 1) {
    result.message =
        "all rows belong to one group (patient), so that there is nothing to draw from";
    return result;
  }
  const auto columns = resampled_columns(groups, statistics, options, result);
  for (std::size_t i = 0; i < values.size(); ++i) {
    result.intervals[i] = interval_of(values[i], columns[i], options.level);
  }
  if (result.repeats < options.repeats) {
    result.message = std::to_string(options.repeats - result.repeats) + " of " +
                     std::to_string(options.repeats) + " resamples had no value in " +
                     std::to_string(options.attempts) + " draws each";
  }
  return result;
}

}  // namespace histo
