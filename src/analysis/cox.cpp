#include "histo/cox.hpp"

#include <algorithm>
#include <armadillo>
#include <cmath>
#include <limits>
#include <string>

#include "histo/error.hpp"

#include "analysis/checks.hpp"
#include "analysis/cox_fit.hpp"
#include "analysis/cox_solver.hpp"
#include "analysis/event_times.hpp"
#include "analysis/partial_likelihood.hpp"
#include "core/single_threaded_blas.hpp"
#include "core/text.hpp"

namespace histo {

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double normal_975 = 1.959963984540054;

/// A last Newton step of this part of a coefficient, or of this many standard deviations, does not
/// belong to a finite optimum.
constexpr double step_of_unbounded = 1e-3;

std::string listed(const arma::uvec& indices) {
  std::string text;
  for (arma::uword i = 0; i < indices.n_elem; ++i) {
    if (i > 0) text += i + 1 == indices.n_elem ? " and " : ", ";
    text += std::to_string(indices(i));
  }
  return (indices.n_elem == 1 ? "covariate " : "covariates ") + text;
}

void check_covariates_differ(const analysis::PartialLikelihood& likelihood) {
  const arma::uvec constant = arma::find(likelihood.deviations() == 0.0);
  if (constant.n_elem == 0) return;
  throw Error(ErrorKind::input, listed(constant) + (constant.n_elem == 1 ? " has" : " have") +
                                    " one value for all patients; leave out or use a penalty");
}

/// Coefficients whose optimum lies at infinity.
arma::uvec unbounded_in(const analysis::CoxSolution& solution) {
  if (!solution.converged && !solution.singular) return {};
  const arma::vec scale = arma::clamp(arma::abs(solution.coefficients), 1.0, arma::datum::inf);
  return arma::find(arma::abs(solution.last_step) > step_of_unbounded * scale);
}

void add_verdict(CoxFit& fit, const analysis::PartialLikelihood& likelihood,
                 const analysis::CoxSolution& solution) {
  const arma::uvec unbounded = unbounded_in(solution);
  const arma::uvec constant = arma::find(likelihood.deviations() == 0.0);
  fit.iterations = solution.iterations;
  fit.converged = solution.converged && unbounded.n_elem == 0;
  if (unbounded.n_elem > 0) {
    fit.message = "the coefficients of " + listed(unbounded) +
                  " grow without bound, since they order the events; use a penalty";
  } else if (!fit.converged) {
    fit.message = "the fit has not settled after " + count_of(fit.iterations, "iteration");
  } else if (constant.n_elem > 0) {
    fit.message = listed(constant) + (constant.n_elem == 1 ? " has" : " have") +
                  " one value for all patients and so the coefficient 0";
  }
}

void add_tests(CoxFit& fit, const analysis::PartialLikelihood& likelihood,
               const analysis::CoxSolution& solution) {
  fit.likelihood_ratio = 2.0 * (fit.log_likelihood - fit.null_log_likelihood);
  fit.likelihood_ratio_p = chi_square_tail(fit.likelihood_ratio, likelihood.covariates());
  arma::mat inverse;
  const bool regular = arma::inv(inverse, solution.expansion.hessian, arma::inv_opts::no_ugly);
  for (std::size_t j = 0; j < likelihood.covariates(); ++j) {
    const double b = fit.model.coefficients[j];
    const double error =
        regular ? std::sqrt(inverse(j, j)) / likelihood.deviations()(j) : not_a_number;
    const double z = b / error;
    fit.standard_errors.push_back(error);
    fit.z.push_back(z);
    fit.p.push_back(std::erfc(std::abs(z) / std::sqrt(2.0)));
    fit.hazard_ratios.push_back(std::exp(b));
    fit.lower.push_back(std::exp(b - normal_975 * error));
    fit.upper.push_back(std::exp(b + normal_975 * error));
  }
}

/// Breslow: H0(t) = sum over event times u <= t of d_u / sum of exp(log risk) of those at risk.
void add_baseline(CoxModel& model, const SurvivalTimes& survival,
                  const DoubleMatrixView& covariates) {
  const std::vector<double> risks = log_risks(model, covariates);
  const std::vector<std::size_t> order = analysis::longest_first(survival);
  const std::vector<analysis::EventTime> moments = analysis::event_times(survival);
  model.times.resize(moments.size());
  model.hazards.resize(moments.size());
  double at_risk = 0.0;
  std::size_t next = 0;
  for (std::size_t m = moments.size(); m-- > 0;) {
    for (; next < moments[m].at_risk; ++next) at_risk += std::exp(risks[order[next]]);
    model.times[m] = moments[m].time;
    model.hazards[m] = static_cast<double>(moments[m].events) / at_risk;
  }
  for (std::size_t m = 1; m < moments.size(); ++m) model.hazards[m] += model.hazards[m - 1];
}

void check(const CoxOptions& options) {
  if (!std::isfinite(options.penalty) || options.penalty < 0.0) {
    throw Error(ErrorKind::usage,
                "the penalty of a Cox model must be a finite number of at least "
                "0, got " +
                    number(options.penalty));
  }
  if (!(options.l1_ratio >= 0.0 && options.l1_ratio <= 1.0)) {
    throw Error(ErrorKind::usage,
                "the l1 ratio of a Cox model must lie in [0, 1], got " + number(options.l1_ratio));
  }
  if (options.max_iterations == 0) {
    throw Error(ErrorKind::usage, "the iterations of a Cox model must be at least 1, got 0");
  }
}

void check_model(const CoxModel& model, const DoubleMatrixView& covariates) {
  if (covariates.columns != model.coefficients.size()) {
    throw Error(ErrorKind::input, "the covariates are " + std::to_string(covariates.columns) +
                                      ", those of the Cox model " +
                                      std::to_string(model.coefficients.size()));
  }
  analysis::check_finite(covariates, "the covariates");
}

}  // namespace

CoxFit analysis::fit_from(const CoxProblem& problem, const CoxOptions& options, arma::vec& start) {
  check(options);
  const PartialLikelihood& likelihood = *problem.likelihood;
  const double weight = static_cast<double>(likelihood.patients()) * options.penalty;
  const ElasticNet penalty{weight * (1.0 - options.l1_ratio), weight * options.l1_ratio};
  if (penalty.none()) check_covariates_differ(likelihood);
  const CoxSolution solution = minimise(likelihood, penalty, start, options.max_iterations);
  if (solution.singular && solution.iterations == 0) {
    throw Error(ErrorKind::input,
                "the " + count_of(likelihood.covariates(), "covariate") +
                    " are collinear, or more than the events tell apart; leave some out or use a "
                    "penalty");
  }
  start = solution.coefficients;
  CoxFit fit;
  fit.penalty = options.penalty;
  fit.model.coefficients =
      arma::conv_to<std::vector<double>>::from(likelihood.in_own_units(solution.coefficients));
  fit.model.means = arma::conv_to<std::vector<double>>::from(likelihood.means());
  fit.log_likelihood = -solution.expansion.value;
  fit.null_log_likelihood = -likelihood.value(arma::zeros(likelihood.covariates()));
  add_verdict(fit, likelihood, solution);
  fit.likelihood_ratio = not_a_number;
  fit.likelihood_ratio_p = not_a_number;
  if (penalty.none()) add_tests(fit, likelihood, solution);
  add_baseline(fit.model, *problem.survival, problem.covariates);
  return fit;
}

CoxFit fit_cox(const SurvivalTimes& survival, const DoubleMatrixView& covariates,
               const CoxOptions& options) {
  const SingleThreadedBlas single_threaded;
  const analysis::PartialLikelihood likelihood(survival, covariates, options.ties);
  arma::vec start(covariates.columns, arma::fill::zeros);
  return analysis::fit_from({&likelihood, &survival, covariates}, options, start);
}

std::vector<double> log_risks(const CoxModel& model, const DoubleMatrixView& covariates) {
  check_model(model, covariates);
  std::vector<double> risks(covariates.rows);
  for (std::size_t i = 0; i < covariates.rows; ++i) {
    const double* const row = covariates.row(i);
    for (std::size_t j = 0; j < covariates.columns; ++j) {
      risks[i] += (row[j] - model.means[j]) * model.coefficients[j];
    }
  }
  return risks;
}

double baseline_hazard(const CoxModel& model, double time) {
  const auto after = std::upper_bound(model.times.begin(), model.times.end(), time);
  if (after == model.times.begin()) return 0.0;
  return model.hazards[static_cast<std::size_t>(after - model.times.begin()) - 1];
}

std::vector<double> event_risks(const CoxModel& model, const DoubleMatrixView& covariates,
                                double time) {
  const double hazard = baseline_hazard(model, time);
  std::vector<double> risks = log_risks(model, covariates);
  for (double& risk : risks) risk = -std::expm1(-hazard * std::exp(risk));
  return risks;
}

LikelihoodRatio compare_nested(const CoxFit& smaller, const CoxFit& larger) {
  const std::size_t few = smaller.model.coefficients.size();
  const std::size_t many = larger.model.coefficients.size();
  if (smaller.penalty > 0.0 || larger.penalty > 0.0) {
    throw Error(ErrorKind::usage, "the likelihood ratio compares models without a penalty, got " +
                                      number(std::max(smaller.penalty, larger.penalty)));
  }
  if (many <= few) {
    throw Error(ErrorKind::usage, "the larger model has " + count_of(many, "covariate") +
                                      ", and must have more than the smaller one's " +
                                      std::to_string(few));
  }
  LikelihoodRatio result;
  result.chi_square = 2.0 * (larger.log_likelihood - smaller.log_likelihood);
  result.degrees_of_freedom = many - few;
  result.p = chi_square_tail(result.chi_square, result.degrees_of_freedom);
  return result;
}

}  // namespace histo
