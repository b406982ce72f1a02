#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "histo/cox.hpp"

#include "support/catch.hpp"
#include "unit/analysis_refused.hpp"
#include "unit/analysis_rossi.hpp"

using namespace histo;
using histo::test::Approx;
using histo::test::check_refused;
using histo::test::contains;

namespace {

const double not_a_number = std::numeric_limits<double>::quiet_NaN();

/// One covariate, as a matrix.
DoubleMatrix column(const std::vector<double>& values) {
  DoubleMatrix matrix(values.size(), 1);
  matrix.values = values;
  return matrix;
}

DoubleMatrix columns(const std::vector<double>& a, const std::vector<double>& b) {
  DoubleMatrix matrix(a.size(), 2);
  for (std::size_t i = 0; i < a.size(); ++i) {
    matrix.at(i, 0) = a[i];
    matrix.at(i, 1) = b[i];
  }
  return matrix;
}

void check_close(const std::vector<double>& found, const std::vector<double>& wanted,
                 double within) {
  REQUIRE(found.size() == wanted.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    INFO("number " << i << ": " << found[i] << ", wanted " << wanted[i]);
    CHECK(std::abs(found[i] - wanted[i]) <= within);
  }
}

CoxOptions with_penalty(double penalty, double l1_ratio) {
  CoxOptions options;
  options.penalty = penalty;
  options.l1_ratio = l1_ratio;
  return options;
}

/// Ten patients whose one covariate says something about the time, and not all.
const SurvivalTimes ten{{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, {1, 1, 0, 1, 1, 0, 1, 1, 0, 1}};
const std::vector<double> their_values{3, 1, 2, 4, 0, 1, 2, 0, 1, 1};
const std::vector<double> other_values{0, 1, 1, 0, 1, 0, 1, 0, 0, 1};

}  // namespace

TEST_CASE("analysis: a Cox fit of two groups has the maximum that algebra finds") {
  // Times 1 to 3, all events, x = 1, 0, 1. With e = exp(b) the likelihood is
  // e / (2e + 1) * 1 / (1 + e), whose logarithm is level where 1 = 2 e^2.
  const CoxFit fit = fit_cox({{1, 2, 3}, {1, 1, 1}}, column({1, 0, 1}).view(), {});

  const double e = std::sqrt(0.5);
  CHECK(fit.model.coefficients[0] == Approx(std::log(e)).epsilon(1e-9));
  CHECK(fit.log_likelihood == Approx(std::log(e / (2 * e + 1) / (1 + e))).epsilon(1e-12));
  CHECK(fit.null_log_likelihood == Approx(std::log(1.0 / 6.0)).epsilon(1e-12));
  CHECK(fit.converged);
  CHECK(fit.message.empty());
}

TEST_CASE("analysis: tied events leave the risk set in parts with Efron and stay with Breslow") {
  // Two of three die together, and b is 0 for the null: Efron 1/3 * 1/2, Breslow 1/3 * 1/3.
  const SurvivalTimes survival{{1, 1, 2}, {1, 1, 0}};
  CoxOptions options = with_penalty(1.0, 0.0);
  CHECK(fit_cox(survival, column({0, 1, 2}).view(), options).null_log_likelihood ==
        Approx(-std::log(6.0)).epsilon(1e-12));

  options.ties = Ties::breslow;
  CHECK(fit_cox(survival, column({0, 1, 2}).view(), options).null_log_likelihood ==
        Approx(-std::log(9.0)).epsilon(1e-12));
}

TEST_CASE("analysis: a covariate's unit scales its coefficient and nothing else") {
  std::vector<double> in_grams;
  for (const double value : their_values) in_grams.push_back(1000.0 * value + 5e6);

  const CoxFit fit = fit_cox(ten, column(their_values).view(), {});
  const CoxFit scaled = fit_cox(ten, column(in_grams).view(), {});

  CHECK(scaled.model.coefficients[0] == Approx(fit.model.coefficients[0] / 1000).epsilon(1e-8));
  CHECK(scaled.standard_errors[0] == Approx(fit.standard_errors[0] / 1000).epsilon(1e-8));
  CHECK(scaled.log_likelihood == Approx(fit.log_likelihood).epsilon(1e-10));
  CHECK(scaled.p[0] == Approx(fit.p[0]).epsilon(1e-8));
}

TEST_CASE("analysis: a Cox fit does not depend on the order of the patients") {
  SurvivalTimes survival = ten;
  std::vector<double> values = their_values;
  std::reverse(survival.times.begin(), survival.times.end());
  std::reverse(survival.events.begin(), survival.events.end());
  std::reverse(values.begin(), values.end());

  CHECK(fit_cox(survival, column(values).view(), {}).model.coefficients ==
        fit_cox(ten, column(their_values).view(), {}).model.coefficients);
}

TEST_CASE("analysis: Wald's bounds lie 1.96 standard errors around the coefficient") {
  const CoxFit fit = fit_cox(ten, column(their_values).view(), {});

  const double reach = 1.959963984540054 * fit.standard_errors[0];
  CHECK(std::log(fit.lower[0]) == Approx(fit.model.coefficients[0] - reach).epsilon(1e-12));
  CHECK(std::log(fit.upper[0]) == Approx(fit.model.coefficients[0] + reach).epsilon(1e-12));
  CHECK(fit.z[0] == Approx(fit.model.coefficients[0] / fit.standard_errors[0]).epsilon(1e-12));
}

TEST_CASE("analysis: a covariate that orders the events grows without bound and is named") {
  const CoxFit fit = fit_cox(ten, columns(other_values, {9, 8, 7, 6, 5, 4, 3, 2, 1, 0}).view(), {});

  CHECK_FALSE(fit.converged);
  CHECK(contains(fit.message, "1 grow without bound"));
  CHECK(std::isfinite(fit.model.coefficients[1]));

  const CoxFit bounded =
      fit_cox(ten, column({9, 8, 7, 6, 5, 4, 3, 2, 1, 0}).view(), with_penalty(0.1, 0.0));
  CHECK(bounded.converged);
  CHECK(bounded.message.empty());
}

TEST_CASE("analysis: a fit that may not go on says that it has not settled") {
  CoxOptions options;
  options.max_iterations = 1;

  const CoxFit fit = fit_cox(ten, column(their_values).view(), options);

  CHECK_FALSE(fit.converged);
  CHECK(fit.message == "the fit has not settled after 1 iteration");
}

TEST_CASE("analysis: a constant covariate is refused without a penalty and 0 with one") {
  const DoubleMatrix covariates = columns(std::vector<double>(10, 0.1), their_values);

  check_refused("covariate 0 has one value for all patients; leave out or use a penalty",
                [&] { fit_cox(ten, covariates.view(), {}); });
  const CoxFit fit = fit_cox(ten, covariates.view(), with_penalty(0.01, 0.5));
  CHECK(fit.converged);
  CHECK(fit.model.coefficients[0] == 0.0);
  CHECK(fit.message == "covariate 0 has one value for all patients and so the coefficient 0");
}

TEST_CASE("analysis: collinear covariates are refused without a penalty") {
  const DoubleMatrix covariates = columns(their_values, their_values);

  check_refused("the 2 covariates are collinear", [&] { fit_cox(ten, covariates.view(), {}); });
  const CoxFit fit = fit_cox(ten, covariates.view(), with_penalty(0.1, 0.0));
  CHECK(fit.model.coefficients[0] == Approx(fit.model.coefficients[1]).epsilon(1e-9));
}

TEST_CASE("analysis: events that all come at one time say nothing about a covariate") {
  const SurvivalTimes survival{{4, 4, 4}, {1, 1, 1}};
  CoxOptions options;
  options.ties = Ties::breslow;
  const CoxFit fit = fit_cox(survival, column({0, 1, 5}).view(), options);

  CHECK(fit.model.coefficients[0] == Approx(0.0).margin(1e-9));
  CHECK(fit.converged);
}

TEST_CASE("analysis: a Cox model without anything to fit is refused") {
  const DoubleMatrix two = column({1, 2});
  check_refused("no patient had the event", [&] { fit_cox({{1, 2}, {0, 0}}, two.view(), {}); });
  check_refused("was given 1 patient", [] { fit_cox({{1}, {1}}, column({1}).view(), {}); });
  check_refused("the covariates are of 2 patients, the survival times of 3", [&] {
    fit_cox({{1, 2, 3}, {1, 1, 1}}, two.view(), {});
  });
  check_refused("was given no covariate", [] {
    fit_cox({{1, 2}, {1, 1}}, DoubleMatrix(2, 0).view(), {});
  });
  check_refused("of the covariates is nan", [] {
    fit_cox({{1, 2}, {1, 1}}, column({1, not_a_number}).view(), {});
  });
  check_refused("the survival times hold", [&] { fit_cox({{1, -2}, {1, 1}}, two.view(), {}); });
}

TEST_CASE("analysis: options of a Cox model that are out of range are refused") {
  const DoubleMatrix covariates = column(their_values);
  check_refused(ErrorKind::usage,
                "the penalty of a Cox model must be a finite number of at least 0, got -1",
                [&] { fit_cox(ten, covariates.view(), with_penalty(-1, 0)); });
  check_refused(ErrorKind::usage, "the l1 ratio of a Cox model must lie in [0, 1], got 1.5",
                [&] { fit_cox(ten, covariates.view(), with_penalty(1, 1.5)); });
  CoxOptions options;
  options.max_iterations = 0;
  check_refused(ErrorKind::usage, "the iterations of a Cox model must be at least 1",
                [&] { fit_cox(ten, covariates.view(), options); });
}

TEST_CASE("analysis: a model applied to other covariates than its own is refused") {
  const CoxFit fit = fit_cox(ten, column(their_values).view(), {});

  check_refused("the covariates are 2, those of the Cox model 1",
                [&] { log_risks(fit.model, columns({1}, {2}).view()); });
  check_refused("of the covariates is nan",
                [&] { event_risks(fit.model, column({not_a_number}).view(), 3.0); });
}

TEST_CASE("analysis: without covariates' help the baseline hazard sums events over those at risk") {
  // So large a penalty leaves the coefficient near 0.
  const CoxFit fit =
      fit_cox({{1, 2, 2, 3}, {1, 1, 1, 0}}, column({0, 1, 0, 1}).view(), with_penalty(1, 1));

  CHECK(fit.model.coefficients[0] == 0.0);
  CHECK(fit.model.times == std::vector<double>{1, 2});
  CHECK(baseline_hazard(fit.model, 0.5) == 0.0);
  CHECK(baseline_hazard(fit.model, 1.0) == Approx(0.25).epsilon(1e-14));
  CHECK(baseline_hazard(fit.model, 9.0) == Approx(0.25 + 2.0 / 3).epsilon(1e-14));
  CHECK(event_risks(fit.model, column({7}).view(), 1.5)[0] ==
        Approx(1 - std::exp(-0.25)).epsilon(1e-14));
}

TEST_CASE("analysis: nested models are compared by twice the gain in log-likelihood") {
  const CoxFit one = fit_cox(ten, column(their_values).view(), {});
  const CoxFit two = fit_cox(ten, columns(their_values, other_values).view(), {});

  const LikelihoodRatio gain = compare_nested(one, two);

  CHECK(gain.chi_square == Approx(two.likelihood_ratio - one.likelihood_ratio).epsilon(1e-9));
  CHECK(gain.degrees_of_freedom == 1);
  CHECK(gain.p == chi_square_tail(gain.chi_square, 1));
  check_refused(ErrorKind::usage, "the larger model has 1 covariate, and must have more",
                [&] { compare_nested(two, one); });
  const CoxFit shrunk = fit_cox(ten, column(their_values).view(), with_penalty(0.5, 0));
  check_refused(ErrorKind::usage, "compares models without a penalty, got 0.5",
                [&] { compare_nested(shrunk, two); });
}

TEST_CASE("analysis: a penalised fit promises neither errors nor tests") {
  const CoxFit fit = fit_cox(ten, column(their_values).view(), with_penalty(0.1, 0.5));

  CHECK(fit.standard_errors.empty());
  CHECK(fit.p.empty());
  CHECK(std::isnan(fit.likelihood_ratio));
  CHECK(std::isnan(fit.likelihood_ratio_p));
}

TEST_CASE("analysis: Cox fits of Rossi's prisoners are those of the oracle") {
  const auto file = histo::test::shared_file("oracles/rossi.csv");
  SKIP_WITHOUT(file, "oracles/rossi.csv");
  const auto rossi = histo::test::read_rossi(*file);
  const DoubleMatrixView covariates = rossi.covariates.view();

  SECTION("Efron") {
    const CoxFit fit = fit_cox(rossi.survival, covariates, {});
    CHECK(std::abs(fit.log_likelihood - -658.747659) < 6e-7);
    CHECK(std::abs(fit.null_log_likelihood - -675.380632) < 6e-7);
    CHECK(std::abs(fit.likelihood_ratio - 33.265946) < 1.1e-6);
    check_close(fit.model.coefficients,
                {-0.379422, -0.057438, 0.313900, -0.149796, -0.433704, -0.084871, 0.091497}, 6e-7);
    check_close(fit.standard_errors,
                {0.191379, 0.021999, 0.307993, 0.212224, 0.381868, 0.195757, 0.028649}, 6e-7);
  }
  SECTION("Breslow") {
    CoxOptions options;
    options.ties = Ties::breslow;
    const CoxFit fit = fit_cox(rossi.survival, covariates, options);
    CHECK(std::abs(fit.log_likelihood - -659.120606) < 6e-7);
    check_close(fit.model.coefficients,
                {-0.379022, -0.057246, 0.314130, -0.151115, -0.432783, -0.084983, 0.091112}, 6e-7);
  }
  SECTION("ridge") {
    const auto at = [&](double penalty) {
      return fit_cox(rossi.survival, covariates, with_penalty(penalty, 0.0)).model.coefficients;
    };
    check_close(at(0.1),
                {-0.273342, -0.035996, 0.203207, -0.201778, -0.313233, -0.057863, 0.070849}, 6e-7);
    check_close(at(0.01),
                {-0.365427, -0.053708, 0.297295, -0.163098, -0.416384, -0.080185, 0.088797}, 6e-7);
    check_close(at(1.0 / 432),
                {-0.376096, -0.056511, 0.309873, -0.153200, -0.429544, -0.083708, 0.090852}, 6e-7);
  }
  SECTION("lasso") {
    const auto at = [&](double penalty) {
      return fit_cox(rossi.survival, covariates, with_penalty(penalty, 1.0)).model.coefficients;
    };
    check_close(at(0.02), {-0.208657, -0.041363, 0.054101, -0.123722, -0.196658, 0, 0.074264},
                6e-7);
    CHECK(at(0.02)[5] == 0.0);
    check_close(at(0.04), {-0.052099, -0.029413, 0, -0.081930, 0, 0, 0.054628}, 6e-7);
    CHECK(at(0.04)[2] == 0.0);
  }
  SECTION("risks") {
    const CoxFit fit = fit_cox(rossi.survival, covariates, {});
    const std::vector<double> risks = log_risks(fit.model, covariates);
    const Concordance pairs = concordance(rossi.survival, risks);
    CHECK(pairs.concordant == 27242);
    CHECK(pairs.discordant == 15291);
    CHECK(pairs.tied == 49);
    CHECK(pairs.index == Approx(0.6403292470997135).epsilon(1e-15));

    const std::vector<std::int32_t> groups = risk_groups(risks, median(risks));
    CHECK(std::count(groups.begin(), groups.end(), 1) == 214);
    CHECK(std::abs(log_rank_test(rossi.survival, groups).chi_square - 16.6478404166) < 1e-9);
  }
  SECTION("hazards") {
    const CoxFit fit = fit_cox(rossi.survival, covariates, {});
    // Of a patient whose covariates are all 0.
    const DoubleMatrix none(1, 7);
    CHECK(std::abs(-std::log1p(-event_risks(fit.model, none.view(), 40)[0]) - 0.67234198) < 6e-9);
    const std::vector<double> risks = event_risks(fit.model, covariates, 40);
    CHECK(std::abs(1 - risks[0] - 0.78984848) < 6e-9);
    CHECK(std::abs(1 - risks[1] - 0.53521412) < 6e-9);
  }
}
