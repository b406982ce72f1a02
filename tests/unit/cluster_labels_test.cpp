#include <limits>
#include <string>

#include "histo/kmeans.hpp"

#include "support/catch.hpp"
#include "unit/cluster_rows.hpp"

using histo::CentroidSet;
using histo::ErrorKind;
using histo::KMeans;
using histo::KMeansOptions;
using histo::label_rows;
using histo::Metric;
using histo::test::cloud_rows;
using histo::test::contains;
using histo::test::error_of;
using histo::test::MemoryRows;

namespace {

std::string message(const MemoryRows& rows, const std::vector<CentroidSet>& sets, Metric metric,
                    ErrorKind kind) {
  const auto error = error_of([&] {
    label_rows(rows, sets, {metric, 2}, [](std::size_t, std::size_t, const std::int32_t*) {});
  });
  REQUIRE(error);
  CHECK(error->kind() == kind);
  return error->what();
}

}  // namespace

TEST_CASE("labels: several sets are labelled side by side, in the order of the rows") {
  const MemoryRows rows = cloud_rows(3000, 6, 5, 3.0);
  KMeansOptions options;
  options.clusters = {3, 7};
  const std::vector<KMeans> fits = histo::fit_kmeans(rows, options);

  std::vector<std::vector<std::int32_t>> labels(2);
  label_rows(rows, {centroids_of(fits[0]), centroids_of(fits[1])}, {Metric::euclidean, 3},
             [&](std::size_t first, std::size_t count, const std::int32_t* found) {
               CHECK(first == labels[0].size());
               labels[0].insert(labels[0].end(), found, found + count);
               labels[1].insert(labels[1].end(), found + count, found + 2 * count);
             });

  CHECK(labels[0] == labels_of(rows, fits[0], Metric::euclidean, 1));
  CHECK(labels[1] == labels_of(rows, fits[1], Metric::euclidean, 1));
  for (std::size_t s = 0; s < 2; ++s) {
    std::vector<std::size_t> sizes(fits[s].k);
    for (const std::int32_t label : labels[s]) ++sizes[static_cast<std::size_t>(label)];
    CHECK(sizes == fits[s].sizes);
  }
}

TEST_CASE("labels: rows in parts get the labels that they get together") {
  const MemoryRows rows = cloud_rows(5000, 9, 5, 6.0);
  KMeansOptions options;
  options.clusters = {16};
  const KMeans fit = histo::fit_kmeans(rows, options)[0];
  const auto together = labels_of(rows, fit, Metric::euclidean, 1);

  std::vector<std::int32_t> in_parts;
  for (std::size_t first = 0; first < 5000; first += 701) {
    const std::size_t count = std::min<std::size_t>(701, 5000 - first);
    const MemoryRows part(9, {rows.row(first), rows.row(first) + count * 9});
    const auto labels = labels_of(part, fit, Metric::euclidean, 1);
    in_parts.insert(in_parts.end(), labels.begin(), labels.end());
  }
  CHECK(in_parts == together);
}

TEST_CASE("labels: with the cosine metric a row's length does not matter") {
  const MemoryRows rows(2, {1, 0.1F, 100, 9, 0.1F, 1, 3, 50});

  const KMeans fit = [] {
    KMeans clusters;
    clusters.k = 2;
    clusters.dim = 2;
    clusters.centroids = {0, 1, 1, 0};
    return clusters;
  }();

  CHECK(labels_of(rows, fit, Metric::cosine, 1) == std::vector<std::int32_t>{1, 1, 0, 0});
}

TEST_CASE("labels: of centroids that are equal the first gets the row") {
  const MemoryRows rows(1, {1, 2});
  KMeans fit;
  fit.k = 4;
  fit.dim = 1;
  fit.centroids = {5, 1, 1, 5};

  CHECK(labels_of(rows, fit, Metric::euclidean, 1) == std::vector<std::int32_t>{1, 1});
}

TEST_CASE("labels: rows that have none are refused") {
  MemoryRows rows = cloud_rows(3000, 2, 3, 1.0);
  const std::vector<CentroidSet> set{{2, {0, 1, 1, 0}}};
  for (std::size_t i = 5000; i < 5002; ++i) rows.values()[i] = 0.0F;

  CHECK(message(rows, set, Metric::cosine, ErrorKind::input) ==
        "row 2500 of the features holds only zeros, which have no direction for --metric cosine");
  rows.values()[5001] = std::numeric_limits<float>::infinity();
  CHECK(message(rows, set, Metric::euclidean, ErrorKind::input) ==
        "row 2500 of the features holds inf in column 1, all values must be finite");
}

TEST_CASE("labels: centroids that do not fit the rows are refused") {
  const MemoryRows rows = cloud_rows(10, 2, 3, 1.0);

  CHECK(message(rows, {}, Metric::euclidean, ErrorKind::internal) ==
        "label_rows was given no centroids");
  CHECK(message(rows, {{2, {0, 1, 2}}}, Metric::euclidean, ErrorKind::internal) ==
        "label_rows was given 3 values for 2 centroids of 2");
}
