#include "cluster/moments.hpp"

#include <cmath>
#include <string>

#include "histo/error.hpp"

#include "cluster/blocks.hpp"
#include "core/text.hpp"

namespace histo::cluster {

namespace {

/// Of one block: the columns' means and their sums of squared deviations from these.
struct BlockMoments {
  std::vector<double> mean;
  std::vector<double> squares;
};

void check_finite(const RowBlock& block, std::size_t dim) {
  for (std::size_t i = 0; i < block.count; ++i) {
    const float* row = block.row(i, dim);
    for (std::size_t column = 0; column < dim; ++column) {
      if (std::isfinite(row[column])) continue;
      // The sign of a NaN says nothing.
      const std::string value =
          std::isnan(row[column]) ? "nan" : number(static_cast<double>(row[column]));
      throw Error(ErrorKind::input, "row " + std::to_string(block.first + i) +
                                        " of the features holds " + value + " in column " +
                                        std::to_string(column) + ", all values must be finite");
    }
  }
}

void measure(const RowBlock& block, std::size_t dim, BlockMoments& result) {
  check_finite(block, dim);
  result.mean.assign(dim, 0.0);
  result.squares.assign(dim, 0.0);
  for (std::size_t i = 0; i < block.count; ++i) {
    const float* row = block.row(i, dim);
    for (std::size_t column = 0; column < dim; ++column) {
      result.mean[column] += static_cast<double>(row[column]);
    }
  }
  for (double& value : result.mean) value /= static_cast<double>(block.count);
  for (std::size_t i = 0; i < block.count; ++i) {
    const float* row = block.row(i, dim);
    for (std::size_t column = 0; column < dim; ++column) {
      const double deviation = static_cast<double>(row[column]) - result.mean[column];
      result.squares[column] += deviation * deviation;
    }
  }
}

}  // namespace

Moments column_moments(const RowSource& source, std::size_t threads) {
  const std::size_t dim = source.dim();
  BlockMoments all{std::vector<double>(dim), std::vector<double>(dim)};
  double rows = 0.0;
  for_each_block<BlockMoments>(
      source, threads,
      [dim] {
        return [dim](const RowBlock& block, BlockMoments& result) { measure(block, dim, result); };
      },
      [&](const RowBlock& block, const BlockMoments& part) {
        // Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for computing sample
        // variances" (1979).
        const auto added = static_cast<double>(block.count);
        const double total = rows + added;
        for (std::size_t column = 0; column < dim; ++column) {
          const double step = part.mean[column] - all.mean[column];
          all.mean[column] += step * added / total;
          all.squares[column] += part.squares[column] + step * step * rows * added / total;
        }
        rows = total;
      });
  double squares = 0.0;
  for (const double value : all.squares) squares += value;
  return {std::move(all.mean), squares / (rows * static_cast<double>(dim))};
}

}  // namespace histo::cluster
