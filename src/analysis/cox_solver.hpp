#pragma once

#include <armadillo>
#include <cstddef>

#include "analysis/partial_likelihood.hpp"

namespace histo::analysis {

/// n lambda ((1 - a) / 2 |b|^2 + a |b|_1), as two weights.
struct ElasticNet {
  double ridge = 0.0;  ///< n lambda (1 - a)
  double lasso = 0.0;  ///< n lambda a

  bool none() const { return ridge == 0.0 && lasso == 0.0; }
  double value(const arma::vec& coefficients) const {
    return 0.5 * ridge * arma::dot(coefficients, coefficients) +
           lasso * arma::norm(coefficients, 1);
  }
};

struct CoxSolution {
  arma::vec coefficients;  ///< scaled
  /// The last Newton step: small where the optimum is finite, about 1 for coefficients whose
  /// optimum lies at infinity.
  arma::vec last_step;
  Expansion expansion;  ///< at the coefficients
  std::size_t iterations = 0;
  bool converged = false;
  bool singular = false;  ///< the equations of the last step have no one solution
};

/// Minimises -log L + penalty from `start` on.
CoxSolution minimise(const PartialLikelihood& likelihood, const ElasticNet& penalty,
                     const arma::vec& start, std::size_t max_iterations);

}  // namespace histo::analysis
