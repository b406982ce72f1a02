#include "analysis/cox_solver.hpp"

#include <algorithm>
#include <cmath>

namespace histo::analysis {

namespace {

/// The objective falls by about this at the last step; that step leaves its square.
constexpr double last_decrease = 1e-10;

/// What rounding does to a sum of logarithms, relative to it.
constexpr double rounding = 1e-13;

/// Below this the information says nothing about some combination of the covariates.
constexpr double least_reciprocal_condition = 1e-12;

constexpr double least_change = 1e-11;  ///< of a scaled coefficient, in a sweep
constexpr std::size_t most_sweeps = 20000;
constexpr int most_halvings = 40;

double shrink(double value, double by) {
  if (value > by) return value - by;
  if (value < -by) return value + by;
  return 0.0;
}

/// One sweep over the coordinates of `point`; `slope` is the quadratic model's gradient there.
/// Returns the largest change.
double sweep(const Expansion& model, const ElasticNet& penalty, bool only_active, arma::vec& point,
             arma::vec& slope) {
  double largest = 0.0;
  for (arma::uword j = 0; j < point.n_elem; ++j) {
    if (only_active && point(j) == 0.0) continue;
    const double curvature = model.hessian(j, j);
    if (curvature + penalty.ridge <= 0.0) continue;
    const double wanted =
        shrink(curvature * point(j) - slope(j), penalty.lasso) / (curvature + penalty.ridge);
    const double change = wanted - point(j);
    if (change == 0.0) continue;
    point(j) = wanted;
    slope += change * model.hessian.col(j);
    largest = std::max(largest, std::abs(change));
  }
  return largest;
}

/// Where the quadratic model around `centre` plus the penalty is least, by coordinate descent:
/// Friedman, J., Hastie, T., Tibshirani, R. "Regularization paths for generalized linear models via
/// coordinate descent", J. Stat. Softw. 33 (2010).
arma::vec least_with_lasso(const Expansion& model, const ElasticNet& penalty,
                           const arma::vec& centre) {
  arma::vec point = centre;
  arma::vec slope = model.gradient;
  for (std::size_t sweeps = 0; sweeps < most_sweeps;) {
    ++sweeps;
    if (sweep(model, penalty, false, point, slope) < least_change) break;
    while (sweeps < most_sweeps && sweep(model, penalty, true, point, slope) >= least_change) {
      ++sweeps;
    }
  }
  return point;
}

/// The Newton step; false if the equations are singular.
bool find_step(const Expansion& model, const ElasticNet& penalty, const arma::vec& from,
               arma::vec& step) {
  if (penalty.lasso > 0.0) {
    step = least_with_lasso(model, penalty, from) - from;
    return true;
  }
  arma::mat curvature = model.hessian;
  curvature.diag() += penalty.ridge;
  if (!curvature.is_finite() || !(arma::rcond(curvature) > least_reciprocal_condition)) {
    return false;
  }
  return arma::solve(step, curvature, -(model.gradient + penalty.ridge * from),
                     arma::solve_opts::likely_sympd + arma::solve_opts::no_approx);
}

}  // namespace

CoxSolution minimise(const PartialLikelihood& likelihood, const ElasticNet& penalty,
                     const arma::vec& start, std::size_t max_iterations) {
  CoxSolution solution;
  solution.coefficients = start;
  solution.last_step.zeros(start.n_elem);
  solution.expansion = likelihood.expand(start);
  while (solution.iterations < max_iterations && !solution.converged) {
    arma::vec step;
    if (!find_step(solution.expansion, penalty, solution.coefficients, step)) {
      solution.singular = true;
      return solution;
    }
    ++solution.iterations;
    solution.last_step = step;
    const double here = solution.expansion.value + penalty.value(solution.coefficients);
    const double slope = arma::dot(solution.expansion.gradient, step) +
                         penalty.value(solution.coefficients + step) -
                         penalty.value(solution.coefficients);
    solution.converged = -slope <= last_decrease;
    double part = 1.0;
    arma::vec there = solution.coefficients + step;
    for (int halvings = 0; halvings < most_halvings; ++halvings) {
      const double value = likelihood.value(there) + penalty.value(there);
      if (value <= here + 1e-4 * part * slope + rounding * std::abs(here)) break;
      part *= 0.5;
      there = solution.coefficients + part * step;
    }
    solution.coefficients = there;
    solution.expansion = likelihood.expand(there);
  }
  return solution;
}

}  // namespace histo::analysis
