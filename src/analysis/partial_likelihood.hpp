#pragma once

#include <armadillo>
#include <cstddef>
#include <vector>

#include "histo/cox.hpp"

namespace histo::analysis {

/// -log L and its derivatives at one point.
struct Expansion {
  double value = 0.0;
  arma::vec gradient;
  arma::mat hessian;
};

/// -log of Cox's partial likelihood, for coefficients of the covariates scaled to mean 0 and
/// standard deviation 1 (with n - 1); constant covariates are scaled to 0.
class PartialLikelihood {
 public:
  /// Throws Error(input) as `fit_cox` for what does not depend on the penalty.
  PartialLikelihood(const SurvivalTimes& survival, const DoubleMatrixView& covariates, Ties ties);

  std::size_t patients() const { return scaled_.n_cols; }
  std::size_t covariates() const { return scaled_.n_rows; }
  const arma::vec& means() const { return means_; }
  const arma::vec& deviations() const { return deviations_; }  ///< 0 for a constant covariate

  /// Infinite where risks lie so far apart that float64 has none left for some risk set.
  double value(const arma::vec& coefficients) const;
  /// Where the value is finite.
  Expansion expand(const arma::vec& coefficients) const;

  /// For the covariates in their own units, and back.
  arma::vec in_own_units(const arma::vec& coefficients) const;
  arma::vec in_scaled_units(const arma::vec& coefficients) const;

 private:
  struct Sums;
  struct Relative;

  void scale(const DoubleMatrixView& covariates, const std::vector<std::size_t>& order);
  Relative relative_risks(const arma::vec& coefficients) const;

  Ties ties_;
  arma::mat scaled_;  ///< covariates x patients, the patients with the longest times first
  arma::vec means_;
  arma::vec deviations_;
  std::vector<unsigned char> events_;
  std::vector<std::size_t> group_ends_;  ///< of equal times, one past the last patient of each
};

}  // namespace histo::analysis
