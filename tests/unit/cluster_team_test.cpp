#include <limits>
#include <string>

#include "histo/cluster_quality.hpp"
#include "histo/preprocessing.hpp"

#include "cluster/exchange.hpp"
#include "support/catch.hpp"
#include "unit/cluster_rows.hpp"
#include "unit/cluster_team_fixture.hpp"

using histo::ErrorKind;
using histo::fit_kmeans;
using histo::Initialisation;
using histo::KMeans;
using histo::KMeansOptions;
using histo::Metric;
using histo::Team;
using histo::test::cloud_rows;
using histo::test::error_of;
using histo::test::MemoryRows;
using histo::test::on_ranks;

namespace {

bool same(const std::vector<KMeans>& a, const std::vector<KMeans>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i].k != b[i].k || a[i].centroids != b[i].centroids || a[i].sizes != b[i].sizes ||
        a[i].means != b[i].means || a[i].inertia != b[i].inertia ||
        a[i].iterations != b[i].iterations || a[i].converged != b[i].converged) {
      return false;
    }
  }
  return true;
}

/// Each rank holds nothing but its own rows.
template <class Work>
auto with_shares(const MemoryRows& rows, std::size_t ranks, const Work& work) {
  return on_ranks(ranks, [&](Team& team) {
    const histo::RowShare share = histo::share_of(rows, team);
    const histo::HeldRows held(rows, share.first, share.last - share.first);
    return work(held, team);
  });
}

}  // namespace

TEST_CASE("team: any number of ranks gives the bytes of one") {
  const MemoryRows rows = cloud_rows(7000, 12, 9, 4.0);
  KMeansOptions options;
  options.clusters = {3, 10, 17};
  options.starts = 2;
  SECTION("exact") {}
  SECTION("fast") { options.mode = histo::ClusterMode::fast; }
  SECTION("cosine") { options.metric = Metric::cosine; }
  SECTION("k-means||") { options.initialisation = Initialisation::kmeans_parallel; }
  SECTION("k-means|| without memory") {
    options.initialisation = Initialisation::kmeans_parallel;
    options.memory = 0;
  }
  SECTION("random rows") { options.initialisation = Initialisation::random; }
  SECTION("on a sample") { options.sample = 900; }
  const std::vector<KMeans> expected = fit_kmeans(rows, options);

  for (const std::size_t ranks : {1U, 2U, 4U}) {
    for (const auto& found : with_shares(rows, ranks, [&](const auto&held, Team&team) {
           return fit_kmeans(held, options, team);
         })) {
      CHECK(same(found, expected));
    }
  }
}

TEST_CASE("team: more ranks than blocks of rows are no harm") {
  const MemoryRows rows = cloud_rows(1500, 3, 4, 1.0);
  KMeansOptions options;
  options.clusters = {4};
  const std::vector<KMeans> expected = fit_kmeans(rows, options);

  for (const auto& found : with_shares(
           rows, 4, [&](const auto&held, Team&team) { return fit_kmeans(held, options, team); })) {
    CHECK(same(found, expected));
  }
}

TEST_CASE("team: empty clusters take the farthest rows, whoever reads them") {
  std::vector<float> values(5000, 1.0F);
  for (std::size_t i = 0; i < 40; ++i) values[i * 120] = static_cast<float>(i);
  const MemoryRows rows(1, values);
  KMeansOptions options;
  options.clusters = {12};
  options.initialisation = Initialisation::random;  // nearly all of the rows are alike
  options.starts = 1;
  const std::vector<KMeans> expected = fit_kmeans(rows, options);
  REQUIRE(expected[0].sizes.back() > 0);

  for (const auto& found : with_shares(
           rows, 4, [&](const auto&held, Team&team) { return fit_kmeans(held, options, team); })) {
    CHECK(same(found, expected));
  }
}

TEST_CASE("team: all ranks hear of one rank's row that is not finite") {
  MemoryRows rows = cloud_rows(5000, 3, 4, 1.0);
  rows.values()[4100 * 3 + 1] = std::numeric_limits<float>::infinity();
  rows.values()[3000 * 3] = std::numeric_limits<float>::quiet_NaN();

  const auto messages = with_shares(rows, 4, [&](const auto& held, Team& team) {
    const auto error = error_of([&] { fit_kmeans(held, KMeansOptions{}, team); });
    return error ? std::string(error->what()) : std::string();
  });

  for (const std::string& message : messages) {
    CHECK(message == "row 3000 of the features holds nan in column 0, all values must be finite");
  }
}

TEST_CASE("team: one rank that is told to stop stops all") {
  const MemoryRows rows = cloud_rows(5000, 3, 4, 1.0);
  KMeansOptions options;
  options.clusters = {4};
  for (const std::size_t last : {1U, 2U, 3U}) {
    const auto fits = with_shares(rows, 2, [&](const auto& held, Team& team) {
      std::size_t calls = 0;
      return fit_kmeans(held, options, team,
                        [&](std::size_t) { return team.rank() == 0 || ++calls < last; });
    });

    CHECK(fits[0].empty());
    CHECK(fits[1].empty());
  }
}

TEST_CASE("team: descriptions are those of one process") {
  const MemoryRows rows = cloud_rows(7000, 6, 5, 3.0);
  KMeansOptions fit;
  fit.clusters = {4, 9};
  const std::vector<KMeans> clusters = fit_kmeans(rows, fit);
  histo::DescribeOptions options;
  options.silhouette_sample = 600;
  options.nearest = 4;
  options.random = 6;
  Team alone;
  const auto expected = histo::describe_clusters(rows, clusters, options, alone);

  options.threads = 2;
  for (const auto& found : with_shares(rows, 3, [&](const auto&held, Team&team) {
         return histo::describe_clusters(held, clusters, options, team);
       })) {
    for (std::size_t c = 0; c < 2; ++c) {
      CHECK(found[c].nearest == expected[c].nearest);
      CHECK(found[c].random == expected[c].random);
      CHECK(found[c].quality.silhouette == expected[c].quality.silhouette);
      CHECK(found[c].quality.calinski_harabasz == expected[c].quality.calinski_harabasz);
      CHECK(found[c].quality.davies_bouldin == expected[c].quality.davies_bouldin);
    }
  }
}

TEST_CASE("team: stability and principal axes are those of one process") {
  const MemoryRows rows = cloud_rows(5000, 6, 5, 6.0);
  KMeansOptions options;
  options.clusters = {3, 7};
  options.starts = 1;
  Team alone;
  const std::vector<double> expected = histo::stability(rows, options, 3, alone);
  histo::PreprocessingOptions axes;
  axes.components = 4;
  const histo::Preprocessing prepared = histo::fit_preprocessing(rows, axes, alone);

  axes.threads = 3;
  for (const std::size_t ranks : {2U, 4U}) {
    for (const auto& found : with_shares(rows, ranks, [&](const auto&held, Team&team) {
           return histo::stability(held, options, 3, team);
         })) {
      CHECK(found == expected);
    }
    for (const auto& found : with_shares(rows, ranks, [&](const auto&held, Team&team) {
           return histo::fit_preprocessing(held, axes, team);
         })) {
      CHECK(found.mean == prepared.mean);
      CHECK(found.axes == prepared.axes);
      CHECK(found.variances == prepared.variances);
    }
  }
}

TEST_CASE("team: what another program would send is refused") {
  histo::cluster::Packing packing;
  packing.add(std::vector<double>{1.0, 2.0});
  const std::string whole = packing.bytes();
  const std::string cut = whole.substr(0, whole.size() - 1);
  CHECK(histo::cluster::Unpacking(whole).take_list<double>() == std::vector<double>{1.0, 2.0});

  for (const std::string& text : {cut, whole.substr(0, 3)}) {
    const auto error = error_of([&] { histo::cluster::Unpacking(text).take_list<double>(); });
    REQUIRE(error);
    CHECK(error->kind() == ErrorKind::internal);
    CHECK(std::string(error->what()) == "the processes of a team do not run the same program");
  }
}

TEST_CASE("team: shares follow each other and hold all rows") {
  const MemoryRows rows = cloud_rows(9000, 1, 1, 1.0);
  const auto shares = on_ranks(4, [&](Team& team) { return histo::share_of(rows, team); });

  CHECK(shares[0].first == 0);
  for (std::size_t rank = 1; rank < 4; ++rank) CHECK(shares[rank].first == shares[rank - 1].last);
  CHECK(shares[3].last == 9000);
}
