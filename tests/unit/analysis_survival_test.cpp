#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "histo/survival.hpp"

#include "support/catch.hpp"
#include "unit/analysis_refused.hpp"
#include "unit/analysis_rossi.hpp"

using namespace histo;
using histo::test::Approx;
using histo::test::check_refused;
using histo::test::contains;

namespace {

const double not_a_number = std::numeric_limits<double>::quiet_NaN();

/// The six-patient example: events at 1, 2, 2, 4; censored at 2 and 5.
SurvivalTimes six_patients() { return {{2, 1, 5, 2, 4, 2}, {1, 1, 0, 0, 1, 1}}; }

}  // namespace

TEST_CASE("analysis: a survival curve steps down by events over patients at risk") {
  const SurvivalCurve curve = kaplan_meier(six_patients());

  CHECK(curve.times == std::vector<double>{1, 2, 4});
  CHECK(curve.at_risk == std::vector<std::size_t>{6, 5, 2});
  CHECK(curve.events == std::vector<std::size_t>{1, 2, 1});
  CHECK(curve.survival[0] == Approx(5.0 / 6.0).epsilon(1e-14));
  CHECK(curve.survival[1] == Approx(0.5).epsilon(1e-14));
  CHECK(curve.survival[2] == Approx(0.25).epsilon(1e-14));
  CHECK(curve.standard_error[1] == Approx(0.5 * std::sqrt(1.0 / 30 + 2.0 / 15)).epsilon(1e-14));
  CHECK(curve.last_time == 5.0);
}

TEST_CASE("analysis: a survival curve's bounds lie on both sides of it within 0 and 1") {
  const SurvivalCurve curve = kaplan_meier(six_patients());

  // Bounds of ln(-ln S): ln(ln 2) +- 1.96 se / (S ln 2).
  const double reach = 1.959963984540054 * std::sqrt(1.0 / 30 + 2.0 / 15) / std::log(2.0);
  CHECK(curve.lower[1] == Approx(std::exp(-std::log(2.0) * std::exp(reach))).epsilon(1e-12));
  CHECK(curve.upper[1] == Approx(std::exp(-std::log(2.0) * std::exp(-reach))).epsilon(1e-12));
}

TEST_CASE("analysis: survival between steps is that of the step before") {
  const SurvivalCurve curve = kaplan_meier(six_patients());

  CHECK(survival_at(curve, 0.5) == 1.0);
  CHECK(survival_at(curve, 1.0) == curve.survival[0]);
  CHECK(survival_at(curve, 3.9) == curve.survival[1]);
  CHECK(survival_at(curve, 99.0) == curve.survival[2]);
}

TEST_CASE("analysis: the median survival is the first time at one half, if there is one") {
  CHECK(kaplan_meier(six_patients()).median == 2.0);
  CHECK(std::isnan(kaplan_meier({{1, 2, 3}, {1, 0, 0}}).median));
}

TEST_CASE("analysis: without events a survival curve has no steps") {
  const SurvivalCurve curve = kaplan_meier({{3, 1}, {0, 0}});

  CHECK(curve.times.empty());
  CHECK(survival_at(curve, 2.0) == 1.0);
  CHECK(curve.last_time == 3.0);
}

TEST_CASE("analysis: a survival curve that ends at 0 has no bounds there") {
  const SurvivalCurve curve = kaplan_meier({{7, 7, 7}, {1, 1, 1}});

  CHECK(curve.survival == std::vector<double>{0.0});
  CHECK(curve.standard_error == std::vector<double>{0.0});
  CHECK(std::isnan(curve.lower[0]));
  CHECK(std::isnan(curve.upper[0]));
}

TEST_CASE("analysis: survival times that say nothing sensible are refused") {
  check_refused("the survival times are of no patient", [] { kaplan_meier({}); });
  check_refused("the survival times are 2, the events 1", [] { kaplan_meier({{1, 2}, {1}}); });
  check_refused("hold -1 for patient 1", [] { kaplan_meier({{1, -1}, {1, 1}}); });
  check_refused("hold nan for patient 0", [] { kaplan_meier({{not_a_number}, {1}}); });
  check_refused("the event 2 for patient 0", [] { kaplan_meier({{1}, {2}}); });
}

TEST_CASE("analysis: the log-rank test compares observed with expected events") {
  // Times 1 to 4, all events, groups A B A B: expected in A 2/4 + 1/3 + 1/2 + 0.
  const LogRank test = log_rank_test({{1, 2, 3, 4}, {1, 1, 1, 1}}, {0, 1, 0, 1});

  const double expected = 0.5 + 1.0 / 3 + 0.5;
  const double variance = 0.25 + 2.0 / 9 + 0.25;
  CHECK(test.observed == std::vector<double>{2, 2});
  CHECK(test.expected[0] == Approx(expected).epsilon(1e-14));
  CHECK(test.chi_square == Approx((2 - expected) * (2 - expected) / variance).epsilon(1e-12));
  CHECK(test.degrees_of_freedom == 1);
  CHECK(test.message.empty());
}

TEST_CASE("analysis: the log-rank test of three groups does not depend on their order") {
  const SurvivalTimes survival{{1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 1, 0, 1, 1, 1, 0, 1, 1}};
  const LogRank test = log_rank_test(survival, {0, 1, 2, 0, 1, 2, 0, 1, 2});
  const LogRank other = log_rank_test(survival, {2, 0, 1, 2, 0, 1, 2, 0, 1});

  CHECK(test.degrees_of_freedom == 2);
  CHECK(test.chi_square == Approx(other.chi_square).epsilon(1e-12));
  CHECK(test.p == Approx(std::exp(-test.chi_square / 2)).epsilon(1e-12));
}

TEST_CASE("analysis: a log-rank test with nothing to compare says why") {
  const LogRank censored = log_rank_test({{1, 2}, {0, 0}}, {0, 1});
  CHECK(std::isnan(censored.chi_square));
  CHECK(std::isnan(censored.p));
  CHECK(censored.message == "no patient had the event");

  const LogRank apart = log_rank_test({{1, 2, 3}, {0, 1, 1}}, {0, 1, 1});
  CHECK(std::isnan(apart.chi_square));
  CHECK(apart.message == "only one group has patients at risk when events happen");

  const LogRank tied = log_rank_test({{5, 5, 5, 5}, {1, 1, 1, 1}}, {0, 1, 0, 1});
  CHECK(std::isnan(tied.chi_square));
  CHECK(tied.message == "the differences between the groups have no variance");
}

TEST_CASE("analysis: a group that was never at risk costs no degree of freedom") {
  const LogRank test = log_rank_test({{1, 2, 3, 4, 5}, {0, 1, 1, 1, 1}}, {1, 0, 2, 0, 2});

  const LogRank without = log_rank_test({{2, 3, 4, 5}, {1, 1, 1, 1}}, {0, 1, 0, 1});
  CHECK(test.degrees_of_freedom == 1);
  CHECK(test.chi_square == Approx(without.chi_square).epsilon(1e-12));
  CHECK(test.message == "groups without a patient at risk when events happen are left out");
}

TEST_CASE("analysis: groups that the log-rank test cannot compare are refused") {
  check_refused("was given 1 group", [] { log_rank_test({{1, 2}, {1, 1}}, {0, 0}); });
  check_refused("group 1 of the log-rank test has no patient", [] {
    log_rank_test({{1, 2}, {1, 1}}, {0, 2});
  });
  check_refused("the groups are 1 for 2 rows", [] { log_rank_test({{1, 2}, {1, 1}}, {0}); });
  check_refused("is -1, below 0", [] { log_rank_test({{1, 2}, {1, 1}}, {0, -1}); });
}

TEST_CASE("analysis: tails of the chi-square distribution are those of the tables") {
  CHECK(chi_square_tail(3.841458820694124, 1) == Approx(0.05).epsilon(1e-12));
  CHECK(chi_square_tail(5.991464547107979, 2) == Approx(0.05).epsilon(1e-12));
  CHECK(chi_square_tail(7.814727903251178, 3) == Approx(0.05).epsilon(1e-12));
  CHECK(chi_square_tail(18.307038053275146, 10) == Approx(0.05).epsilon(1e-12));
  CHECK(chi_square_tail(200.0, 1) == Approx(2.0884875837625448e-45).epsilon(1e-12));
  CHECK(chi_square_tail(0.0, 3) == 1.0);
  CHECK(std::isnan(chi_square_tail(not_a_number, 1)));
}

TEST_CASE("analysis: the C-index counts pairs of which one patient is known to outlive the other") {
  // Pairs that count: 1 before 2 and 3; the event at 2 before the censored at 2 and before 3.
  const Concordance result = concordance({{1, 2, 2, 3}, {1, 1, 0, 1}}, {4.0, 3.0, 3.0, 9.0});

  CHECK(result.concordant == 2);
  CHECK(result.discordant == 2);
  CHECK(result.tied == 1);
  CHECK(result.index == Approx(0.5).epsilon(1e-15));
}

TEST_CASE("analysis: equal times of two events make no pair") {
  const Concordance result = concordance({{4, 4, 4}, {1, 1, 1}}, {1.0, 2.0, 3.0});

  CHECK(std::isnan(result.index));
  CHECK(contains(result.message, "no patient is known to outlive another"));
}

TEST_CASE("analysis: risks that fit no patient are refused") {
  check_refused("the risks are 1, the patients 2", [] { concordance({{1, 2}, {1, 1}}, {1.0}); });
  check_refused("the risk of patient 1 is nan", [] {
    concordance({{1, 2}, {1, 1}}, {1.0, not_a_number});
  });
  check_refused("the cut between the risk groups is nan", [] { risk_groups({1.0}, not_a_number); });
  check_refused("the risk of patient 0 is nan", [] { risk_groups({not_a_number}, 1.0); });
}

TEST_CASE("analysis: a risk at the cut belongs to the low group") {
  CHECK(risk_groups({1.0, 2.0, 3.0}, 2.0) == std::vector<std::int32_t>{0, 0, 1});
}

TEST_CASE("analysis: the median of an even number lies between the two in the middle") {
  CHECK(median({4.0, 1.0, 3.0, 2.0}) == 2.5);
  CHECK(median({4.0, 1.0, 3.0}) == 3.0);
  check_refused("of no values", [] { median({}); });
  check_refused("values with a nan", [] { median({1.0, not_a_number}); });
}

TEST_CASE("analysis: survival of Rossi's prisoners is that of the oracle") {
  const auto file = histo::test::shared_file("oracles/rossi.csv");
  SKIP_WITHOUT(file, "oracles/rossi.csv");
  const auto rossi = histo::test::read_rossi(*file);
  std::vector<std::int32_t> financial_aid;
  for (std::size_t i = 0; i < rossi.covariates.rows; ++i) {
    financial_aid.push_back(static_cast<std::int32_t>(rossi.covariates.at(i, 0)));
  }

  const LogRank test = log_rank_test(rossi.survival, financial_aid);

  CHECK(test.chi_square == Approx(3.8375695765).epsilon(1e-10));
  CHECK(test.p == Approx(0.0501161174).epsilon(1e-8));
  CHECK(survival_at(kaplan_meier(rossi.survival), 52.0) == Approx(0.7361111111).epsilon(1e-9));
}
