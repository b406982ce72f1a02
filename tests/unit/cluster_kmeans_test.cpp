#include <algorithm>
#include <limits>
#include <set>
#include <string>
#include <thread>

#include "cluster/seeding.hpp"
#include "cluster/survey.hpp"
#include "support/catch.hpp"
#include "unit/cluster_rows.hpp"

using histo::ErrorKind;
using histo::fit_kmeans;
using histo::KMeans;
using histo::KMeansOptions;
using histo::labels_of;
using histo::Metric;
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
         a.means == b.means && a.inertia == b.inertia && a.iterations == b.iterations &&
         a.converged == b.converged;
}

/// First centres by greedy k-means++.
std::vector<float> seeded(const MemoryRows& rows, std::size_t k, std::uint64_t seed) {
  const histo::cluster::RowView view{&rows, {0, rows.rows()}, 1, false};
  const histo::cluster::Origin origin = histo::cluster::origin_of(view);
  std::vector<histo::cluster::Seeds> seeds{{k, seed, {}, 0.0}};
  REQUIRE(histo::cluster::draw_seeds({view, &origin, nullptr}, seeds, [] { return true; }));
  return seeds[0].centres;
}

}  // namespace

TEST_CASE("k-means: clouds that lie apart are found as they are") {
  const MemoryRows rows = cloud_rows(5000, 8, 5, 0.5);

  const KMeans clusters = fit_kmeans(rows, into({5}))[0];

  const std::vector<std::int32_t> labels = labels_of(rows, clusters, Metric::euclidean, 1);
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    const auto label = static_cast<std::size_t>(labels[i]);
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

  const std::vector<std::int32_t> labels = labels_of(rows, clusters, Metric::euclidean, 1);
  const auto first_row = [&](std::size_t label) {
    return std::find(labels.begin(), labels.end(), static_cast<std::int32_t>(label)) -
           labels.begin();
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

  const std::vector<std::int32_t> labels = labels_of(rows, clusters, Metric::euclidean, 1);
  std::vector<std::size_t> sizes(4);
  std::vector<double> sums(8);
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    const auto label = static_cast<std::size_t>(labels[i]);
    ++sizes[label];
    for (std::size_t j = 0; j < 2; ++j) {
      sums[label * 2 + j] += static_cast<double>(rows.row(i)[j]);
    }
  }
  CHECK(sizes == clusters.sizes);
  for (std::size_t i = 0; i < 8; ++i) {
    const double mean = sums[i] / static_cast<double>(sizes[i / 2]);
    CHECK(static_cast<double>(clusters.centroids[i]) == histo::test::Approx(mean));
    CHECK(clusters.means[i] == histo::test::Approx(mean).epsilon(1e-12));
  }
}

TEST_CASE("k-means: as many clusters as distinct rows gives each its own") {
  const MemoryRows rows = cloud_rows(60, 3, 60, 5.0);

  const KMeans clusters = fit_kmeans(rows, into({60}))[0];

  CHECK(clusters.inertia == 0.0);
  CHECK(clusters.sizes == std::vector<std::size_t>(60, 1));
}

TEST_CASE("k-means: repeated rows fall together and clusters without a row stay empty") {
  std::vector<float> values;
  for (int i = 0; i < 30; ++i) values.insert(values.end(), {static_cast<float>(i % 3), 1.5F});
  const MemoryRows rows(2, values);

  const KMeans clusters = fit_kmeans(rows, into({5}))[0];

  CHECK(clusters.sizes == std::vector<std::size_t>{10, 10, 10, 0, 0});
  CHECK(clusters.inertia == 0.0);
  const std::vector<std::int32_t> labels = labels_of(rows, clusters, Metric::euclidean, 1);
  CHECK(std::vector<std::int32_t>(labels.begin(), labels.begin() + 4) ==
        std::vector<std::int32_t>{0, 1, 2, 0});
}

TEST_CASE("k-means: seeding takes no value twice while another is left") {
  // Four rows that float32 cannot tell apart once the mean is taken off, and one row far away, four
  // times.
  std::vector<float> values;
  for (int i = 0; i < 4; ++i) values.insert(values.end(), {static_cast<float>(i) * 1e-4F, 1.0F});
  for (int i = 0; i < 4; ++i) values.insert(values.end(), {1e4F, 1.0F});
  const MemoryRows rows(2, values);
  constexpr std::size_t distinct = 5;

  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const std::vector<float> centres = seeded(rows, distinct, seed);

    std::set<float> first_values;
    for (std::size_t c = 0; c < distinct; ++c) first_values.insert(centres[2 * c]);
    CHECK(first_values.size() == distinct);
  }
}

TEST_CASE("k-means: seeding keeps the best of its draws and so meets nearly every cloud") {
  const MemoryRows rows = cloud_rows(3000, 8, 12, 2.0);
  std::size_t meetings =
      0;  // of two centres in one cloud, which reaches 2 * sqrt(8) from side to side at most
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const std::vector<float> seeds = seeded(rows, 12, seed);
    const float* centres = seeds.data();
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
  std::size_t calls = 0;
  std::size_t passes = 0;
  const auto all = fit_kmeans(rows, into({2, 4}), [&](std::size_t pass) {
    ++calls;
    CHECK((pass == passes || pass == passes + 1));
    passes = pass;
    return true;
  });
  REQUIRE(all.size() == 2);
  CHECK(passes > 2);  // the first look, centres that move, and the last labels

  for (std::size_t last = 1; last <= calls; ++last) {
    std::size_t heard = 0;
    const auto none = fit_kmeans(rows, into({2, 4}), [&](std::size_t) { return ++heard < last; });
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

TEST_CASE("k-means: with the cosine metric a row of zeros is refused") {
  MemoryRows rows = cloud_rows(3000, 2, 3, 2.0);
  KMeansOptions options = into({2});
  rows.values()[5000] = 0.0F;
  rows.values()[5001] = 0.0F;
  CHECK(fit_kmeans(rows, options).size() == 1);

  options.metric = Metric::cosine;
  const auto error = error_of([&] { fit_kmeans(rows, options); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::input);
  CHECK(std::string(error->what()) ==
        "row 2500 of the features holds only zeros, which have no direction for --metric cosine");
}

TEST_CASE("k-means: the fast mode ends near the exact one, after one iteration") {
  const MemoryRows rows = cloud_rows(20000, 6, 10, 6.0);
  KMeansOptions options = into({10});
  const KMeans exact = fit_kmeans(rows, options)[0];
  options.mode = histo::ClusterMode::fast;
  const KMeans fast = fit_kmeans(rows, options)[0];

  CHECK(fast.iterations == 1);
  CHECK(fast.converged);
  CHECK(fast.inertia >= exact.inertia * 0.99);
  CHECK(fast.inertia <= exact.inertia * 1.01);
}

TEST_CASE("k-means: more starts leave no more inertia on the sample") {
  const MemoryRows rows = cloud_rows(3000, 6, 1, 6.0);
  KMeansOptions options = into({12});
  options.tolerance = 0.0;
  options.starts = 1;
  double one = 0.0;
  double many = 0.0;
  for (options.seed = 0; options.seed < 5; ++options.seed) {
    options.starts = 1;
    one += fit_kmeans(rows, options)[0].inertia;
    options.starts = 12;
    many += fit_kmeans(rows, options)[0].inertia;
  }

  CHECK(many < one);
}

TEST_CASE("k-means: fitted on a sample, sizes and inertia are of all rows") {
  const MemoryRows rows = cloud_rows(5000, 4, 3, 1.0);
  KMeansOptions options = into({3});
  const KMeans all = fit_kmeans(rows, options)[0];
  options.sample = 400;
  const KMeans sampled = fit_kmeans(rows, options)[0];

  CHECK(sampled.sizes == all.sizes);
  CHECK(sampled.centroids != all.centroids);
  CHECK(sampled.inertia > all.inertia);
  CHECK(sampled.inertia < all.inertia * 1.05);
  for (std::size_t i = 0; i < 12; ++i) {
    CHECK(sampled.means[i] == histo::test::Approx(all.means[i]).epsilon(1e-12));
  }
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

TEST_CASE("k-means: the passes are a look, the iterations and the last labels") {
  const MemoryRows rows = cloud_rows(300, 4, 3, 2.0);
  KMeansOptions options = into({2, 4});
  options.max_iterations = 1;
  std::size_t passes = 0;

  fit_kmeans(rows, options, [&](std::size_t pass) {
    passes = pass;
    return true;
  });

  CHECK(passes == 1 + 1 + 1);
}
