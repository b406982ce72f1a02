#pragma once

#include <armadillo>

#include "histo/cox.hpp"

#include "analysis/partial_likelihood.hpp"

namespace histo::analysis {

/// What stays the same along a path of penalties.
struct CoxProblem {
  const PartialLikelihood* likelihood = nullptr;
  const SurvivalTimes* survival = nullptr;
  DoubleMatrixView covariates;
};

/// From the scaled coefficients `start`, which are the solution's afterwards. Throws as `fit_cox`.
CoxFit fit_from(const CoxProblem& problem, const CoxOptions& options, arma::vec& start);

}  // namespace histo::analysis
