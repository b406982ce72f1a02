#include "histo/cluster_store.hpp"
#include "histo/feature_store.hpp"
#include "histo/tile_table.hpp"

#include "core/files.hpp"
#include "jobs/jobs_fixture.hpp"

using namespace histo;
using histo::test::contains;
using histo::test::error_of;
using histo::test::Listener;
using histo::test::never_stop;
using histo::test::Workplace;

namespace {

/// Slides that are clustered, and whose centroids lie elsewhere.
struct Clustered : Workplace {
  explicit Clustered(int count = 3, std::size_t pca = 0) : Workplace(count) {
    cut();
    Listener listener;
    extract(extract_options(), listener);
    ClusterJobOptions clustering = cluster_options({2, 4});
    clustering.pca = pca;
    clustering.kmeans.metric = pca > 0 ? Metric::cosine : Metric::euclidean;
    run_cluster_job(clustering, listener, never_stop());
    std::filesystem::copy_file(output() / "clustering/centroids.h5", centroids());
    for (int i = 0; i < count; ++i) {
      tables.push_back(read_text(table(i)));
      std::filesystem::remove(table(i));
    }
    std::filesystem::remove_all(output() / "clustering");
  }

  std::filesystem::path centroids() const { return path() / "centroids.h5"; }
  std::filesystem::path table(int index) const { return folder(index) / "clusters.csv"; }

  ApplyJobOptions options() const {
    ApplyJobOptions options;
    options.inputs = {output()};
    options.centroids = centroids();
    return options;
  }

  std::vector<std::string> tables;  // as the clustering itself wrote them
};

RunReport run(const ApplyJobOptions& options, Listener& listener) {
  return run_apply_job(options, listener, never_stop());
}

}  // namespace

TEST_CASE("apply job: the slides of the clustering get the clustering's own tables") {
  for (const std::size_t components : std::vector<std::size_t>{0, 3}) {
    const Clustered place(3, components);
    Listener listener;

    CHECK(run(place.options(), listener).count(Outcome::done) == 3);

    for (int i = 0; i < 3; ++i) {
      CHECK(read_text(place.table(i)) == place.tables[static_cast<std::size_t>(i)]);
      CHECK(std::filesystem::exists(place.folder(i) / "clusters_k2.jpeg"));
    }
    CHECK_FALSE(std::filesystem::exists(place.output() / "clustering"));
  }
}

TEST_CASE("apply job: shards label each slide once and together all of them") {
  const Clustered place(3);
  std::size_t done = 0;
  for (std::size_t i = 0; i < 2; ++i) {
    ApplyJobOptions options = place.options();
    options.sharing.shard = {i, 2};
    Listener listener;
    const RunReport report = run(options, listener);
    CHECK(report.count(Outcome::skipped) == 0);
    done += report.count(Outcome::done);
  }
  CHECK(done == 3);
  for (int i = 0; i < 3; ++i) {
    CHECK(read_text(place.table(i)) == place.tables[static_cast<std::size_t>(i)]);
  }
}

TEST_CASE("apply job: a table that is right already is skipped, another one refused") {
  const Clustered place(2);
  Listener listener;
  run(place.options(), listener);
  CHECK(run(place.options(), listener).count(Outcome::skipped) == 2);

  std::string changed = read_text(place.table(1));
  changed.replace(changed.size() - 2, 1, changed[changed.size() - 2] == '0' ? "1" : "0");
  replace_file(place.table(1), changed);
  const RunReport report = run(place.options(), listener);
  CHECK(report.count(Outcome::failed) == 1);
  CHECK(contains(listener.failures.at(0), "--overwrite replaces them"));
  CHECK(read_text(place.table(1)) == changed);

  ApplyJobOptions options = place.options();
  options.overwrite = Overwrite::always;
  CHECK(run(options, listener).count(Outcome::done) == 2);
  CHECK(read_text(place.table(1)) == place.tables[1]);
}

TEST_CASE("apply job: a clustering whose tables are replaced is no longer finished") {
  const Clustered place(2);
  Listener listener;
  ClusterJobOptions other = place.cluster_options({3});
  run_cluster_job(other, listener, never_stop());
  ApplyJobOptions options = place.options();
  options.overwrite = Overwrite::always;

  run(options, listener);

  CHECK_FALSE(std::filesystem::exists(place.output() / "clustering/centroids.h5"));
}

TEST_CASE("apply job: features of another model fail their slide alone") {
  const Clustered place(2);
  const std::size_t rows = read_tile_table(place.folder(1) / "metadata.csv").rows.size();
  FeatureInfo info;
  info.encoder = "other";
  info.tile_size = {1, 1};
  info.model_sha256 = std::string(64, '0');
  FeatureWriter writer(place.folder(1) / "features.h5", 7, info);
  writer.append(std::vector<float>(rows * 7).data(), std::vector<Rect>(rows, {0, 0, 1, 1}));
  writer.commit();
  Listener listener;

  const RunReport report = run(place.options(), listener);

  CHECK(report.count(Outcome::done) == 1);
  CHECK(report.count(Outcome::failed) == 1);
  CHECK(contains(listener.failures.at(0), "and these are of other 00000000"));
  CHECK_FALSE(std::filesystem::exists(place.table(1)));
}

TEST_CASE("apply job: a slide without features fails alone") {
  const Clustered place(2);
  std::filesystem::remove(place.folder(0) / "features.h5");
  Listener listener;

  const RunReport report = run(place.options(), listener);

  CHECK(report.count(Outcome::done) == 1);
  CHECK(contains(listener.failures.at(0), "has no features; 'histoencoder extract' makes them"));
}

TEST_CASE("apply job: a shard that cannot be is refused") {
  const Clustered place(1);
  ApplyJobOptions options = place.options();
  options.sharing.shard = {2, 2};
  Listener listener;

  const auto error = error_of([&] { run(options, listener); });

  REQUIRE(error);
  CHECK(contains(error->what(), "--shard must be i/n with i from 0 to n - 1, got 2/2"));
}

TEST_CASE("apply job: a stop leaves the other slides for the next run") {
  const Clustered place(2);
  const std::atomic<bool> stop{true};
  Listener listener;

  const RunReport report = run_apply_job(place.options(), listener, stop);

  CHECK(report.interrupted);
  CHECK(report.count(Outcome::interrupted) == 2);
  CHECK_FALSE(std::filesystem::exists(place.table(0)));
}
