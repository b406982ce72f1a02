#include "histo/ridge.hpp"

#include <algorithm>
#include <armadillo>
#include <cmath>
#include <limits>
#include <sstream>

#include "histo/error.hpp"

#include "analysis/checks.hpp"
#include "analysis/directions.hpp"
#include "core/single_threaded_blas.hpp"

namespace histo {

namespace {

constexpr std::size_t rows_at_once = 2048;

/// Columns of the result are rows of features, centred.
arma::mat centred_columns(const FloatMatrixView& features, const arma::vec& mean, std::size_t first,
                          std::size_t count) {
  arma::mat block(features.columns, count);
  for (std::size_t i = 0; i < count; ++i) {
    const float* const row = features.row(first + i);
    for (std::size_t j = 0; j < features.columns; ++j) {
      block(j, i) = static_cast<double>(row[j]) - mean(j);
    }
  }
  return block;
}

/// Armadillo's matrices go column by column, so that row-major numbers are their transpose.
arma::mat transposed(const DoubleMatrixView& matrix, std::size_t first, std::size_t count) {
  arma::mat result(matrix.columns, count);
  std::copy(matrix.row(first), matrix.row(first) + count * matrix.columns, result.memptr());
  return result;
}

}  // namespace

Ridge fit_ridge(const FloatMatrixView& features, const DoubleMatrixView& targets, double penalty) {
  if (!(penalty > 0.0) || !std::isfinite(penalty)) {
    std::ostringstream sentence;
    sentence << "the penalty of a ridge regression must be above 0, got " << penalty;
    throw Error(ErrorKind::usage, sentence.str());
  }
  if (features.rows == 0) throw Error(ErrorKind::input, "there are no rows to learn from");
  analysis::check_count(targets.rows, features.rows, "the targets");
  analysis::check_finite(features, "the features");
  analysis::check_finite(targets, "the targets");
  const SingleThreadedBlas single;
  const arma::vec mean(analysis::column_means(features));
  arma::vec target_mean(targets.columns, arma::fill::zeros);
  for (std::size_t row = 0; row < targets.rows; ++row) {
    for (std::size_t t = 0; t < targets.columns; ++t) target_mean(t) += targets.row(row)[t];
  }
  target_mean /= static_cast<double>(targets.rows);
  arma::mat squares(features.columns, features.columns, arma::fill::zeros);
  arma::mat products(features.columns, targets.columns, arma::fill::zeros);
  for (std::size_t first = 0; first < features.rows; first += rows_at_once) {
    const std::size_t count = std::min(rows_at_once, features.rows - first);
    const arma::mat block = centred_columns(features, mean, first, count);
    arma::mat wanted = transposed(targets, first, count);
    wanted.each_col() -= target_mean;
    squares += block * block.t();
    products += block * wanted.t();
  }
  squares.diag() += penalty;
  arma::mat solution;
  // Not an approximation where the equations are nearly dependent: that is said instead.
  const auto how = arma::solve_opts::likely_sympd + arma::solve_opts::no_approx;
  if (!arma::solve(solution, squares, products, how)) {
    std::ostringstream sentence;
    sentence << "the equations of the ridge regression cannot be solved with the penalty "
             << penalty << "; a larger one can";
    throw Error(ErrorKind::input, sentence.str());
  }
  Ridge ridge;
  ridge.penalty = penalty;
  ridge.coefficients = DoubleMatrix(targets.columns, features.columns);
  std::copy(solution.begin(), solution.end(), ridge.coefficients.values.begin());
  const arma::vec intercepts = target_mean - solution.t() * mean;
  ridge.intercepts.assign(intercepts.begin(), intercepts.end());
  return ridge;
}

DoubleMatrix predict_ridge(const Ridge& ridge, const FloatMatrixView& features) {
  const std::size_t targets = ridge.coefficients.rows;
  analysis::check_columns(features, ridge.coefficients.columns, "the features");
  analysis::check_finite(features, "the features");
  DoubleMatrix result(features.rows, targets);
  for (std::size_t i = 0; i < features.rows; ++i) {
    for (std::size_t t = 0; t < targets; ++t) {
      double sum = ridge.intercepts[t];
      const double* const coefficients = ridge.coefficients.row(t);
      for (std::size_t j = 0; j < features.columns; ++j) {
        sum += coefficients[j] * static_cast<double>(features.row(i)[j]);
      }
      result.at(i, t) = sum;
    }
  }
  return result;
}

namespace {

/// Sums of squares about a mean that was rounded are not quite 0.
bool is_constant(const DoubleMatrixView& values, std::size_t column) {
  for (std::size_t i = 1; i < values.rows; ++i) {
    if (values.row(i)[column] != values.row(0)[column]) return false;
  }
  return true;
}

}  // namespace

std::vector<RegressionScores> regression_scores(const DoubleMatrixView& truth,
                                                const DoubleMatrixView& predicted) {
  if (truth.rows == 0) throw Error(ErrorKind::input, "there are no predictions to score");
  analysis::check_count(predicted.rows, truth.rows, "the predictions");
  if (predicted.columns != truth.columns) {
    throw Error(ErrorKind::input, "the predictions have " + std::to_string(predicted.columns) +
                                      " columns, not " + std::to_string(truth.columns));
  }
  analysis::check_finite(truth, "the truth");
  analysis::check_finite(predicted, "the predictions");
  const auto rows = static_cast<double>(truth.rows);
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  std::vector<RegressionScores> result;
  for (std::size_t t = 0; t < truth.columns; ++t) {
    double truth_mean = 0.0;
    double predicted_mean = 0.0;
    for (std::size_t i = 0; i < truth.rows; ++i) {
      truth_mean += truth.row(i)[t] / rows;
      predicted_mean += predicted.row(i)[t] / rows;
    }
    double missed = 0.0;
    double spread = 0.0;
    double predicted_spread = 0.0;
    double together = 0.0;
    for (std::size_t i = 0; i < truth.rows; ++i) {
      const double y = truth.row(i)[t];
      const double p = predicted.row(i)[t];
      missed += (y - p) * (y - p);
      spread += (y - truth_mean) * (y - truth_mean);
      predicted_spread += (p - predicted_mean) * (p - predicted_mean);
      together += (y - truth_mean) * (p - predicted_mean);
    }
    if (is_constant(truth, t)) spread = 0.0;
    if (is_constant(predicted, t)) predicted_spread = 0.0;
    const double both = std::sqrt(spread * predicted_spread);
    result.push_back({spread > 0.0 ? 1.0 - missed / spread : nan,
                      both > 0.0 ? together / both : nan, std::sqrt(missed / rows)});
  }
  return result;
}

}  // namespace histo
