#include <cmath>

#include "histo/bootstrap.hpp"

#include "analysis/quantile.hpp"
#include "support/catch.hpp"

using histo::bootstrap;
using histo::BootstrapOptions;
using histo::BootstrapResult;
using histo::ErrorKind;
using histo::test::Approx;
using histo::test::contains;
using histo::test::error_of;

namespace {

/// The weighted mean of 0, 1, 2, ...
std::vector<double> mean_place(const std::vector<std::uint32_t>& weights) {
  double sum = 0.0;
  double all = 0.0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    sum += weights[i] * static_cast<double>(i);
    all += weights[i];
  }
  return {sum / all};
}

std::vector<std::int32_t> numbered(std::size_t count) {
  std::vector<std::int32_t> groups;
  for (std::size_t i = 0; i < count; ++i) groups.push_back(static_cast<std::int32_t>(i));
  return groups;
}

}  // namespace

// numpy.quantile([1, 2, 4, 8], share)
TEST_CASE("bootstrap: quantiles are NumPy's") {
  const std::vector<double> values{1.0, 2.0, 4.0, 8.0};

  CHECK(histo::analysis::quantile_of_sorted(values, 0.0) == 1.0);
  CHECK(histo::analysis::quantile_of_sorted(values, 0.025) == Approx(1.075));
  CHECK(histo::analysis::quantile_of_sorted(values, 0.5) == 3.0);
  CHECK(histo::analysis::quantile_of_sorted(values, 0.975) == Approx(7.7));
  CHECK(histo::analysis::quantile_of_sorted(values, 1.0) == 8.0);
}

TEST_CASE("bootstrap: the error of a mean is the known one") {
  BootstrapOptions options;
  options.repeats = 4000;

  const BootstrapResult result = bootstrap(numbered(100), mean_place, options);

  // The standard deviation of 0 .. 99 over sqrt(100), to the few percent of 4000 resamples.
  const double expected = std::sqrt((100.0 * 100.0 - 1.0) / 12.0 / 100.0);
  REQUIRE(result.intervals.size() == 1);
  CHECK(result.intervals[0].value == 49.5);
  CHECK(result.intervals[0].standard_error == Approx(expected).epsilon(0.05));
  CHECK(result.intervals[0].low == Approx(49.5 - 1.96 * expected).epsilon(0.02));
  CHECK(result.intervals[0].high == Approx(49.5 + 1.96 * expected).epsilon(0.02));
}

TEST_CASE("bootstrap: rows of one patient are drawn together") {
  std::vector<std::int32_t> groups;
  for (std::int32_t i = 0; i < 40; ++i) groups.push_back(i / 4);
  bool together = true;
  const auto look = [&together](const std::vector<std::uint32_t>& weights) {
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      together = together && weights[i] == weights[i / 4 * 4];
      sum += weights[i];
    }
    together = together && sum == 40;
    return std::vector<double>{0.0};
  };

  bootstrap(groups, look, {});

  CHECK(together);
}

TEST_CASE("bootstrap: one patient has no interval, and that is said") {
  const BootstrapResult result = bootstrap({7, 7, 7}, mean_place, {});

  CHECK(result.intervals[0].value == 1.0);
  CHECK(std::isnan(result.intervals[0].low));
  CHECK(std::isnan(result.intervals[0].standard_error));
  CHECK(contains(result.message, "all rows belong to one group (patient)"));
}

TEST_CASE("bootstrap: resamples that never have a value are counted") {
  BootstrapOptions options;
  options.repeats = 3;
  options.attempts = 5;
  const auto on_all_rows_only = [](const std::vector<std::uint32_t>& weights) {
    for (const std::uint32_t weight : weights) {
      if (weight != 1) return std::vector<double>();
    }
    return std::vector<double>{2.0};
  };

  const BootstrapResult result = bootstrap(numbered(50), on_all_rows_only, options);

  CHECK(result.repeats == 0);
  CHECK(result.redrawn == 15);
  CHECK(std::isnan(result.intervals[0].high));
  CHECK(contains(result.message, "3 of 3 resamples had no value in 5 draws each"));
}

TEST_CASE("bootstrap: input that cannot be resampled is refused") {
  const auto none = error_of([] { bootstrap({}, mean_place, {}); });
  const auto below = error_of([] { bootstrap({0, -2}, mean_place, {}); });
  const auto valueless = error_of([] {
    bootstrap({0, 1}, [](const auto& /*weights*/) { return std::vector<double>(); }, {});
  });

  REQUIRE(none);
  REQUIRE(below);
  REQUIRE(valueless);
  CHECK(contains(none->what(), "there are no rows to resample"));
  CHECK(contains(below->what(), "a group to resample is -2, below 0"));
  CHECK(contains(valueless->what(), "the statistics to resample have no value on all rows"));
}

TEST_CASE("bootstrap: options out of range are refused") {
  const auto sentence = [](auto change) {
    BootstrapOptions options;
    change(options);
    const auto error = error_of([&] { validate(options); });
    REQUIRE(error);
    CHECK(error->kind() == ErrorKind::usage);
    return std::string(error->what());
  };

  CHECK(contains(sentence([](auto& o) { o.repeats = 0; }), "bootstrap repeats must be at least 1"));
  CHECK(contains(sentence([](auto& o) { o.attempts = 0; }), "bootstrap attempts must be at least"));
  CHECK(contains(sentence([](auto& o) { o.threads = 0; }), "threads must be at least 1, got 0"));
  CHECK(contains(sentence([](auto& o) { o.level = 1.0; }), "must lie in (0, 1), got 1"));
}
