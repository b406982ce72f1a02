#include <algorithm>
#include <armadillo>
#include <cmath>
#include <string>

#include "histo/error.hpp"
#include "histo/slide_embedding.hpp"

#include "analysis/checks.hpp"
#include "core/single_threaded_blas.hpp"
#include "core/text.hpp"

namespace histo {

namespace {

/// Sums go over blocks of a fixed size, so that they round the same wherever they run.
constexpr std::size_t block_rows = 2048;

/// The mixture with one prototype a column, all places relative to `origin`: near 0 the squares
/// that are subtracted from each other below stay small.
struct Columns {
  arma::vec origin;
  arma::vec shares;
  arma::mat means;
  arma::mat variances;
};

/// A row-major matrix as one of columns, without copying: its transpose.
arma::mat transposed(const DoubleMatrix& matrix) {
  return {matrix.values.data(), matrix.columns, matrix.rows};
}

Columns columns_of(const Mixture& mixture) {
  Columns columns;
  columns.shares = arma::vec(mixture.shares);
  columns.means = transposed(mixture.means);
  columns.variances = transposed(mixture.variances);
  columns.origin = arma::mean(columns.means, 1);
  columns.means.each_col() -= columns.origin;
  return columns;
}

arma::mat block_of(const FloatMatrixView& tiles, std::size_t first, std::size_t count,
                   const arma::vec& origin) {
  arma::mat block(tiles.columns, count);
  std::copy(tiles.row(first), tiles.row(first + count), block.begin());
  block.each_col() -= origin;
  return block;
}

/// p x count, for tiles relative to the origin.
arma::mat responsibilities(const arma::mat& block, const arma::mat& squares,
                           const Columns& mixture) {
  const arma::mat precisions = 1.0 / mixture.variances;
  const arma::mat scaled_means = mixture.means % precisions;
  const arma::vec constants =
      arma::log(mixture.shares) -
      0.5 * arma::sum(arma::log(mixture.variances) + mixture.means % scaled_means, 0).t();
  arma::mat result = scaled_means.t() * block - 0.5 * precisions.t() * squares;
  result.each_col() += constants;
  const arma::rowvec largest = arma::max(result, 0);
  result.each_row() -= largest;
  result = arma::exp(result);
  const arma::rowvec totals = arma::sum(result, 0);
  result.each_row() /= totals;
  return result;
}

/// One step of expectation and maximisation. Shifting all places leaves its formulas as they are,
/// so that the prior's means are relative to the origin too.
Columns stepped(const FloatMatrixView& tiles, const Columns& mixture, const Columns& prior,
                double tau) {
  arma::vec weights(prior.shares.n_elem);
  weights.fill(tau);
  arma::mat sums = tau * prior.means;
  arma::mat squared_sums = tau * (prior.variances + arma::square(prior.means));
  for (std::size_t first = 0; first < tiles.rows; first += block_rows) {
    const std::size_t count = std::min(block_rows, tiles.rows - first);
    const arma::mat block = block_of(tiles, first, count, mixture.origin);
    const arma::mat squares = arma::square(block);
    const arma::mat shares = responsibilities(block, squares, mixture);
    weights += arma::sum(shares, 1);
    sums += block * shares.t();
    squared_sums += squares * shares.t();
  }
  Columns result;
  result.origin = mixture.origin;
  result.shares = weights / arma::accu(weights);
  result.means = sums.each_row() / weights.t();
  const arma::mat mean_squares = squared_sums.each_row() / weights.t();
  result.variances = mean_squares - arma::square(result.means);
  return result;
}

void check(const FloatMatrixView& rows, const std::string& what) {
  if (rows.rows == 0 || rows.columns == 0) {
    throw Error(ErrorKind::input, what + " are " + std::to_string(rows.rows) + " of " +
                                      std::to_string(rows.columns) +
                                      " features, and a mixture needs at least 1 of each");
  }
  analysis::check_finite(rows, what);
}

void check_positive(double value, const std::string& what) {
  if (std::isfinite(value) && value > 0.0) return;
  throw Error(ErrorKind::usage, what + " must be a finite number above 0, got " + number(value));
}

DoubleMatrix rows_of(const arma::mat& columns) {
  DoubleMatrix result(columns.n_cols, columns.n_rows);
  std::copy(columns.begin(), columns.end(), result.values.begin());
  return result;
}

void check_mixture(const Mixture& mixture, std::size_t features) {
  const std::size_t count = mixture.shares.size();
  const bool fits = count > 0 && mixture.means.rows == count && mixture.variances.rows == count &&
                    mixture.means.columns == features && mixture.variances.columns == features;
  if (fits) return;
  throw Error(ErrorKind::input, "the mixture has " + count_of(count, "share") + ", " +
                                    std::to_string(mixture.means.rows) + " means and " +
                                    std::to_string(mixture.variances.rows) + " variances of " +
                                    count_of(mixture.means.columns, "feature") +
                                    ", the tiles have " + std::to_string(features));
}

}  // namespace

std::vector<double> Mixture::embedding() const {
  std::vector<double> result = shares;
  result.insert(result.end(), means.values.begin(), means.values.end());
  result.insert(result.end(), variances.values.begin(), variances.values.end());
  return result;
}

Mixture panther_prior(const FloatMatrixView& prototypes, const PantherOptions& options) {
  check(prototypes, "the prototypes");
  check_positive(options.prior_variance, "the prior variance of a mixture");
  check_positive(options.prior_tiles, "the tiles that the prior of a mixture is worth");
  Mixture prior;
  prior.shares.assign(prototypes.rows, 1.0 / static_cast<double>(prototypes.rows));
  prior.means = DoubleMatrix(prototypes.rows, prototypes.columns);
  std::copy(prototypes.values, prototypes.values + prototypes.size(), prior.means.values.begin());
  prior.variances = DoubleMatrix(prototypes.rows, prototypes.columns, options.prior_variance);
  return prior;
}

DoubleMatrix panther_responsibilities(const FloatMatrixView& tiles, const Mixture& mixture) {
  check(tiles, "the tiles");
  check_mixture(mixture, tiles.columns);
  const SingleThreadedBlas single_threaded;
  const Columns columns = columns_of(mixture);
  DoubleMatrix result(tiles.rows, mixture.shares.size());
  for (std::size_t first = 0; first < tiles.rows; first += block_rows) {
    const std::size_t count = std::min(block_rows, tiles.rows - first);
    const arma::mat block = block_of(tiles, first, count, columns.origin);
    const arma::mat shares = responsibilities(block, arma::square(block), columns);
    std::copy(shares.begin(), shares.end(), result.row(first));
  }
  return result;
}

Mixture panther_mixture(const FloatMatrixView& tiles, const FloatMatrixView& prototypes,
                        const PantherOptions& options) {
  check(tiles, "the tiles");
  if (options.steps == 0) {
    throw Error(ErrorKind::usage, "the steps of a mixture must be at least 1, got 0");
  }
  const Mixture start = panther_prior(prototypes, options);
  check_mixture(start, tiles.columns);
  const SingleThreadedBlas single_threaded;
  const Columns prior = columns_of(start);
  Columns columns = prior;
  for (std::size_t step = 0; step < options.steps; ++step) {
    columns = stepped(tiles, columns, prior, options.prior_tiles);
  }
  columns.means.each_col() += columns.origin;
  Mixture result;
  result.shares = {columns.shares.begin(), columns.shares.end()};
  result.means = rows_of(columns.means);
  result.variances = rows_of(columns.variances);
  return result;
}

}  // namespace histo
