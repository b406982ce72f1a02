#include <cmath>
#include <string>
#include <vector>

#include "histo/cox.hpp"

#include "support/catch.hpp"
#include "unit/analysis_refused.hpp"
#include "unit/analysis_rossi.hpp"

using namespace histo;
using histo::test::Approx;
using histo::test::check_refused;

namespace {

/// Twelve patients; the first of three covariates speaks of the time, the others do not.
const SurvivalTimes twelve{{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12},
                           {1, 1, 1, 1, 1, 0, 1, 1, 1, 0, 1, 1}};

DoubleMatrix three_covariates() {
  DoubleMatrix matrix(12, 3);
  matrix.values = {9, 1, 4, 7, 0, 2, 8, 3, 1, 5, 2, 0, 6, 1, 3, 7, 0, 1,
                   4, 3, 2, 2, 1, 4, 3, 0, 3, 1, 2, 1, 2, 3, 0, 0, 1, 2};
  return matrix;
}

const std::vector<std::int32_t> four_folds{0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3};

std::size_t zeros_in(const CoxFit& fit) {
  std::size_t zeros = 0;
  for (const double each : fit.model.coefficients) zeros += each == 0.0 ? 1U : 0U;
  return zeros;
}

/// For times that rise and differ, written out.
double log_likelihood(const SurvivalTimes& survival, const DoubleMatrix& covariates,
                      const std::vector<double>& b) {
  double sum = 0.0;
  double at_risk = 0.0;
  for (std::size_t i = covariates.rows; i-- > 0;) {
    double eta = 0.0;
    for (std::size_t j = 0; j < 3; ++j) eta += b[j] * covariates.at(i, j);
    at_risk += std::exp(eta);
    if (survival.events[i] == 1) sum += eta - std::log(at_risk);
  }
  return sum;
}

}  // namespace

TEST_CASE("analysis: at the largest penalty the lasso has no covariate and just below it one") {
  const DoubleMatrix covariates = three_covariates();
  CoxPathOptions options;
  const double largest = largest_penalty(twelve, covariates.view(), options);
  options.penalties = {largest * 1.000001, largest * 0.999};

  const std::vector<CoxFit> fits = cox_path(twelve, covariates.view(), options);

  CHECK(zeros_in(fits[0]) == 3);
  CHECK(fits[0].log_likelihood == fits[0].null_log_likelihood);
  CHECK(zeros_in(fits[1]) == 2);
}

TEST_CASE("analysis: computed penalties fall evenly in their logarithms") {
  const DoubleMatrix covariates = three_covariates();
  CoxPathOptions options;
  options.count = 3;
  options.least = 0.04;

  const std::vector<double> penalties = penalties_of(twelve, covariates.view(), options);

  REQUIRE(penalties.size() == 3);
  CHECK(penalties[0] == largest_penalty(twelve, covariates.view(), options));
  CHECK(penalties[1] == Approx(0.2 * penalties[0]).epsilon(1e-12));
  CHECK(penalties[2] == Approx(0.04 * penalties[0]).epsilon(1e-12));
}

TEST_CASE("analysis: ridge's path begins where a thousandth of lasso ends") {
  const DoubleMatrix covariates = three_covariates();
  CoxPathOptions lasso;
  CoxPathOptions ridge;
  ridge.l1_ratio = 0.0;

  CHECK(largest_penalty(twelve, covariates.view(), ridge) ==
        Approx(1000 * largest_penalty(twelve, covariates.view(), lasso)).epsilon(1e-12));
}

TEST_CASE("analysis: a path reaches what each penalty alone does") {
  const DoubleMatrix covariates = three_covariates();
  for (const double l1_ratio : {0.0, 0.5, 1.0}) {
    CoxPathOptions options;
    options.l1_ratio = l1_ratio;
    options.count = 8;
    for (const CoxFit& fit : cox_path(twelve, covariates.view(), options)) {
      CoxOptions alone;
      alone.penalty = fit.penalty;
      alone.l1_ratio = l1_ratio;
      const CoxFit other = fit_cox(twelve, covariates.view(), alone);
      INFO("penalty " << fit.penalty << ", l1 ratio " << l1_ratio);
      CHECK(fit.converged);
      for (std::size_t j = 0; j < 3; ++j) {
        CHECK(fit.model.coefficients[j] ==
              Approx(other.model.coefficients[j]).epsilon(1e-6).margin(1e-8));
      }
    }
  }
}

TEST_CASE("analysis: the lasso has an answer with more covariates than patients") {
  DoubleMatrix covariates(12, 40);
  for (std::size_t i = 0; i < covariates.values.size(); ++i) {
    covariates.values[i] = static_cast<double>((i * 7919 + i / 3 * 104729) % 97);
  }
  for (std::size_t i = 0; i < 12; ++i) covariates.at(i, 5) = three_covariates().at(i, 0);

  CoxPathOptions options;
  options.count = 10;
  options.least = 0.1;
  const std::vector<CoxFit> fits = cox_path(twelve, covariates.view(), options);

  for (const CoxFit& fit : fits) CHECK(fit.converged);
  CHECK(fits.back().log_likelihood > fits.front().log_likelihood);
  CHECK(zeros_in(fits.back()) > 20);
}

TEST_CASE("analysis: the held-out gain is what a fold adds to the fit without it") {
  const DoubleMatrix covariates = three_covariates();
  CoxPathOptions options;
  options.penalties = {1000.0, 0.05};

  const CoxValidation validation =
      cross_validate_cox(twelve, covariates.view(), four_folds, options);

  std::vector<double> gains;
  for (std::int32_t fold = 0; fold < 4; ++fold) {
    SurvivalTimes others;
    DoubleMatrix theirs(0, 3);
    for (std::size_t i = 0; i < 12; ++i) {
      if (four_folds[i] == fold) continue;
      others.times.push_back(twelve.times[i]);
      others.events.push_back(twelve.events[i]);
      theirs.values.insert(theirs.values.end(), covariates.row(i), covariates.row(i) + 3);
      ++theirs.rows;
    }
    CoxOptions alone;
    alone.penalty = 0.05;
    alone.l1_ratio = 1.0;
    const std::vector<double> b = fit_cox(others, theirs.view(), alone).model.coefficients;
    gains.push_back(
        (log_likelihood(twelve, covariates, b) - log_likelihood(twelve, covariates, {0, 0, 0})) -
        (log_likelihood(others, theirs, b) - log_likelihood(others, theirs, {0, 0, 0})));
  }
  const double sum = gains[0] + gains[1] + gains[2] + gains[3];
  double squares = 0.0;
  for (const double gain : gains) squares += (gain - sum / 4) * (gain - sum / 4);
  CHECK(validation.held_out_gain[1] == Approx(sum).epsilon(1e-7));
  CHECK(validation.standard_error[1] == Approx(2 * std::sqrt(squares / 3)).epsilon(1e-7));
  CHECK(validation.held_out_gain[0] == 0.0);
  CHECK(validation.held_out_concordance[0] == 0.5);
  CHECK(validation.held_out_concordance[1] > 0.5);
  CHECK(validation.best == 1);
}

TEST_CASE("analysis: the sparsest penalty is the largest within one error of the best") {
  const DoubleMatrix covariates = three_covariates();
  CoxPathOptions options;
  options.count = 20;

  const CoxValidation found = cross_validate_cox(twelve, covariates.view(), four_folds, options);

  const double enough = found.held_out_gain[found.best] - found.standard_error[found.best];
  REQUIRE(found.sparsest > 0);
  CHECK(found.sparsest < found.best);
  CHECK(found.held_out_gain[found.sparsest] >= enough);
  CHECK(found.held_out_gain[found.sparsest - 1] < enough);
}

TEST_CASE("analysis: the numbers of the folds do not matter") {
  const DoubleMatrix covariates = three_covariates();
  std::vector<std::int32_t> renamed;
  for (const std::int32_t fold : four_folds) renamed.push_back(3 - fold);
  CoxPathOptions options;
  options.count = 5;

  const CoxValidation one = cross_validate_cox(twelve, covariates.view(), four_folds, options);
  const CoxValidation other = cross_validate_cox(twelve, covariates.view(), renamed, options);

  CHECK(one.best == other.best);
  CHECK(one.held_out_gain[2] == Approx(other.held_out_gain[2]).epsilon(1e-12));
}

TEST_CASE("analysis: a covariate that varies in one fold alone is 0 for it and no failure") {
  DoubleMatrix covariates = three_covariates();
  for (std::size_t i = 0; i < 12; ++i) covariates.at(i, 2) = i == 4 ? 1.0 : 0.0;
  CoxPathOptions options;
  options.penalties = {0.1, 0.05};

  const CoxValidation validation =
      cross_validate_cox(twelve, covariates.view(), four_folds, options);

  CHECK(std::isfinite(validation.held_out_gain[0]));
  CHECK(std::isfinite(validation.held_out_gain[1]));
}

TEST_CASE("analysis: folds that cannot choose a penalty are refused") {
  const DoubleMatrix covariates = three_covariates();
  const auto validate_with = [&](const std::vector<std::int32_t>& folds) {
    cross_validate_cox(twelve, covariates.view(), folds, {});
  };
  check_refused("the folds are 3 for 12 rows", [&] { validate_with({0, 1, 2}); });
  check_refused("the folds are 1, and cross-validation needs at least 2",
                [&] { validate_with(std::vector<std::int32_t>(12, 0)); });
  check_refused("no event is left outside fold 0", [&] {
    validate_with({0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0});
  });
}

TEST_CASE("analysis: options of a path that are out of range are refused") {
  const DoubleMatrix covariates = three_covariates();
  const auto refused = [&](const std::string& part, const CoxPathOptions& options) {
    check_refused(ErrorKind::usage, part, [&] { cox_path(twelve, covariates.view(), options); });
  };
  CoxPathOptions options;
  options.penalties = {0.1, 0.2};
  refused("the penalties of a path must fall, got 0.2 after 0.1", options);
  options.penalties = {0.1, -0.2};
  refused("the penalty of a Cox model must be a finite number of at least 0, got -0.2", options);
  options = {};
  options.l1_ratio = -1;
  refused("the l1 ratio of a path must lie in [0, 1], got -1", options);
  options = {};
  options.count = 1;
  refused("the penalties of a path must be at least 2, got 1", options);
  options = {};
  options.least = 1.0;
  refused("the least penalty of a path must be a part in (0, 1) of the largest, got 1", options);
}

TEST_CASE("analysis: covariates that never vary have no path") {
  check_refused("no covariate varies among the patients at risk",
                [] { penalties_of(twelve, DoubleMatrix(12, 2, 0.3).view(), {}); });
}

TEST_CASE("analysis: the lasso's largest penalty for Rossi's prisoners is the oracle's") {
  const auto file = histo::test::shared_file("oracles/rossi.csv");
  SKIP_WITHOUT(file, "oracles/rossi.csv");
  const auto rossi = histo::test::read_rossi(*file);

  CHECK(std::abs(largest_penalty(rossi.survival, rossi.covariates.view(), {}) - 0.08852754) < 6e-9);
}
