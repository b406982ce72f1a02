#include <limits>

#include "histo/cluster_store.hpp"
#include "histo/feature_store.hpp"
#include "histo/tile_table.hpp"

#include "core/csv.hpp"
#include "core/files.hpp"
#include "jobs/jobs_fixture.hpp"
#include "jobs/stored_rows.hpp"

using namespace histo;
using histo::test::contains;
using histo::test::contents;
using histo::test::error_of;
using histo::test::Listener;
using histo::test::never_stop;
using histo::test::Workplace;

namespace {

struct Extracted : Workplace {
  explicit Extracted(int count = 2) : Workplace(count) {
    cut();
    Listener listener;
    extract(extract_options(), listener);
  }

  // Replaces one slide's features by `rows` rows of `dim` equal values.
  void replace(int index, std::size_t rows, std::size_t dim, float value,
               const std::string& encoder = "mean", const std::string& pooling = "") const {
    const std::filesystem::path file = folder(index) / "features.h5";
    FeatureInfo info;
    std::vector<Rect> rects;
    {
      const FeatureReader before(file);
      info.tile_size = before.info().tile_size;
      info.pooling = pooling.empty() ? before.info().pooling : pooling;
      rects = before.read_rects();
      rects.resize(rows, rects.front());
    }
    info.encoder = encoder;
    info.model_sha256 = std::string(64, '0');
    FeatureWriter writer(file, dim, info);
    writer.append(std::vector<float>(rows * dim, value).data(), rects);
    writer.commit();
  }
};

RunReport run(const ClusterJobOptions& options, Listener& listener) {
  return run_cluster_job(options, listener, never_stop());
}

std::string message(const ClusterJobOptions& options) {
  Listener listener;
  const auto error = error_of([&] { run(options, listener); });
  return error ? error->what() : "no error";
}

}  // namespace

TEST_CASE("cluster job: every tile gets a label for every k") {
  const Extracted place;
  Listener listener;

  const RunReport report = run(place.cluster_options({2, 5}), listener);

  CHECK(report.count(Outcome::done) == 2);
  for (int i = 0; i < 2; ++i) {
    const ClusterTable table = read_cluster_table(place.folder(i) / "clusters.csv");
    CHECK(table.clusters == std::vector<std::size_t>{2, 5});
    CHECK(table.tiles.size() == read_tile_table(place.folder(i) / "metadata.csv").rows.size());
    for (const std::int32_t label : table.labels[1]) CHECK((label >= 0 && label < 5));
  }
  const Clustering centroids = read_centroids(place.output() / "clustering/centroids.h5");
  CHECK(centroids.centroids.size() == 2);
  CHECK(centroids.centroids[1].values.size() == 5 * 7);
  CHECK(centroids.rows == report.tiles());
}

TEST_CASE("cluster job: pictures and a summary are made for people") {
  const Extracted place;
  Listener listener;

  run(place.cluster_options({2, 5}), listener);

  CHECK(std::filesystem::exists(place.output() / "clustering/summary.csv"));
  CHECK(std::filesystem::exists(place.output() / "clustering/contact_sheet_k2.jpeg"));
  CHECK(std::filesystem::exists(place.output() / "clustering/contact_sheet_k5.jpeg"));
  CHECK(std::filesystem::exists(place.output() / "clustering/choice_of_k.png"));
  CHECK(std::filesystem::exists(place.folder(0) / "clusters_k2.jpeg"));
  CHECK_FALSE(std::filesystem::exists(place.folder(0) / "clusters_k5.jpeg"));
  CHECK_FALSE(std::filesystem::exists(place.folder(0) / "clusters_k2.geojson"));
}

TEST_CASE("cluster job: overlays for every k, or none, and outlines where they are asked for") {
  const Extracted place;
  Listener listener;
  ClusterJobOptions options = place.cluster_options({2, 5});
  options.pictures = {Overlays::all, true};
  run(options, listener);
  for (const std::string name :
       {"clusters_k2.jpeg", "clusters_k5.jpeg", "clusters_k2.geojson", "clusters_k5.geojson"}) {
    CHECK(std::filesystem::exists(place.folder(1) / name));
  }

  options.pictures = {Overlays::none, false};
  options.overwrite = Overwrite::always;
  run(options, listener);
  for (const std::string name :
       {"clusters_k2.jpeg", "clusters_k5.jpeg", "clusters_k2.geojson", "clusters_k5.geojson"}) {
    CHECK_FALSE(std::filesystem::exists(place.folder(1) / name));
  }
}

TEST_CASE("cluster job: the files do not depend on the number of threads") {
  const Extracted place(3);
  std::vector<std::vector<std::pair<std::string, std::string>>> results;
  for (const std::size_t threads : std::vector<std::size_t>{1, 2, 8}) {
    ClusterJobOptions options = place.cluster_options({2, 4});
    options.kmeans.threads = threads;
    options.overwrite = Overwrite::always;
    Listener listener;
    run(options, listener);
    results.push_back(contents(place.output()));
  }

  CHECK(results[0] == results[1]);
  CHECK(results[0] == results[2]);
}

TEST_CASE("cluster job: the files do not depend on the order of the inputs") {
  const Extracted place(3);
  std::vector<std::vector<std::pair<std::string, std::string>>> results;
  for (const bool turned : {false, true}) {
    ClusterJobOptions options = place.cluster_options({2, 4});
    options.inputs = {place.folder(0), place.folder(1), place.folder(2)};
    if (turned) std::reverse(options.inputs.begin(), options.inputs.end());
    options.overwrite = Overwrite::always;
    Listener listener;
    run(options, listener);
    results.push_back(contents(place.output()));
  }

  CHECK(results[0] == results[1]);
}

TEST_CASE("cluster job: metric, components and mode are kept with the centroids") {
  const Extracted place;
  Listener listener;
  ClusterJobOptions options = place.cluster_options({2});
  options.kmeans.metric = Metric::cosine;
  options.kmeans.mode = ClusterMode::fast;
  options.pca = 3;
  options.whiten = true;

  run(options, listener);

  const Clustering clustering = read_centroids(place.output() / "clustering/centroids.h5");
  CHECK(clustering.dim == 3);
  CHECK(clustering.metric == "cosine");
  CHECK(clustering.mode == "fast");
  CHECK(clustering.preprocessing == "pca=3;whiten=1");
  CHECK(clustering.pca.mean.size() == 7);
  CHECK(clustering.centroids[0].sizes[0] + clustering.centroids[0].sizes[1] ==
        static_cast<std::int64_t>(clustering.rows));
}

TEST_CASE("cluster job: from its own centroids a clustering does not move, and keeps its numbers") {
  const Extracted place;
  Listener listener;
  ClusterJobOptions options = place.cluster_options({2, 4});
  options.kmeans.tolerance = 0.0;
  run(options, listener);
  const std::filesystem::path mark = place.output() / "clustering/centroids.h5";
  const Clustering before = read_centroids(mark);
  const auto table = read_text(place.folder(0) / "clusters.csv");
  const std::filesystem::path start = place.path() / "start.h5";
  std::filesystem::copy_file(mark, start);

  options.start = start;
  options.kmeans.clusters = {4};
  options.overwrite = Overwrite::always;
  run(options, listener);

  const Clustering after = read_centroids(mark);
  CHECK(after.initialisation == "file");
  CHECK(after.centroids[0].values == before.centroids[1].values);
  CHECK(after.centroids[0].sizes == before.centroids[1].sizes);
  CHECK(table != read_text(place.folder(0) / "clusters.csv"));  // one column less
}

TEST_CASE("cluster job: a start without the wanted number of centroids is refused") {
  const Extracted place;
  Listener listener;
  run(place.cluster_options({2}), listener);
  const std::filesystem::path start = place.path() / "start.h5";
  std::filesystem::copy_file(place.output() / "clustering/centroids.h5", start);
  ClusterJobOptions options = place.cluster_options({3});
  options.overwrite = Overwrite::always;
  options.start = start;

  CHECK(contains(message(options), "start.h5: holds no 3 centroids"));
}

TEST_CASE("cluster job: stability is told where it is asked for") {
  const Extracted place;
  Listener listener;
  ClusterJobOptions options = place.cluster_options({2});
  options.stability = 3;

  run(options, listener);

  const CsvTable summary =
      parse_csv(read_text(place.output() / "clustering/summary.csv"), "summary.csv");
  CHECK(summary.header[6] == "stability");
  CHECK(std::stod(summary.rows.at(0).at(6)) <= 1.0);
  CHECK(std::stod(summary.rows.at(0).at(6)) >= -1.0);
  CHECK(summary.rows.at(0).at(7) == "3");
}

TEST_CASE("cluster job: a second run finds everything done") {
  const Extracted place;
  Listener listener;
  run(place.cluster_options({2, 4}), listener);
  const auto before = contents(place.output());

  CHECK(run(place.cluster_options({2, 4}), listener).count(Outcome::skipped) == 2);
  CHECK(contents(place.output()) == before);
}

TEST_CASE("cluster job: clusters that were made otherwise are refused, with the difference") {
  const Extracted place;
  Listener listener;
  run(place.cluster_options({2, 4}), listener);

  const RunReport report = run(place.cluster_options({2, 3}), listener);

  CHECK(report.count(Outcome::failed) == 2);
  CHECK(contains(listener.failures.at(0), "num-clusters was 2 4 and is now 2 3"));
}

TEST_CASE("cluster job: a run that was cut short is done again as a whole") {
  const Extracted place;
  Listener listener;
  run(place.cluster_options({2}), listener);
  std::filesystem::remove(place.output() / "clustering/centroids.h5");

  CHECK(run(place.cluster_options({3}), listener).count(Outcome::done) == 2);
  CHECK(read_cluster_table(place.folder(0) / "clusters.csv").clusters ==
        std::vector<std::size_t>{3});
}

TEST_CASE("cluster job: overwriting leaves no picture of another number of clusters") {
  const Extracted place;
  Listener listener;
  run(place.cluster_options({2}), listener);
  ClusterJobOptions options = place.cluster_options({3});
  options.overwrite = Overwrite::always;

  run(options, listener);

  CHECK_FALSE(std::filesystem::exists(place.folder(0) / "clusters_k2.jpeg"));
  CHECK_FALSE(std::filesystem::exists(place.output() / "clustering/contact_sheet_k2.jpeg"));
  CHECK(std::filesystem::exists(place.folder(0) / "clusters_k3.jpeg"));
}

TEST_CASE("cluster job: centroids that cannot be read are refused until they may be overwritten") {
  const Extracted place;
  Listener listener;
  run(place.cluster_options({2}), listener);
  replace_file(place.output() / "clustering/centroids.h5", "damaged");

  CHECK(run(place.cluster_options({2}), listener).count(Outcome::failed) == 2);
  CHECK(contains(listener.failures.at(0), "centroids.h5"));
  ClusterJobOptions options = place.cluster_options({2});
  options.overwrite = Overwrite::always;
  CHECK(run(options, listener).count(Outcome::done) == 2);
}

TEST_CASE("cluster job: where one slide is refused the plan promises work for none") {
  const Extracted place;
  Listener listener;
  run(place.cluster_options({2}), listener);
  std::filesystem::remove(place.folder(1) / "clusters.csv");

  for (const PlannedSlide& slide : plan_cluster_job(place.cluster_options({3}))) {
    CHECK(slide.action == Action::refuse);
  }
}

TEST_CASE("cluster job: a slide without features stops all, and nothing is written") {
  const Extracted place(3);
  std::filesystem::remove(place.folder(1) / "features.h5");
  Listener listener;

  const RunReport report = run(place.cluster_options({2}), listener);

  CHECK(report.count(Outcome::failed) == 3);
  CHECK(std::any_of(listener.failures.begin(), listener.failures.end(), [](const auto& sentence) {
    return contains(sentence, "has no features; 'histoencoder extract' makes them");
  }));
  CHECK_FALSE(std::filesystem::exists(place.output() / "clustering"));
  CHECK_FALSE(std::filesystem::exists(place.folder(0) / "clusters.csv"));
}

TEST_CASE("cluster job: slides without features are left out with a warning where that is asked") {
  const Extracted place(3);
  std::filesystem::remove(place.folder(1) / "features.h5");
  Listener listener;
  ClusterJobOptions options = place.cluster_options({2});
  options.skip_missing = true;

  const RunReport report = run(options, listener);

  CHECK(report.count(Outcome::done) == 2);
  CHECK(listener.warned_of("1 slide without features left out"));
}

TEST_CASE("cluster job: features that do not fit together are refused before anything is written") {
  const Extracted place;
  const std::size_t rows = read_tile_table(place.folder(1) / "metadata.csv").rows.size();

  SECTION("another length") {
    place.replace(1, rows, 9, 1.0F);
    CHECK(contains(message(place.cluster_options({2})), "feature length 9"));
  }
  SECTION("another model") {
    place.replace(1, rows, 7, 1.0F, "other");
    CHECK(contains(message(place.cluster_options({2})), "features of the model other"));
  }
  SECTION("another pooling") {
    place.replace(1, rows, 7, 1.0F, "mean", "other");
    CHECK(contains(message(place.cluster_options({2})), "features pooled as 'other'"));
  }
  SECTION("another number of rows") {
    place.replace(1, rows + 1, 7, 1.0F);
    CHECK(contains(message(place.cluster_options({2})), "and metadata.csv has"));
  }
  SECTION("a value that is not finite") {
    place.replace(1, rows, 7, std::numeric_limits<float>::quiet_NaN());
    CHECK(contains(message(place.cluster_options({2})),
                   "s1/features.h5: row 0 holds nan in column 0"));
  }
  SECTION("fewer tiles than clusters") {
    CHECK(contains(message(place.cluster_options({100000})), "100000"));
  }
  CHECK_FALSE(std::filesystem::exists(place.output() / "clustering"));
  CHECK_FALSE(std::filesystem::exists(place.folder(0) / "clusters.csv"));
}

TEST_CASE("cluster job: a folder without any features is named with the next step") {
  const Workplace place(1);
  place.cut();

  CHECK(contains(message(place.cluster_options({2})), "'histoencoder extract' makes them"));
}

TEST_CASE("cluster job: a slide without its thumbnail has no overlay and a warning") {
  const Extracted place;
  std::filesystem::remove(place.folder(1) / "thumbnail.jpeg");
  Listener listener;

  CHECK(run(place.cluster_options({2}), listener).count(Outcome::done) == 2);
  CHECK(listener.warned_of("no overlay: "));
}

TEST_CASE("cluster job: rows are found in the slide that holds them") {
  const Extracted place(3);
  const StoredRows rows({place.folder(0), place.folder(1), place.folder(2)});

  CHECK(rows.slide_of(0) == 0);
  CHECK(rows.slide_of(rows.start(1) - 1) == 0);
  CHECK(rows.slide_of(rows.start(1)) == 1);
  CHECK(rows.slide_of(rows.rows() - 1) == 2);
  CHECK(rows.first_slide_from(0) == 0);
  CHECK(rows.first_slide_from(1) == 1);
  CHECK(rows.first_slide_from(rows.start(1)) == 1);
  CHECK(rows.first_slide_from(rows.rows()) == 3);
}
