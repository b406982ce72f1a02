#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "histo/cox.hpp"
#include "histo/decision_curve.hpp"

#include "support/catch.hpp"
#include "unit/analysis_refused.hpp"
#include "unit/analysis_rossi.hpp"

using namespace histo;
using histo::test::Approx;
using histo::test::check_refused;
using histo::test::contains;

namespace {

const double not_a_number = std::numeric_limits<double>::quiet_NaN();

}  // namespace

TEST_CASE("analysis: net benefit weighs false positives by the threshold's odds") {
  const DecisionCurve curve =
      decision_curve({1, 0, 1, 0, 0, 1, 0, 0, 0, 1}, {.9, .8, .7, .6, .4, .35, .3, .2, .1, .05},
                     {.1, .25, .5, .75});

  CHECK(curve.net_benefit[0] == Approx(0.2333333).epsilon(1e-6));
  CHECK(curve.net_benefit[1] == Approx(0.1666667).epsilon(1e-6));
  CHECK(curve.net_benefit[2] == Approx(0.0).margin(1e-15));
  CHECK(curve.net_benefit[3] == Approx(-0.2).epsilon(1e-12));
  CHECK(curve.treat_all[1] == Approx(0.4 - 0.6 / 3).epsilon(1e-12));
}

TEST_CASE("analysis: without censoring net benefit over time is that of outcomes") {
  const SurvivalTimes survival{{1, 9, 2, 8, 3, 7}, {1, 1, 1, 1, 1, 1}};
  const std::vector<double> risks{0.9, 0.1, 0.3, 0.8, 0.6, 0.2};
  const std::vector<double> thresholds{0.15, 0.4, 0.7};

  const DecisionCurve timed = decision_curve(survival, risks, 5.0, thresholds);
  const DecisionCurve plain = decision_curve({1, 0, 1, 0, 1, 0}, risks, thresholds);

  for (std::size_t i = 0; i < thresholds.size(); ++i) {
    CHECK(timed.net_benefit[i] == Approx(plain.net_benefit[i]).epsilon(1e-12).margin(1e-15));
    CHECK(timed.treat_all[i] == Approx(plain.treat_all[i]).epsilon(1e-12).margin(1e-15));
  }
  CHECK(timed.message.empty());
}

TEST_CASE("analysis: acting on nobody has the net benefit 0") {
  const DecisionCurve curve = decision_curve({{1, 2}, {1, 1}}, {0.1, 0.2}, 1.5, {0.5});

  CHECK(curve.net_benefit == std::vector<double>{0.0});
}

TEST_CASE("analysis: a follow-up that ends before the time in question is told") {
  const DecisionCurve curve = decision_curve({{1, 2, 9}, {1, 0, 0}}, {0.8, 0.7, 0.2}, 5.0, {0.5});

  CHECK(curve.message == "among risks of at least 0.5 the follow-up ends at 2, before 5");
}

TEST_CASE("analysis: risks, outcomes and thresholds without sense are refused") {
  check_refused("was given no patient", [] { decision_curve({}, {}, {0.5}); });
  check_refused("was given 1 risk for 2 patients", [] { decision_curve({1, 0}, {0.5}, {0.5}); });
  check_refused("the risk of patient 0 is 1.5, not a chance in [0, 1]",
                [] { decision_curve({1}, {1.5}, {0.5}); });
  check_refused("the risk of patient 0 is nan", [] { decision_curve({1}, {not_a_number}, {0.5}); });
  check_refused("the outcome of patient 0 is 2, neither 0 nor 1",
                [] { decision_curve({2}, {0.5}, {0.5}); });
  check_refused(ErrorKind::usage, "a threshold of the decision curve must lie in (0, 1), got 1",
                [] { decision_curve({1}, {0.5}, {1.0}); });
  check_refused(ErrorKind::usage,
                "the time of the decision curve must be a finite number above 0, got 0", [] {
                  decision_curve({{1}, {1}}, {0.5}, 0.0, {0.5});
                });
}

TEST_CASE("analysis: the net benefit for Rossi's prisoners is that of the oracle") {
  const auto file = histo::test::shared_file("oracles/rossi.csv");
  SKIP_WITHOUT(file, "oracles/rossi.csv");
  const auto rossi = histo::test::read_rossi(*file);
  const CoxFit fit = fit_cox(rossi.survival, rossi.covariates.view(), {});
  const std::vector<double> risks = event_risks(fit.model, rossi.covariates.view(), 40);

  const DecisionCurve curve = decision_curve(rossi.survival, risks, 40, {.05, .1, .2, .3, .4});

  const std::vector<double> wanted{0.15545809, 0.11522634, 0.04513889, 0.02678571, 0.00385802};
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    CHECK(std::abs(curve.net_benefit[i] - wanted[i]) < 6e-9);
  }
  const std::vector<double> treat_all{0.15448343, 0.10751029, -0.00405093};
  for (std::size_t i = 0; i < treat_all.size(); ++i) {
    CHECK(std::abs(curve.treat_all[i] - treat_all[i]) < 6e-9);
  }
}
