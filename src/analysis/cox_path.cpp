#include <algorithm>
#include <armadillo>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

#include "histo/cox.hpp"
#include "histo/error.hpp"

#include "analysis/checks.hpp"
#include "analysis/cox_fit.hpp"
#include "analysis/partial_likelihood.hpp"
#include "core/single_threaded_blas.hpp"
#include "core/text.hpp"

namespace histo {

namespace {

/// Ridge never makes all coefficients 0: its path begins where this much lasso would.
constexpr double least_l1_ratio = 1e-3;

using analysis::PartialLikelihood;

double largest_of(const PartialLikelihood& likelihood, double l1_ratio) {
  const arma::vec gradient = likelihood.expand(arma::zeros(likelihood.covariates())).gradient;
  return arma::abs(gradient).max() / static_cast<double>(likelihood.patients()) /
         std::max(l1_ratio, least_l1_ratio);
}

void check(const CoxPathOptions& options) {
  for (std::size_t i = 1; i < options.penalties.size(); ++i) {
    if (options.penalties[i] < options.penalties[i - 1]) continue;
    throw Error(ErrorKind::usage, "the penalties of a path must fall, got " +
                                      number(options.penalties[i]) + " after " +
                                      number(options.penalties[i - 1]));
  }
  if (!(options.l1_ratio >= 0.0 && options.l1_ratio <= 1.0)) {
    throw Error(ErrorKind::usage,
                "the l1 ratio of a path must lie in [0, 1], got " + number(options.l1_ratio));
  }
  if (!options.penalties.empty()) return;
  if (options.count < 2) {
    throw Error(ErrorKind::usage,
                "the penalties of a path must be at least 2, got " + std::to_string(options.count));
  }
  if (!(options.least > 0.0 && options.least < 1.0)) {
    throw Error(ErrorKind::usage,
                "the least penalty of a path must be a part in (0, 1) of the "
                "largest, got " +
                    number(options.least));
  }
}

std::vector<double> penalties_for(const PartialLikelihood& likelihood,
                                  const CoxPathOptions& options) {
  if (!options.penalties.empty()) return options.penalties;
  const double largest = largest_of(likelihood, options.l1_ratio);
  if (!(largest > 0.0)) {
    throw Error(ErrorKind::input,
                "no covariate varies among the patients at risk, so there is no path of penalties");
  }
  std::vector<double> penalties;
  const auto last = static_cast<double>(options.count - 1);
  for (std::size_t i = 0; i < options.count; ++i) {
    penalties.push_back(largest * std::pow(options.least, static_cast<double>(i) / last));
  }
  return penalties;
}

std::vector<CoxFit> path_along(const analysis::CoxProblem& problem, const CoxPathOptions& options,
                               const std::vector<double>& penalties) {
  arma::vec start(problem.likelihood->covariates(), arma::fill::zeros);
  std::vector<CoxFit> fits;
  for (const double penalty : penalties) {
    CoxOptions each;
    each.ties = options.ties;
    each.penalty = penalty;
    each.l1_ratio = options.l1_ratio;
    fits.push_back(analysis::fit_from(problem, each, start));
  }
  return fits;
}

/// Some of the patients, copied.
struct Patients {
  SurvivalTimes survival;
  DoubleMatrix covariates;

  void add(const SurvivalTimes& all, const DoubleMatrixView& rows, std::size_t i) {
    survival.times.push_back(all.times[i]);
    survival.events.push_back(all.events[i]);
    covariates.columns = rows.columns;
    covariates.values.insert(covariates.values.end(), rows.row(i), rows.row(i) + rows.columns);
    ++covariates.rows;
  }
};

void check_folds(const SurvivalTimes& survival, const std::vector<std::int32_t>& folds) {
  analysis::check_count(folds.size(), survival.times.size(), "the folds");
  const std::size_t count = analysis::class_count(folds);
  if (count < 2) {
    throw Error(ErrorKind::input, "the folds are 1, and cross-validation needs at least 2");
  }
  std::vector<std::size_t> events(count);
  std::size_t all = 0;
  for (std::size_t i = 0; i < folds.size(); ++i) {
    events[static_cast<std::size_t>(folds[i])] += survival.events[i];
    all += survival.events[i];
  }
  for (std::size_t k = 0; k < count; ++k) {
    if (events[k] < all) continue;
    throw Error(ErrorKind::input,
                "no event is left outside fold " + std::to_string(k) + " to fit a Cox model on");
  }
}

/// Pairs of one penalty, over all folds.
struct Pairs {
  double concordant = 0.0;
  double all = 0.0;

  void add(const Concordance& of_fold) {
    concordant += static_cast<double>(of_fold.concordant) + 0.5 * static_cast<double>(of_fold.tied);
    all += static_cast<double>(of_fold.concordant + of_fold.discordant + of_fold.tied);
  }
  double index() const {
    return all > 0.0 ? concordant / all : std::numeric_limits<double>::quiet_NaN();
  }
};

/// Of one penalty, fold by fold.
struct Held {
  std::vector<double> gains;
  Pairs pairs;

  double gain() const { return std::accumulate(gains.begin(), gains.end(), 0.0); }
  double standard_error() const {
    const arma::vec values(gains);
    return std::sqrt(static_cast<double>(gains.size())) * arma::stddev(values);
  }
};

void add_fold(const Patients& inside, const Patients& outside, const PartialLikelihood& everybody,
              const CoxPathOptions& options, const std::vector<double>& penalties,
              std::vector<Held>& held) {
  const DoubleMatrixView rows = outside.covariates.view();
  const PartialLikelihood likelihood(outside.survival, rows, options.ties);
  const std::vector<CoxFit> fits =
      path_along({&likelihood, &outside.survival, rows}, options, penalties);
  const double null_of_all = -everybody.value(arma::zeros(everybody.covariates()));
  for (std::size_t i = 0; i < fits.size(); ++i) {
    const arma::vec own(fits[i].model.coefficients);
    const double of_all = -everybody.value(everybody.in_scaled_units(own));
    held[i].gains.push_back((of_all - null_of_all) -
                            (fits[i].log_likelihood - fits[i].null_log_likelihood));
    if (inside.covariates.rows == 0) continue;
    held[i].pairs.add(
        concordance(inside.survival, log_risks(fits[i].model, inside.covariates.view())));
  }
}

CoxValidation validation_of(const std::vector<double>& penalties, const std::vector<Held>& held) {
  CoxValidation result;
  result.penalties = penalties;
  for (const Held& each : held) {
    result.held_out_gain.push_back(each.gain());
    result.standard_error.push_back(each.standard_error());
    result.held_out_concordance.push_back(each.pairs.index());
  }
  const std::vector<double>& gains = result.held_out_gain;
  result.best =
      static_cast<std::size_t>(std::max_element(gains.begin(), gains.end()) - gains.begin());
  const double enough = gains[result.best] - result.standard_error[result.best];
  while (result.sparsest < result.best && !(gains[result.sparsest] >= enough)) ++result.sparsest;
  return result;
}

}  // namespace

double largest_penalty(const SurvivalTimes& survival, const DoubleMatrixView& covariates,
                       const CoxPathOptions& options) {
  check(options);
  const SingleThreadedBlas single_threaded;
  return largest_of(PartialLikelihood(survival, covariates, options.ties), options.l1_ratio);
}

std::vector<double> penalties_of(const SurvivalTimes& survival, const DoubleMatrixView& covariates,
                                 const CoxPathOptions& options) {
  check(options);
  const SingleThreadedBlas single_threaded;
  return penalties_for(PartialLikelihood(survival, covariates, options.ties), options);
}

std::vector<CoxFit> cox_path(const SurvivalTimes& survival, const DoubleMatrixView& covariates,
                             const CoxPathOptions& options) {
  check(options);
  const SingleThreadedBlas single_threaded;
  const PartialLikelihood likelihood(survival, covariates, options.ties);
  return path_along({&likelihood, &survival, covariates}, options,
                    penalties_for(likelihood, options));
}

CoxValidation cross_validate_cox(const SurvivalTimes& survival, const DoubleMatrixView& covariates,
                                 const std::vector<std::int32_t>& folds,
                                 const CoxPathOptions& options) {
  check(options);
  const SingleThreadedBlas single_threaded;
  const PartialLikelihood everybody(survival, covariates, options.ties);
  check_folds(survival, folds);
  const std::vector<double> penalties = penalties_for(everybody, options);
  std::vector<Held> held(penalties.size());
  const auto count = static_cast<std::int32_t>(analysis::class_count(folds));
  for (std::int32_t k = 0; k < count; ++k) {
    Patients inside;
    Patients outside;
    for (std::size_t i = 0; i < folds.size(); ++i) {
      (folds[i] == k ? inside : outside).add(survival, covariates, i);
    }
    add_fold(inside, outside, everybody, options, penalties, held);
  }
  return validation_of(penalties, held);
}

}  // namespace histo
