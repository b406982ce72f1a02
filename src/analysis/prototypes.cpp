#include "analysis/prototypes.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "histo/error.hpp"

#include "analysis/checks.hpp"
#include "analysis/directions.hpp"

namespace histo {

namespace {

void check_classes(const std::vector<std::int32_t>& labels, std::size_t classes) {
  const std::vector<std::size_t> counts = analysis::label_counts(labels, classes);
  for (std::size_t c = 0; c < classes; ++c) {
    if (counts[c] > 0) continue;
    throw Error(ErrorKind::input, "class " + std::to_string(c) + " has no row to learn from");
  }
}

}  // namespace

Prototypes analysis::prototypes_of(const FloatMatrixView& support,
                                   const std::vector<std::size_t>& places,
                                   const std::vector<std::int32_t>& labels, std::size_t classes) {
  const std::size_t columns = support.columns;
  Prototypes result{std::vector<double>(columns), DoubleMatrix(classes, columns)};
  for (const std::size_t place : places) {
    const float* const row = support.row(place);
    for (std::size_t j = 0; j < columns; ++j) result.mean[j] += static_cast<double>(row[j]);
  }
  for (double& mean : result.mean) mean /= static_cast<double>(places.size());
  std::vector<double> direction(columns);
  std::vector<std::size_t> counts(classes);
  double longest = 0.0;
  for (std::size_t i = 0; i < places.size(); ++i) {
    const auto label = static_cast<std::size_t>(labels[i]);
    longest =
        std::max(longest, direction_of(support.row(places[i]), result.mean, direction.data()));
    double* const centre = result.centres.row(label);
    for (std::size_t j = 0; j < columns; ++j) centre[j] += direction[j];
    ++counts[label];
  }
  if (longest == 0.0) return {result.mean, DoubleMatrix()};
  for (std::size_t i = 0; i < result.centres.values.size(); ++i) {
    result.centres.values[i] /= static_cast<double>(counts[i / columns]);
  }
  return result;
}

DoubleMatrix analysis::distances_to(const Prototypes& prototypes, const FloatMatrixView& queries) {
  const std::size_t classes = prototypes.centres.rows;
  DoubleMatrix distances(queries.rows, classes);
  std::vector<double> direction(queries.columns);
  for (std::size_t row = 0; row < queries.rows; ++row) {
    direction_of(queries.row(row), prototypes.mean, direction.data());
    for (std::size_t c = 0; c < classes; ++c) {
      const double* const centre = prototypes.centres.row(c);
      double squares = 0.0;
      for (std::size_t j = 0; j < direction.size(); ++j) {
        const double apart = direction[j] - centre[j];
        squares += apart * apart;
      }
      distances.at(row, c) = std::sqrt(squares);
    }
  }
  return distances;
}

Prototypes fit_prototypes(const FloatMatrixView& support, const std::vector<std::int32_t>& labels,
                          std::size_t classes) {
  analysis::check_count(labels.size(), support.rows, "the labels of the support");
  check_classes(labels, classes);
  analysis::check_finite(support, "the support");
  std::vector<std::size_t> places(support.rows);
  std::iota(places.begin(), places.end(), std::size_t{0});
  Prototypes result = analysis::prototypes_of(support, places, labels, classes);
  if (result.centres.rows == 0) {
    throw Error(ErrorKind::input,
                "the rows of the support are all equal, so that no class differs");
  }
  return result;
}

DoubleMatrix prototype_distances(const Prototypes& prototypes, const FloatMatrixView& queries) {
  analysis::check_columns(queries, prototypes.mean.size(), "the queries");
  analysis::check_finite(queries, "the queries");
  return analysis::distances_to(prototypes, queries);
}

std::vector<std::int32_t> nearest_classes(const DoubleMatrix& distances) {
  std::vector<std::int32_t> labels;
  labels.reserve(distances.rows);
  for (std::size_t i = 0; i < distances.rows; ++i) {
    const double* const row = distances.row(i);
    labels.push_back(
        static_cast<std::int32_t>(std::min_element(row, row + distances.columns) - row));
  }
  return labels;
}

SlideVote slide_vote(const DoubleMatrix& distances, std::size_t nearest) {
  if (nearest == 0) {
    throw Error(ErrorKind::usage, "the number of tiles that vote must be at least 1, got 0");
  }
  if (distances.rows == 0) throw Error(ErrorKind::input, "the slide has no tile to vote");
  const std::size_t count = std::min(nearest, distances.rows);
  SlideVote vote;
  std::vector<double> squares(distances.rows);
  for (std::size_t c = 0; c < distances.columns; ++c) {
    for (std::size_t i = 0; i < distances.rows; ++i) {
      squares[i] = distances.at(i, c) * distances.at(i, c);
    }
    const auto end = squares.begin() + static_cast<std::ptrdiff_t>(count);
    std::partial_sort(squares.begin(), end, squares.end());
    vote.distances.push_back(std::accumulate(squares.begin(), end, 0.0) /
                             static_cast<double>(count));
  }
  const auto best = std::min_element(vote.distances.begin(), vote.distances.end());
  vote.label = static_cast<std::int32_t>(best - vote.distances.begin());
  return vote;
}

}  // namespace histo
