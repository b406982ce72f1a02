#include <array>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>

#include "support/catch.hpp"
#include "unit/cluster_rows.hpp"

using histo::ErrorKind;
using histo::KMeans;
using histo::KMeansOptions;
using histo::lloyd;
using histo::test::Approx;
using histo::test::cloud_rows;
using histo::test::contains;
using histo::test::error_of;
using histo::test::formula_rows;
using histo::test::MemoryRows;
using histo::test::shared_file;

namespace {

KMeansOptions to_the_end() {
  KMeansOptions options;
  options.tolerance = 0.0;
  return options;
}

std::vector<float> rows_as_centres(const MemoryRows& rows, const std::vector<std::size_t>& which) {
  std::vector<float> centres;
  for (const std::size_t row : which) {
    centres.insert(centres.end(), rows.row(row), rows.row(row) + rows.dim());
  }
  return centres;
}

/// How many rows do not carry the label of the nearest centroid, the first of equally near ones.
std::size_t misplaced(const MemoryRows& rows, const KMeans& clusters) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    std::size_t best = 0;
    double distance = std::numeric_limits<double>::infinity();
    for (std::size_t c = 0; c < clusters.k; ++c) {
      const double here = histo::test::plain_squared_distance(
          rows.row(i), clusters.centroids.data() + c * rows.dim(), rows.dim());
      // The two sums add in different orders: nearly equal is not held against the label.
      if (here < distance * (1 - 1e-12)) {
        distance = here;
        best = c;
      }
    }
    if (clusters.labels[i] != static_cast<std::int32_t>(best)) ++count;
  }
  return count;
}

}  // namespace

TEST_CASE("lloyd: two groups on a line are found from bad centres") {
  const MemoryRows rows(1, {0, 1, 2, 10, 11, 12});

  const KMeans clusters = lloyd(rows, 2, {0, 1}, to_the_end());

  CHECK(clusters.centroids == std::vector<float>{1, 11});
  CHECK(clusters.labels == std::vector<std::int32_t>{0, 0, 0, 1, 1, 1});
  CHECK(clusters.sizes == std::vector<std::size_t>{3, 3});
  CHECK(clusters.inertia == 4.0);
  CHECK(clusters.converged);
}

TEST_CASE("lloyd: label i stays centre i, whatever the sizes") {
  const MemoryRows rows(1, {0, 10, 11, 12});

  const KMeans clusters = lloyd(rows, 2, {0, 10}, to_the_end());

  CHECK(clusters.sizes == std::vector<std::size_t>{1, 3});
  CHECK(clusters.labels == std::vector<std::int32_t>{0, 1, 1, 1});
}

TEST_CASE("lloyd: a row between two centres takes the first") {
  const MemoryRows rows(1, {0, 1, 2});
  KMeansOptions options;
  options.tolerance = 1e9;  // the centres move once: 0 and 1 to 0.5, 2 stays

  const KMeans clusters = lloyd(rows, 2, {0, 2}, options);

  CHECK(clusters.labels == std::vector<std::int32_t>{0, 0, 1});
}

// KMeans(3, init=X[[0, 1, 2]], n_init=1, tol=0) of scikit-learn 1.9 on the same rows.
TEST_CASE("lloyd: a set made by a formula gives scikit-learn's clusters") {
  const MemoryRows rows = formula_rows(300, 4);

  const KMeans clusters = lloyd(rows, 3, rows_as_centres(rows, {0, 1, 2}), to_the_end());

  CHECK(clusters.inertia == Approx(8769.76621617234).epsilon(1e-9));
  CHECK(clusters.sizes == std::vector<std::size_t>{96, 107, 97});
  CHECK(clusters.iterations == 6);
  const std::vector<std::int32_t> first(clusters.labels.begin(), clusters.labels.begin() + 10);
  CHECK(first == std::vector<std::int32_t>{0, 1, 2, 1, 1, 1, 0, 1, 2, 0});
  CHECK(clusters.centroids[0] == Approx(10.071875020862));
  CHECK(clusters.centroids[11] == Approx(5.132989678493));
}

// The same with init=[[5, 5], [1000, 1000], [-1000, 5], [0, 0]]: the second and the third centre
// find no rows.
TEST_CASE("lloyd: empty clusters take the farthest rows, as scikit-learn's do") {
  const MemoryRows rows = formula_rows(60, 2);

  const KMeans clusters = lloyd(rows, 4, {5, 5, 1000, 1000, -1000, 5, 0, 0}, to_the_end());

  CHECK(clusters.inertia == Approx(504.393512013223).epsilon(1e-9));
  CHECK(clusters.sizes == std::vector<std::size_t>{18, 15, 10, 17});
}

TEST_CASE("lloyd: an empty cluster does not take a cluster's only row") {
  // Row 30 is farthest, but alone; 0 and 3 share a centre.
  const MemoryRows rows(1, {0, 3, 30});

  const KMeans clusters = lloyd(rows, 3, {0, 20, 1000}, to_the_end());

  CHECK(clusters.centroids == std::vector<float>{0, 30, 3});
  CHECK(clusters.iterations == 2);
}

TEST_CASE("lloyd: with fewer distinct rows than centres the rest stay empty") {
  const MemoryRows rows(1, {4, 4, 4, 4});

  const KMeans clusters = lloyd(rows, 3, {4, 5, 6}, to_the_end());

  CHECK(clusters.sizes == std::vector<std::size_t>{4, 0, 0});
  CHECK(clusters.inertia == 0.0);
  CHECK(clusters.converged);
}

TEST_CASE("lloyd: labels and inertia belong to the centroids when iterations run out") {
  const MemoryRows rows = cloud_rows(3000, 6, 7, 4.0);
  KMeansOptions options = to_the_end();
  options.max_iterations = 1;

  const KMeans clusters = lloyd(rows, 3, rows_as_centres(rows, {0, 1, 2}), options);

  CHECK_FALSE(clusters.converged);
  CHECK(clusters.iterations == 1);
  CHECK(misplaced(rows, clusters) == 0);
  double inertia = 0.0;
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    const auto label = static_cast<std::size_t>(clusters.labels[i]);
    inertia +=
        histo::test::plain_squared_distance(rows.row(i), clusters.centroids.data() + label * 6, 6);
  }
  CHECK(clusters.inertia == Approx(inertia).epsilon(1e-12));
}

TEST_CASE("lloyd: a large tolerance stops after one move and counts as converged") {
  const MemoryRows rows = cloud_rows(500, 3, 5, 4.0);
  KMeansOptions options;
  options.tolerance = 1e6;

  const KMeans clusters = lloyd(rows, 4, rows_as_centres(rows, {0, 1, 2, 3}), options);

  CHECK(clusters.converged);
  CHECK(clusters.iterations == 1);
  CHECK(misplaced(rows, clusters) == 0);
}

TEST_CASE("lloyd: labels are those of exact distances where float32 products are too coarse") {
  MemoryRows rows = cloud_rows(2500, 5, 6, 5.0);
  SECTION("all values lie far from zero, close together") {
    for (float& value : rows.values()) value = 5000.0F + 0.001F * value;
  }
  SECTION("a few rows are far from all others") {
    for (std::size_t i = 0; i < 5; ++i) rows.values()[i * 500] = 1e7F;
  }
  SECTION("squares overflow float32") {
    for (float& value : rows.values()) value *= 1e25F;
  }
  SECTION("squares underflow float32") {
    for (float& value : rows.values()) value *= 1e-22F;
  }

  const KMeans clusters = lloyd(rows, 6, rows_as_centres(rows, {0, 1, 2, 3, 4, 5}), to_the_end());

  CHECK(misplaced(rows, clusters) == 0);
}

TEST_CASE("lloyd: Iris from rows 0, 50 and 100 gives the published clusters") {
  const auto file = shared_file("oracles/iris.csv");
  SKIP_WITHOUT(file, "oracles/iris.csv");
  std::ifstream text(*file);
  std::string line;
  std::getline(text, line);
  std::vector<float> values;
  while (std::getline(text, line)) {
    std::istringstream fields(line);
    std::string field;
    for (int column = 0; column < 4 && std::getline(fields, field, ','); ++column) {
      values.push_back(std::stof(field));
    }
  }
  const MemoryRows rows(4, values);
  REQUIRE(rows.rows() == 150);

  const KMeans clusters = lloyd(rows, 3, rows_as_centres(rows, {0, 50, 100}), to_the_end());

  CHECK(clusters.inertia == Approx(78.851441426146).epsilon(1e-6));
  CHECK(clusters.sizes == std::vector<std::size_t>{50, 62, 38});
  const std::array<double, 12> centres{5.006,    3.428,    1.462, 0.246,    5.901613, 2.748387,
                                       4.393548, 1.433871, 6.85,  3.073684, 5.742105, 2.071053};
  for (std::size_t i = 0; i < centres.size(); ++i) {
    CHECK(static_cast<double>(clusters.centroids[i]) == Approx(centres[i]).epsilon(1e-6));
  }

  std::vector<std::int32_t> species(150);
  for (std::size_t i = 0; i < 150; ++i) species[i] = static_cast<std::int32_t>(i / 50);
  CHECK(histo::adjusted_rand_index(clusters.labels, species) == Approx(0.7302382722834697));

  KMeans by_species = clusters;
  by_species.labels = species;
  const auto quality = histo::cluster_quality(rows, {clusters, by_species}, {});
  CHECK(quality[0].silhouette == Approx(0.5528190123564095).epsilon(1e-6));
  CHECK(quality[0].calinski_harabasz == Approx(561.62775662962).epsilon(1e-6));
  CHECK(quality[0].davies_bouldin == Approx(0.6619715465007465).epsilon(1e-6));
  CHECK(quality[1].silhouette == Approx(0.503477440693296).epsilon(1e-6));
  CHECK(quality[1].calinski_harabasz == Approx(487.33087637489984).epsilon(1e-6));
  CHECK(quality[1].davies_bouldin == Approx(0.7513707094756737).epsilon(1e-6));
}

TEST_CASE("lloyd: centres that do not fit the rows are refused") {
  const MemoryRows rows(2, {0, 0, 1, 1});

  const auto error = error_of([&] { lloyd(rows, 2, {0, 0, 1}, {}); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::internal);
  CHECK(contains(error->what(), "lloyd was given 3 values for 2 centres of 2"));
}

TEST_CASE("lloyd: a centre that is not finite is refused") {
  const MemoryRows rows(1, {0, 1});

  const auto error = error_of([&] {
    lloyd(rows, 2, {0, std::numeric_limits<float>::infinity()}, {});
  });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::internal);
  CHECK(contains(error->what(), "lloyd was given a centre that is not finite"));
}

TEST_CASE("lloyd: fewer rows than centres are refused") {
  const MemoryRows rows(1, {0});

  const auto error = error_of([&] { lloyd(rows, 2, {0, 1}, {}); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::input);
  CHECK(contains(error->what(), "the features have 1 row, too few for 2 clusters"));
}
