#pragma once
/// Ridge regression: numbers (an expression, a score) from frozen features.
///
///   minimise |Y - X W' - 1 b'|^2 + lambda |W|^2 over W (T x M) and b (T), b without penalty
///
/// Hoerl and Kennard, Technometrics 12 (1970); the objective of scikit-learn's Ridge(alpha=lambda).
/// Solved by Cholesky's method on the centred normal equations, in float64.
///
/// Thread rule: one thread at a time.

#include <cstddef>
#include <vector>

#include "histo/matrix.hpp"

namespace histo {

struct Ridge {
  DoubleMatrix coefficients;       ///< T x M
  std::vector<double> intercepts;  ///< T
  double penalty = 0.0;            ///< lambda
};

/// `targets`: n x T. Throws Error(usage) for a penalty not above 0; Error(input) for no rows,
/// another number of targets, and values that are not finite.
Ridge fit_ridge(const FloatMatrixView& features, const DoubleMatrixView& targets, double penalty);

/// n x T. Throws Error(input) for another number of columns and values that are not finite.
DoubleMatrix predict_ridge(const Ridge& ridge, const FloatMatrixView& features);

/// What predicted numbers are worth, of one target; NaN where the truth (for Pearson's also the
/// prediction) is constant.
struct RegressionScores {
  double r2 = 0.0;       ///< 1 - sum (y - p)^2 / sum (y - mean y)^2
  double pearson = 0.0;  ///< correlation
  double rmse = 0.0;     ///< sqrt(mean (y - p)^2), in the target's unit
};

/// One for each column. Throws Error(input) for no rows, shapes that differ and values that are not
/// finite.
std::vector<RegressionScores> regression_scores(const DoubleMatrixView& truth,
                                                const DoubleMatrixView& predicted);

}  // namespace histo
