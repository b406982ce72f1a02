#include "histo/slide_embedding.hpp"

#include <algorithm>
#include <armadillo>
#include <cmath>
#include <string>

#include "histo/error.hpp"

#include "analysis/checks.hpp"
#include "core/single_threaded_blas.hpp"

namespace histo {

namespace {

template <class Value>
void check(const MatrixView<Value>& rows, const std::string& what) {
  if (rows.rows == 0 || rows.columns == 0) {
    throw Error(ErrorKind::input, what + " are " + std::to_string(rows.rows) + " of " +
                                      std::to_string(rows.columns) +
                                      " features, and an embedding needs at least 1 of each");
  }
  analysis::check_finite(rows, what);
}

template <class Value>
std::vector<double> column_means(const MatrixView<Value>& rows) {
  std::vector<double> means(rows.columns);
  for (std::size_t i = 0; i < rows.rows; ++i) {
    const Value* const row = rows.row(i);
    for (std::size_t j = 0; j < rows.columns; ++j) means[j] += static_cast<double>(row[j]);
  }
  for (double& mean : means) mean /= static_cast<double>(rows.rows);
  return means;
}

/// One row a column, each of length 1.
arma::mat directions(const FloatMatrixView& rows, const std::string& what) {
  arma::mat result(rows.columns, rows.rows);
  for (std::size_t i = 0; i < rows.rows; ++i) {
    std::copy(rows.row(i), rows.row(i) + rows.columns, result.colptr(i));
    const double length = arma::norm(result.col(i));
    if (length == 0.0) {
      throw Error(ErrorKind::input, "row " + std::to_string(i) + " of " + what +
                                        " has the length 0, and so no direction");
    }
    result.col(i) /= length;
  }
  return result;
}

constexpr std::size_t block_rows = 4096;

}  // namespace

std::vector<double> mean_embedding(const FloatMatrixView& tiles) {
  check(tiles, "the tiles");
  return column_means(tiles);
}

std::vector<double> deviation_embedding(const FloatMatrixView& tiles) {
  check(tiles, "the tiles");
  const std::vector<double> means = column_means(tiles);
  std::vector<double> result(tiles.columns);
  for (std::size_t i = 0; i < tiles.rows; ++i) {
    const float* const row = tiles.row(i);
    for (std::size_t j = 0; j < tiles.columns; ++j) {
      const double difference = static_cast<double>(row[j]) - means[j];
      result[j] += difference * difference;
    }
  }
  for (double& each : result) each = std::sqrt(each / static_cast<double>(tiles.rows));
  return result;
}

std::vector<double> maximum_embedding(const FloatMatrixView& tiles) {
  check(tiles, "the tiles");
  std::vector<double> result(tiles.row(0), tiles.row(0) + tiles.columns);
  for (std::size_t i = 1; i < tiles.rows; ++i) {
    const float* const row = tiles.row(i);
    for (std::size_t j = 0; j < tiles.columns; ++j) {
      result[j] = std::max(result[j], static_cast<double>(row[j]));
    }
  }
  return result;
}

std::vector<double> mean_of_embeddings(const DoubleMatrixView& slides) {
  check(slides, "the slides' embeddings");
  return column_means(slides);
}

std::vector<double> prototype_counts(const std::vector<std::int32_t>& labels,
                                     std::size_t prototypes, CountScale scale) {
  if (labels.empty()) {
    throw Error(ErrorKind::input, "the labels are 0, and an embedding needs at least 1");
  }
  const std::vector<std::size_t> counts = analysis::label_counts(labels, prototypes);
  std::vector<double> result(counts.begin(), counts.end());
  double squares = 0.0;
  for (const double count : result) squares += count * count;
  const double total =
      scale == CountScale::unit_length ? std::sqrt(squares) : static_cast<double>(labels.size());
  for (double& count : result) count /= total;
  return result;
}

std::vector<double> h2t_embedding(const FloatMatrixView& tiles, const FloatMatrixView& prototypes) {
  check(tiles, "the tiles");
  check(prototypes, "the prototypes");
  analysis::check_count(prototypes.columns, tiles.columns, "the prototypes' features");
  const SingleThreadedBlas single_threaded;
  const arma::mat centres = directions(prototypes, "the prototypes");
  arma::mat sums(prototypes.columns, prototypes.rows, arma::fill::zeros);
  arma::vec counts(prototypes.rows, arma::fill::zeros);
  for (std::size_t first = 0; first < tiles.rows; first += block_rows) {
    const std::size_t count = std::min(block_rows, tiles.rows - first);
    const arma::mat block = directions({tiles.row(first), count, tiles.columns}, "the tiles");
    const arma::mat products = centres.t() * block;
    for (std::size_t i = 0; i < count; ++i) {
      const arma::uword nearest = products.col(i).index_max();
      sums.col(nearest) += block.col(i);
      counts(nearest) += 1.0;
    }
  }
  for (arma::uword j = 0; j < counts.n_elem; ++j) {
    if (counts(j) > 0.0) sums.col(j) /= counts(j);
  }
  return {sums.begin(), sums.end()};
}

}  // namespace histo
