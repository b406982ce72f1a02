#include <algorithm>
#include <limits>
#include <set>
#include <string>
#include <thread>

#include "cluster/moments.hpp"
#include "cluster/passes.hpp"
#include "cluster/seeding.hpp"
#include "support/catch.hpp"
#include "unit/cluster_rows.hpp"

using histo::ErrorKind;
using histo::fit_kmeans;
using histo::KMeans;
using histo::KMeansOptions;
using histo::test::cloud_rows;
using histo::test::contains;
using histo::test::error_of;
using histo::test::MemoryRows;

namespace {

KMeansOptions into(std::vector<std::size_t> clusters) {
  KMeansOptions options;
  options.clusters = std::move(clusters);
  return options;
}

/// To the last bit, but for the seconds.
bool same(const KMeans& a, const KMeans& b) {
  return a.k == b.k && a.dim == b.dim && a.centroids == b.centroids && a.sizes == b.sizes &&
         a.labels == b.labels && a.inertia == b.inertia && a.iterations == b.iterations &&
         a.converged == b.converged;
}

std::string usage_error(const KMeansOptions& options) {
  const auto error = error_of([&] { histo::validate(options); });
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::usage);
  return error->what();
}

}  // namespace

TEST_CASE("k-means: clouds that lie apart are found as they are") {
  const MemoryRows rows = cloud_rows(5000, 8, 5, 0.5);

  const KMeans clusters = fit_kmeans(rows, into({5}))[0];

  for (std::size_t i = 0; i < rows.rows(); ++i) {
    const auto label = static_cast<std::size_t>(clusters.labels[i]);
    REQUIRE(histo::test::plain_squared_distance(rows.row(i), clusters.centroids.data() + label * 8,
                                                8) < 8 * 0.6 * 0.6);
  }
  CHECK(clusters.converged);
  CHECK(clusters.seconds > 0.0);
}

TEST_CASE("k-means: the number of threads changes no bit") {
  const MemoryRows rows = cloud_rows(9000, 16, 12, 3.0);
  KMeansOptions options = into({2, 5, 13});
  const std::vector<KMeans> expected = fit_kmeans(rows, options);

  for (const std::size_t threads : {2U, 3U, 8U}) {
    options.threads = threads;
    const std::vector<KMeans> found = fit_kmeans(rows, options);
    REQUIRE(found.size() == expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) CHECK(same(found[i], expected[i]));
  }
}

TEST_CASE("k-means: a k alone gives the same as among others") {
  const MemoryRows rows = cloud_rows(5000, 20, 9, 3.0);
  const std::vector<KMeans> several = fit_kmeans(rows, into({3, 8, 16, 21}));

  CHECK(same(fit_kmeans(rows, into({8}))[0], several[1]));
  CHECK(same(fit_kmeans(rows, into({8, 21}))[1], several[3]));
}

TEST_CASE("k-means: the same seed gives the same clusters, another seed other ones") {
  const MemoryRows rows = cloud_rows(3000, 4, 1, 5.0);
  KMeansOptions options = into({12});
  options.seed = 7;
  const KMeans first = fit_kmeans(rows, options)[0];

  CHECK(same(fit_kmeans(rows, options)[0], first));
  options.seed = 8;
  CHECK_FALSE(same(fit_kmeans(rows, options)[0], first));
}

TEST_CASE("k-means: clusters come largest first, equal ones by their first row") {
  const MemoryRows rows = cloud_rows(400, 3, 6, 5.0);

  const KMeans clusters = fit_kmeans(rows, into({40}))[0];

  const auto first_row = [&](std::size_t label) {
    return std::find(clusters.labels.begin(), clusters.labels.end(),
                     static_cast<std::int32_t>(label)) -
           clusters.labels.begin();
  };
  std::size_t equal_pairs = 0;
  for (std::size_t c = 1; c < clusters.k; ++c) {
    REQUIRE(clusters.sizes[c - 1] >= clusters.sizes[c]);
    if (clusters.sizes[c - 1] > clusters.sizes[c]) continue;
    ++equal_pairs;
    CHECK(first_row(c - 1) < first_row(c));
  }
  CHECK(equal_pairs > 0);
}

TEST_CASE("k-means: sizes count the labels and centroids are their rows' means") {
  const MemoryRows rows = cloud_rows(3000, 2, 4, 0.5);
  KMeansOptions options = into({4});
  options.tolerance = 0.0;

  const KMeans clusters = fit_kmeans(rows, options)[0];

  std::vector<std::size_t> sizes(4);
  std::vector<double> sums(8);
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    const auto label = static_cast<std::size_t>(clusters.labels[i]);
    ++sizes[label];
    for (std::size_t j = 0; j < 2; ++j) {
      sums[label * 2 + j] += static_cast<double>(rows.row(i)[j]);
    }
  }
  CHECK(sizes == clusters.sizes);
  for (std::size_t i = 0; i < 8; ++i) {
    CHECK(static_cast<double>(clusters.centroids[i]) ==
          histo::test::Approx(sums[i] / static_cast<double>(sizes[i / 2])));
  }
}

TEST_CASE("k-means: as many clusters as distinct rows gives each its own") {
  const MemoryRows rows = cloud_rows(60, 3, 60, 5.0);

  const KMeans clusters = fit_kmeans(rows, into({60}))[0];

  CHECK(clusters.inertia == 0.0);
  CHECK(std::set<std::int32_t>(clusters.labels.begin(), clusters.labels.end()).size() == 60);
}

TEST_CASE("k-means: repeated rows fall together and clusters without a row stay empty") {
  std::vector<float> values;
  for (int i = 0; i < 30; ++i) values.insert(values.end(), {static_cast<float>(i % 3), 1.5F});
  const MemoryRows rows(2, values);

  const KMeans clusters = fit_kmeans(rows, into({5}))[0];

  CHECK(clusters.sizes == std::vector<std::size_t>{10, 10, 10, 0, 0});
  CHECK(clusters.inertia == 0.0);
  CHECK(clusters.labels[0] == 0);
  CHECK(clusters.labels[1] == 1);
  CHECK(clusters.labels[2] == 2);
  CHECK(clusters.labels[3] == 0);
}

TEST_CASE("k-means: seeding takes no value twice while another is left") {
  // Four rows that float32 cannot tell apart once the mean is taken off, and one row far away, four
  // times.
  std::vector<float> values;
  for (int i = 0; i < 4; ++i) values.insert(values.end(), {static_cast<float>(i) * 1e-4F, 1.0F});
  for (int i = 0; i < 4; ++i) values.insert(values.end(), {1e4F, 1.0F});
  const MemoryRows rows(2, values);
  constexpr std::size_t distinct = 5;
  KMeansOptions options = into({distinct});

  for (options.seed = 0; options.seed < 20; ++options.seed) {
    histo::cluster::Passes passes({});
    const auto seeds = histo::cluster::seed_centres(
        rows, options, histo::cluster::column_moments(rows, 1), passes);

    std::set<float> first_values;
    for (std::size_t c = 0; c < distinct; ++c) first_values.insert(seeds[0].centres[2 * c]);
    CHECK(first_values.size() == distinct);
  }
}

TEST_CASE("k-means: seeding keeps the best of its draws and so meets nearly every cloud") {
  const MemoryRows rows = cloud_rows(3000, 8, 12, 2.0);
  KMeansOptions options = into({12});
  const auto moments = histo::cluster::column_moments(rows, 1);

  std::size_t meetings =
      0;  // of two centres in one cloud, which reaches 2 * sqrt(8) from side to side at most
  for (options.seed = 0; options.seed < 40; ++options.seed) {
    histo::cluster::Passes passes({});
    const auto seeds = histo::cluster::seed_centres(rows, options, moments, passes);
    const float* centres = seeds[0].centres.data();
    for (std::size_t a = 0; a < 12; ++a) {
      for (std::size_t b = 0; b < a; ++b) {
        if (histo::test::plain_squared_distance(centres + a * 8, centres + b * 8, 8) < 32.0) {
          ++meetings;
        }
      }
    }
  }

  CHECK(meetings < 75);  // 58 here, 97 when each next centre is a single draw
}

TEST_CASE("k-means: rows are read on the caller's thread only") {
  class Watched : public MemoryRows {
   public:
    using MemoryRows::MemoryRows;
    void read(std::size_t first, std::size_t count, float* out) const override {
      if (std::this_thread::get_id() != caller_) elsewhere_ = true;
      MemoryRows::read(first, count, out);
    }
    bool elsewhere() const { return elsewhere_; }

   private:
    std::thread::id caller_ = std::this_thread::get_id();
    mutable bool elsewhere_ = false;
  };
  const Watched rows(4, cloud_rows(5000, 4, 3, 2.0).values());
  KMeansOptions options = into({2, 4});
  options.threads = 3;

  fit_kmeans(rows, options);

  CHECK_FALSE(rows.elsewhere());
}

TEST_CASE("k-means: the caller hears of every pass and may stop at each") {
  const MemoryRows rows = cloud_rows(300, 4, 3, 2.0);
  std::size_t passes = 0;
  const auto all = fit_kmeans(rows, into({2, 4}), [&](std::size_t pass) {
    CHECK(pass == passes + 1);
    passes = pass;
    return true;
  });
  REQUIRE(all.size() == 2);
  CHECK(passes > 1 + 4 + 2);  // means, seeds, centres that move, and the last labels

  for (std::size_t last = 1; last <= passes; ++last) {
    std::size_t heard = 0;
    const auto none = fit_kmeans(rows, into({2, 4}), [&](std::size_t pass) {
      heard = pass;
      return pass < last;
    });
    CHECK(none.empty());
    CHECK(heard == last);
  }
}

TEST_CASE("k-means: a value that is not finite is refused with its row and column") {
  MemoryRows rows = cloud_rows(5000, 6, 3, 2.0);
  KMeansOptions options = into({2});
  options.threads = 2;
  const auto message = [&] {
    const auto error = error_of([&] { fit_kmeans(rows, options); });
    REQUIRE(error);
    CHECK(error->kind() == ErrorKind::input);
    return std::string(error->what());
  };

  rows.values()[4100 * 6 + 3] = std::numeric_limits<float>::quiet_NaN();
  CHECK(message() == "row 4100 of the features holds nan in column 3, all values must be finite");
  rows.values()[2100 * 6] = -std::numeric_limits<float>::infinity();
  CHECK(message() == "row 2100 of the features holds -inf in column 0, all values must be finite");
}

TEST_CASE("k-means: fewer rows than clusters are refused with both numbers") {
  const auto error = error_of([] { fit_kmeans(cloud_rows(7, 2, 2, 1.0), into({2, 8})); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::input);
  CHECK(std::string(error->what()) == "the features have 7 rows, too few for 8 clusters");
}

TEST_CASE("k-means: rows without columns are refused") {
  const auto error = error_of([] { fit_kmeans(MemoryRows(0, {}), into({2})); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::input);
  CHECK(contains(error->what(), "the features have no columns, at least 1 is needed"));
}

TEST_CASE("k-means: the default options are valid") {
  CHECK_FALSE(error_of([] { histo::validate(KMeansOptions{}); }));
}

TEST_CASE("k-means: options out of range are refused with their value") {
  CHECK(usage_error(into({})) == "--num-clusters must name at least one number, got none");
  CHECK(usage_error(into({1})) == "--num-clusters must be at least 2, got 1");
  CHECK(usage_error(into({8, 4})) ==
        "--num-clusters must rise from one number to the next, got 8 before 4");
  CHECK(usage_error(into({8, 8})) ==
        "--num-clusters must rise from one number to the next, got 8 before 8");

  KMeansOptions options;
  options.max_iterations = 0;
  CHECK(usage_error(options) == "--max-iter must be at least 1, got 0");
  options = {};
  options.tolerance = -0.5;
  CHECK(usage_error(options) == "--tol must be at least 0, got -0.5");
  options.tolerance = std::numeric_limits<double>::quiet_NaN();
  CHECK(contains(usage_error(options), "--tol must be at least 0, got"));
  options = {};
  options.threads = 0;
  CHECK(usage_error(options) == "--threads must be at least 1, got 0");
}

TEST_CASE("k-means: the passes are as many as the door says") {
  const MemoryRows rows = cloud_rows(300, 4, 3, 2.0);
  KMeansOptions options = into({2, 4});
  options.max_iterations = 1;
  std::size_t passes = 0;

  fit_kmeans(rows, options, [&](std::size_t pass) {
    passes = pass;
    return true;
  });

  CHECK(passes == 2 + 4 + 1);
}

TEST_CASE("k-means: the linear algebra warns where it takes the processor for an old one") {
  const bool old_kernels = contains(histo::linear_algebra_version(), "(Prescott)");
  const std::string warning = histo::linear_algebra_warning();

  // A processor that is as old as that would be neither: none is left that runs the tests.
  CHECK(warning.empty() != old_kernels);
  CHECK(contains(warning, "OPENBLAS_CORETYPE=") == old_kernels);
}

TEST_CASE("k-means: the linear algebra names itself, its version and its kernels") {
  const std::string version = histo::linear_algebra_version();

  CHECK(version.rfind("OpenBLAS ", 0) == 0);
  CHECK(version.back() == ')');
}
