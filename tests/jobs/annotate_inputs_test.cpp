#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "jobs/annotate_fixture.hpp"

using namespace histo;
using histo::test::annotate;
using histo::test::annotate_message;
using histo::test::cell;
using histo::test::Clustered;
using histo::test::collection;
using histo::test::contains;
using histo::test::error_of;
using histo::test::Listener;
using histo::test::square;

namespace fs = std::filesystem;

TEST_CASE("annotate job: a tile has the class of the region that its centre lies in") {
  const Clustered place;
  const std::vector<TileRow> tiles = place.tiles(0);
  fs::create_directories(place.path() / "regions");
  const auto region = [&](std::size_t i, const std::string& name) {
    return square(tiles[i].rect, name);
  };
  // The region of tile 2 twice, of different classes; one without a class; one beyond all tiles.
  place.write("regions/s0.geojson",
              collection({region(0, "a"), region(1, "b"), region(2, "a"), region(2, "b"),
                          region(3, ""), square({-900, -900, 10, 10}, "a")}));
  place.write("regions/elsewhere.geojson", collection({region(0, "a")}));
  AnnotateJobOptions options = place.options();
  options.regions = place.path() / "regions";
  Listener listener;

  annotate(options, listener);

  const CsvTable clusters = place.table("clusters.csv");
  CHECK(cell(clusters, 0, "label") == "a");
  CHECK(cell(clusters, 1, "label") == "b");
  CHECK(cell(clusters, 2, "labelled") == "0");
  CHECK(cell(clusters, 3, "labelled") == "0");
  CHECK(listener.warned_of("1 region without a class left out"));
  CHECK(listener.warned_of("1 tile in regions of several classes, taken for unlabelled"));
  CHECK(listener.warned_of("1 file of no slide of the inputs, the first: elsewhere"));
  CHECK(listener.warned_of("1 region with no tile's centre in it, the first: s0: region 6, a"));
  const std::string missing = read_text(place.result("missing.csv"));
  CHECK(contains(missing, "regions of a slide that is not among the inputs,elsewhere\n"));
  CHECK(contains(missing, "slide without regions,s1\n"));
}

TEST_CASE("annotate job: a tile that labels and regions put into different classes has none") {
  const Clustered place;
  fs::create_directories(place.path() / "regions");
  place.write("regions/s0.geojson", collection({square(place.tiles(0)[0].rect, "b"),
                                                square(place.tiles(0)[1].rect, "b")}));
  AnnotateJobOptions options = place.options();
  options.regions = place.path() / "regions";
  options.labels.table = place.label_first({"a", "b"});
  Listener listener;

  annotate(options, listener);

  CHECK(listener.warned_of("1 tile of another class in the labels than in the regions"));
  CHECK(contains(read_text(place.result("summary.json")), "\"labelled_tiles\": 1,"));
}

TEST_CASE("annotate job: regions that cannot label anything are refused with a sentence") {
  const Clustered place;
  AnnotateJobOptions options = place.options();
  options.regions = place.path() / "regions";
  CHECK(contains(annotate_message(options), "regions: cannot be read"));
  fs::create_directories(place.path() / "regions");
  CHECK(contains(annotate_message(options), "has no file SLIDE.geojson"));
  place.write("regions/s0.geojson", collection({square({0, 0, 9, 9}, "")}));
  CHECK(contains(annotate_message(options), "no region has a class"));
  place.write("regions/s0.geojson", collection({square({-90, 0, 9, 9}, "a")}));
  CHECK(contains(annotate_message(options), "no tile of the inputs gets a label from it"));
}

TEST_CASE(
    "annotate job: labels of unknown slides and tiles are listed, and refused if there is no "
    "other") {
  const Clustered place;
  AnnotateJobOptions options = place.options();
  options.labels.table = place.write("labels.csv", "slide,x,y,label\nnobody,0,0,a\ns0,7,7,a\n");
  CHECK(contains(annotate_message(options),
                 "no tile of the inputs gets a label from it; slides go by the "
                 "names of their folders, such as 's0'"));

  const Rect first = place.tiles(0)[0].rect;
  options.labels.table = place.write("labels.csv", "slide,x,y,label\nnobody,0,0,a\ns0,7,7,a\ns0," +
                                                       std::to_string(first.x) + "," +
                                                       std::to_string(first.y) + ",a\n");
  Listener listener;
  annotate(options, listener);

  CHECK(listener.warned_of("not among the inputs: nobody"));
  CHECK(listener.warned_of("s0 7 7"));
  CHECK(listener.warned_of("all labelled tiles are of one class, 'a'"));
  const std::string missing = read_text(place.result("missing.csv"));
  CHECK(contains(missing, "slide of the labels that is not among the inputs,nobody\n"));
  CHECK(contains(missing, "tile of the labels that the slide has not,s0 7 7\n"));
}

TEST_CASE("annotate job: slides without these clusters are refused") {
  const Clustered place;
  AnnotateJobOptions options = place.options();
  options.clusters = 7;
  CHECK(contains(annotate_message(options),
                 "clusters.csv: has no column n_clusters=7, but clusters for 4"));
  options.clusters = 4;
  place.cluster(1, {2}, [](std::size_t) { return 0; });
  CHECK(contains(annotate_message(options),
                 "s1/clusters.csv: has no column n_clusters=4, but clusters for "
                 "2; all slides must be of one 'histoencoder cluster'"));
  place.cluster(1, {4}, [](std::size_t) { return 4; });
  CHECK(contains(annotate_message(options), "s1/clusters.csv: "));
  fs::remove(place.folder(1) / "clusters.csv");
  CHECK(contains(annotate_message(options),
                 "s1: has no clusters.csv; 'histoencoder cluster' makes it"));
}

TEST_CASE("annotate job: inputs that were clustered by different runs raise a doubt") {
  const Clustered place;
  const fs::path other = place.path() / "other";
  fs::create_directories(other);
  fs::rename(place.folder(1), other / "s1");
  Clustering clustering;
  clustering.dim = 1;
  clustering.centroids = {{4, {0.0F, 1.0F, 2.0F, 3.0F}, {1, 1, 1, 1}, 0.0, 1, true}};
  clustering.fingerprint = "first";
  fs::create_directories(place.output() / "clustering");
  fs::create_directories(other / "clustering");
  write_centroids(place.output() / "clustering" / "centroids.h5", clustering);
  clustering.fingerprint = "second";
  write_centroids(other / "clustering" / "centroids.h5", clustering);
  AnnotateJobOptions options = place.options();
  options.inputs = {place.output(), other};
  Listener listener;

  annotate(options, listener);

  CHECK(listener.warned_of("are of different runs"));
}

TEST_CASE("annotate job: two slides of one name are refused") {
  const Clustered place;
  const fs::path other = place.path() / "other";
  fs::create_directories(other);
  fs::copy(place.folder(1), other / "s1", fs::copy_options::recursive);
  AnnotateJobOptions options = place.options();
  options.inputs = {place.output(), other};

  CHECK(contains(annotate_message(options), "have one name, by which slides are known here"));
}

TEST_CASE("annotate job: a file of names is checked") {
  const Clustered place;
  AnnotateJobOptions options = place.options();
  const auto refusal = [&](const std::string& text) {
    options.names = place.write("names.csv", text);
    return annotate_message(options);
  };
  CHECK(contains(refusal("cluster,name\n4,a\n"),
                 "line 2: column cluster: '4' is none of the clusters 0 to 3"));
  CHECK(contains(refusal("cluster,name\nx,a\n"), "'x' is none of the clusters 0 to 3"));
  CHECK(
      contains(refusal("cluster,name\n1,a\n1,b\n"), "line 3: cluster 1 stands on line 2 already"));
  CHECK(contains(refusal("cluster\n1\n"), "name"));
}

TEST_CASE("annotate job: a folder whose picture would take another one's name is refused") {
  const Clustered place;
  fs::rename(place.folder(1), place.output() / "purity_curve");

  CHECK(contains(annotate_message(place.options()),
                 "purity_curve: its picture would have the name of"));
}

TEST_CASE("annotate job: options that mean nothing are refused") {
  const Clustered place;
  const auto refusal = [&](const auto& change) {
    AnnotateJobOptions options = place.options();
    change(options);
    const auto error = error_of([&] { validate(options); });
    REQUIRE(error);
    CHECK(error->kind() == ErrorKind::usage);
    return std::string(error->what());
  };
  using Options = AnnotateJobOptions;
  CHECK(contains(refusal([](Options& o) { o.inputs.clear(); }), "--input must name a folder"));
  CHECK(contains(refusal([](Options& o) { o.clusters = 0; }), "--num-clusters must name"));
  CHECK(contains(refusal([](Options& o) { o.purity = 1.5; }),
                 "--purity must lie in [0, 1], got 1.5"));
  CHECK(
      contains(refusal([](Options& o) { o.min_purity = std::nan(""); }), "--min-purity must lie"));
  CHECK(contains(refusal([](Options& o) { o.min_purity = 0.5; }),
                 "--min-purity needs --labels or --regions"));
  CHECK(contains(refusal([](Options& o) { o.rule = NamingRule::dominant; }),
                 "--rule needs --labels or --regions"));
  CHECK(contains(refusal([](Options& o) { o.labels.classes = {"a"}; }),
                 "--classes needs --labels or --regions"));
  CHECK(contains(refusal([](Options& o) { o.labels.group = "g"; }), "--group needs --labels"));
  CHECK(contains(refusal([](Options& o) { o.threads = 0; }), "--threads must be at least 1"));
}
