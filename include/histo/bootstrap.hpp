#pragma once
/// How far a figure would move with other patients: the percentile bootstrap.
///
/// Efron, B., Tibshirani, R. "An Introduction to the Bootstrap" (1993), chapter 13. What is drawn
/// with replacement are groups (patients), each with all of its rows: rows of one patient resemble
/// each other, and drawing them one by one makes intervals too narrow.
///
/// Thread rule: one thread at a time. Results do not depend on `threads`.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace histo {

struct BootstrapOptions {
  std::size_t repeats = 1000;  ///< resamples that count; at least 1
  double level = 0.95;         ///< of the interval, in (0, 1)
  std::uint64_t seed = 0;      ///< the same seed gives the same intervals

  /// A resample that the statistic has no value for is drawn again, at most this often in a row.
  std::size_t attempts = 100;

  std::size_t threads = 1;  ///< at least 1
};

/// Throws Error(usage) naming the option and the value.
void validate(const BootstrapOptions& options);

struct Interval {
  double value = 0.0;           ///< of all rows, each once
  double low = 0.0;             ///< quantile (1 - level) / 2 of the resamples, or NaN
  double high = 0.0;            ///< quantile (1 + level) / 2, or NaN
  double standard_error = 0.0;  ///< standard deviation of the resamples (n - 1), or NaN
};

struct BootstrapResult {
  std::vector<Interval> intervals;  ///< one for each statistic
  std::size_t groups = 0;           ///< how many were drawn from
  std::size_t repeats = 0;          ///< resamples that counted
  std::size_t redrawn = 0;          ///< those that did not, since the statistic had no value
  std::string message;              ///< why there are no intervals, or empty
};

/// Statistics of rows, each of which counts `weights[row]` times; may be called on several threads.
/// Empty: this resample has none of them (a class is missing, say), and another one is drawn.
/// Single ones may be NaN; such a one has a NaN interval.
using WeightedStatistics =
    std::function<std::vector<double>(const std::vector<std::uint32_t>& weights)>;

/// `groups`: of each row, 0 or more. Quantiles interpolate linearly (type 7 of Hyndman and Fan,
/// NumPy's). With a single group, or where no resample has values, the intervals are NaN and
/// `message` says why. Throws Error(input) for no rows, for a group below 0 and where the
/// statistics have no value on all rows.
BootstrapResult bootstrap(const std::vector<std::int32_t>& groups,
                          const WeightedStatistics& statistics, const BootstrapOptions& options);

}  // namespace histo
