#include <algorithm>
#include <array>
#include <limits>
#include <string>

#include "histo/cluster_quality.hpp"

#include "support/catch.hpp"
#include "unit/cluster_iris.hpp"
#include "unit/cluster_rows.hpp"

using histo::ErrorKind;
using histo::KMeans;
using histo::KMeansOptions;
using histo::labels_of;
using histo::lloyd;
using histo::Metric;
using histo::test::Approx;
using histo::test::cloud_rows;
using histo::test::contains;
using histo::test::error_of;
using histo::test::formula_rows;
using histo::test::MemoryRows;

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

std::vector<std::int32_t> labels(const MemoryRows& rows, const KMeans& clusters) {
  return labels_of(rows, clusters, Metric::euclidean, 1);
}

/// How many rows carry a label whose centroid is not the nearest.
std::size_t misplaced(const MemoryRows& rows, const KMeans& clusters) {
  const std::vector<std::int32_t> found = labels(rows, clusters);
  std::size_t count = 0;
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    const auto distance_to = [&](std::size_t c) {
      return histo::test::plain_squared_distance(
          rows.row(i), clusters.centroids.data() + c * rows.dim(), rows.dim());
    };
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t c = 0; c < clusters.k; ++c) least = std::min(least, distance_to(c));
    // The two sums add in different orders: nearly equal is not held against the label.
    if (distance_to(static_cast<std::size_t>(found[i])) * (1 - 1e-12) > least) ++count;
  }
  return count;
}

}  // namespace

TEST_CASE("lloyd: two groups on a line are found from bad centres") {
  const MemoryRows rows(1, {0, 1, 2, 10, 11, 12});

  const KMeans clusters = lloyd(rows, 2, {0, 1}, to_the_end());

  CHECK(clusters.centroids == std::vector<float>{1, 11});
  CHECK(labels(rows, clusters) == std::vector<std::int32_t>{0, 0, 0, 1, 1, 1});
  CHECK(clusters.sizes == std::vector<std::size_t>{3, 3});
  CHECK(clusters.inertia == 4.0);
  CHECK(clusters.converged);
}

TEST_CASE("lloyd: label i stays centre i, whatever the sizes") {
  const MemoryRows rows(1, {0, 10, 11, 12});

  const KMeans clusters = lloyd(rows, 2, {0, 10}, to_the_end());

  CHECK(clusters.sizes == std::vector<std::size_t>{1, 3});
  CHECK(labels(rows, clusters) == std::vector<std::int32_t>{0, 1, 1, 1});
}

TEST_CASE("lloyd: a row between two centres takes the one whose values come first") {
  const MemoryRows rows(1, {0, 1, 2});
  KMeansOptions options;
  options.tolerance = 1e9;  // the centres move once: 0 and 1 to 0.5, 2 stays

  const KMeans clusters = lloyd(rows, 2, {0, 2}, options);

  CHECK(labels(rows, clusters) == std::vector<std::int32_t>{0, 0, 1});
  // Whatever the centres are called.
  const KMeans turned = lloyd(rows, 2, {2, 0}, options);
  CHECK(labels(rows, turned) == std::vector<std::int32_t>{1, 1, 0});
}

// KMeans(3, init=X[[0, 1, 2]], n_init=1, tol=0) of scikit-learn 1.9 on the same rows.
TEST_CASE("lloyd: a set made by a formula gives scikit-learn's clusters") {
  const MemoryRows rows = formula_rows(300, 4);

  const KMeans clusters = lloyd(rows, 3, rows_as_centres(rows, {0, 1, 2}), to_the_end());

  CHECK(clusters.inertia == Approx(8769.76621617234).epsilon(1e-9));
  CHECK(clusters.sizes == std::vector<std::size_t>{96, 107, 97});
  CHECK(clusters.iterations == 6);
  const std::vector<std::int32_t> all = labels(rows, clusters);
  const std::vector<std::int32_t> first(all.begin(), all.begin() + 10);
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
  const std::vector<std::int32_t> found = labels(rows, clusters);
  double inertia = 0.0;
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    const auto label = static_cast<std::size_t>(found[i]);
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
  const MemoryRows rows = histo::test::iris_rows();

  const KMeans clusters = lloyd(rows, 3, rows_as_centres(rows, {0, 50, 100}), to_the_end());

  CHECK(clusters.inertia == Approx(78.851441426146).epsilon(1e-7));
  CHECK(clusters.sizes == std::vector<std::size_t>{50, 62, 38});
  const std::array<double, 12> centres{5.006,    3.428,    1.462, 0.246,    5.901613, 2.748387,
                                       4.393548, 1.433871, 6.85,  3.073684, 5.742105, 2.071053};
  for (std::size_t i = 0; i < centres.size(); ++i) {
    CHECK(static_cast<double>(clusters.centroids[i]) == Approx(centres[i]).epsilon(1e-6));
  }
  CHECK(histo::adjusted_rand_index(labels(rows, clusters), histo::test::iris_species()) ==
        Approx(0.7302382722834697));
}

TEST_CASE("lloyd: Iris on the sphere gives the published clusters") {
  const MemoryRows rows = histo::test::iris_rows();
  KMeansOptions options = to_the_end();
  options.metric = Metric::cosine;

  const KMeans clusters = lloyd(rows, 3, rows_as_centres(rows, {0, 50, 100}), options);

  CHECK(clusters.inertia == Approx(0.16142872047674195).epsilon(1e-6));
  CHECK(clusters.sizes == std::vector<std::size_t>{50, 45, 55});
  for (std::size_t c = 0; c < 3; ++c) {
    double squared = 0.0;
    for (std::size_t i = 0; i < 4; ++i) {
      const auto value = static_cast<double>(clusters.centroids[c * 4 + i]);
      squared += value * value;
    }
    CHECK(squared == Approx(1.0).epsilon(1e-6));
  }
}

TEST_CASE("lloyd: on the sphere the length of a given centre does not matter") {
  const MemoryRows rows(2, {1, 0.2F, 5, 0.5F, 0.1F, 1, 3, 50});
  KMeansOptions options = to_the_end();
  options.metric = Metric::cosine;

  const KMeans clusters = lloyd(rows, 2, {100, 90, 0.01F, 0.02F}, options);

  CHECK(labels_of(rows, clusters, Metric::cosine, 1) == std::vector<std::int32_t>{0, 0, 1, 1});
  const auto error = error_of([&] { lloyd(rows, 2, {1, 0, 0, 0}, options); });
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::internal);
  CHECK(contains(error->what(), "lloyd was given a centre of zeros for the cosine metric"));
}

TEST_CASE("lloyd: neither memory nor where rows lie changes a bit") {
  MemoryRows rows = cloud_rows(6000, 24, 7, 6.0);
  KMeansOptions options = to_the_end();
  const std::vector<float> first =
      rows_as_centres(rows, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18});
  SECTION("Euclidean") {}
  SECTION("cosine") { options.metric = Metric::cosine; }
  SECTION("rows far from zero") {
    for (float& value : rows.values()) value += 1000.0F;
  }
  const KMeans expected = lloyd(rows, 19, first, options);
  REQUIRE(expected.iterations > 10);
  const auto same_as_expected = [&] {
    const KMeans found = lloyd(rows, 19, first, options);
    return found.centroids == expected.centroids && found.sizes == expected.sizes &&
           found.means == expected.means && found.inertia == expected.inertia &&
           found.iterations == expected.iterations;
  };

  for (const std::size_t memory : {0U, 6000U, 6000U * 5U}) {
    options.memory = memory;  // nothing, labels, labels and bounds
    for (const std::size_t threads : {1U, 3U}) {
      options.threads = threads;
      CHECK(same_as_expected());
    }
  }
  rows.lend();
  CHECK(same_as_expected());
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
