#include <cmath>
#include <utility>
#include <vector>

#include "histo/paired_scores.hpp"

#include "support/catch.hpp"

using histo::bootstrap;
using histo::BootstrapOptions;
using histo::BootstrapResult;
using histo::ErrorKind;
using histo::paired_scores;
using histo::PairedScores;
using histo::Predictions;
using histo::score_intervals;
using histo::ScoreIntervals;
using histo::test::Approx;
using histo::test::contains;
using histo::test::error_of;

namespace {

constexpr std::size_t row_count = 30;

/// Rows of two classes by turns; every `stride`-th one is given the other class.
Predictions wrong_every(std::size_t stride) {
  Predictions predictions;
  predictions.classes = 2;
  predictions.probabilities = {row_count, 2};
  for (std::size_t row = 0; row < row_count; ++row) {
    const std::size_t truth = row % 2;
    const std::size_t label = row % stride == 0 ? 1 - truth : truth;
    predictions.truth.push_back(static_cast<std::int32_t>(truth));
    predictions.labels.push_back(static_cast<std::int32_t>(label));
    predictions.probabilities.at(row, label) = 0.75;
    predictions.probabilities.at(row, 1 - label) = 0.25;
  }
  return predictions;
}

/// Ten patients with three rows each.
std::vector<std::int32_t> ten_groups() {
  std::vector<std::int32_t> groups;
  for (std::size_t row = 0; row < row_count; ++row) {
    groups.push_back(static_cast<std::int32_t>(row / 3));
  }
  return groups;
}

BootstrapOptions few_repeats() {
  BootstrapOptions options;
  options.repeats = 200;
  options.seed = 5;
  return options;
}

}  // namespace

TEST_CASE("paired scores: each file has the intervals that it has alone") {
  const std::vector<Predictions> both{wrong_every(3), wrong_every(7)};

  const PairedScores paired = paired_scores(both, ten_groups(), few_repeats());

  REQUIRE(paired.scores.size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    const ScoreIntervals alone = score_intervals(both[i], ten_groups(), few_repeats());
    CHECK(paired.scores[i].balanced_accuracy.value == alone.balanced_accuracy.value);
    CHECK(paired.scores[i].balanced_accuracy.low == alone.balanced_accuracy.low);
    CHECK(paired.scores[i].auroc_ovo.high == alone.auroc_ovo.high);
    CHECK(paired.scores[i].log_loss.standard_error == alone.log_loss.standard_error);
    CHECK(paired.scores[i].bootstrap.redrawn == alone.bootstrap.redrawn);
  }
}

TEST_CASE("paired scores: a difference is taken within each resample") {
  const Predictions first = wrong_every(3);
  const Predictions second = wrong_every(7);

  const PairedScores paired = paired_scores({first, second}, ten_groups(), few_repeats());

  const auto difference = [&](const std::vector<std::uint32_t>& weights) {
    double right = 0.0;
    double all = 0.0;
    for (std::size_t row = 0; row < row_count; ++row) {
      const bool by_first = first.labels[row] == first.truth[row];
      const bool by_second = second.labels[row] == second.truth[row];
      right += weights[row] * ((by_second ? 1.0 : 0.0) - (by_first ? 1.0 : 0.0));
      all += weights[row];
    }
    return std::vector<double>{right / all};
  };
  const BootstrapResult wanted = bootstrap(ten_groups(), difference, few_repeats());
  REQUIRE(paired.differences.size() == 1);
  CHECK(paired.differences[0].accuracy.value == Approx(wanted.intervals[0].value));
  CHECK(paired.differences[0].accuracy.low == Approx(wanted.intervals[0].low));
  CHECK(paired.differences[0].accuracy.high == Approx(wanted.intervals[0].high));
  CHECK(paired.differences[0].scores.accuracy == paired.differences[0].accuracy.value);
}

TEST_CASE("paired scores: a file does not differ from itself") {
  const PairedScores paired =
      paired_scores({wrong_every(3), wrong_every(3)}, ten_groups(), few_repeats());

  CHECK(paired.differences[0].auroc_ovr.low == 0.0);
  CHECK(paired.differences[0].auroc_ovr.high == 0.0);
  CHECK(paired.differences[0].auroc_ovr.standard_error == 0.0);
}

TEST_CASE("paired scores: more threads change nothing") {
  const std::vector<Predictions> both{wrong_every(3), wrong_every(7)};
  BootstrapOptions on_three = few_repeats();
  on_three.threads = 3;

  const PairedScores one = paired_scores(both, ten_groups(), few_repeats());
  const PairedScores three = paired_scores(both, ten_groups(), on_three);

  CHECK(one.differences[0].log_loss.low == three.differences[0].log_loss.low);
  CHECK(one.differences[0].log_loss.standard_error == three.differences[0].log_loss.standard_error);
}

TEST_CASE("paired scores: a figure that one file lacks has no difference") {
  Predictions without = wrong_every(7);
  without.probabilities = {};

  const PairedScores paired = paired_scores({wrong_every(3), without}, ten_groups(), few_repeats());

  CHECK(std::isnan(paired.differences[0].auroc_ovo.value));
  CHECK(std::isnan(paired.differences[0].auroc_ovo.low));
  CHECK(paired.differences[0].accuracy.value == Approx(5.0 / 30.0));
}

TEST_CASE("paired scores: what does not belong together is refused") {
  Predictions other = wrong_every(7);
  std::swap(other.truth[0], other.truth[1]);

  const auto nothing = error_of([] { paired_scores({}, {}, few_repeats()); });
  const auto differing = error_of([&] {
    paired_scores({wrong_every(3), other}, ten_groups(), few_repeats());
  });
  const auto groups = error_of([] { paired_scores({wrong_every(3)}, {0, 1}, few_repeats()); });

  REQUIRE(nothing);
  CHECK(contains(nothing->what(), "there are no predictions to score"));
  REQUIRE(differing);
  CHECK(differing->kind() == ErrorKind::input);
  CHECK(contains(differing->what(), "the predictions differ in their truth"));
  REQUIRE(groups);
  CHECK(contains(groups->what(), "the groups are 2 for 30 rows"));
}
