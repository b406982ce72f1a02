#include <algorithm>
#include <atomic>
#include <filesystem>
#include <string>
#include <vector>

#include "jobs/annotate_fixture.hpp"
#include "jobs/region_labels.hpp"
#include "store/geojson.hpp"

using namespace histo;
using histo::test::annotate;
using histo::test::annotate_message;
using histo::test::Approx;
using histo::test::cell;
using histo::test::Clustered;
using histo::test::contains;
using histo::test::contents;
using histo::test::Listener;

namespace fs = std::filesystem;

TEST_CASE(
    "annotate job: every tile of a cluster gets the label that most of its labelled tiles carry") {
  const Clustered place;
  AnnotateJobOptions options = place.options();
  // Clusters 0: a, a, b; 1: b; 2: none, 3: c.
  options.labels.table = place.label_first({"a", "b", "", "c", "a", "b", "", "", "b"});
  Listener listener;

  const AnalysisReport report = annotate(options, listener);

  const CsvTable clusters = place.table("clusters.csv");
  REQUIRE(clusters.rows.size() == 4);
  CHECK(cell(clusters, 0, "label") == "a");
  CHECK(cell(clusters, 0, "labelled") == "3");
  CHECK(std::stod(cell(clusters, 0, "purity")) == Approx(2.0 / 3.0));
  CHECK(cell(clusters, 0, "dominant") == "a");  // 2 of 3 are just enough for a third of all labels
  CHECK(cell(clusters, 0, "patients") == "2");
  CHECK(cell(clusters, 1, "dominant") == "b");
  CHECK(cell(clusters, 2, "label").empty());
  CHECK(cell(clusters, 2, "purity").empty());
  const CsvTable labels = place.table("labels.csv");
  const CsvTable unlabelled = place.table("unlabelled.csv");
  const std::size_t all = place.tiles(0).size() + place.tiles(1).size();
  CHECK(labels.rows.size() + unlabelled.rows.size() == all);
  CHECK(cell(labels, 0, "truth") == "a");
  CHECK(cell(labels, 0, "predicted") == "a");
  CHECK(cell(labels, labels.rows.size() - 1, "slide") == "s1");
  CHECK(cell(labels, labels.rows.size() - 1, "predicted") == "a");
  CHECK(cell(labels, labels.rows.size() - 1, "truth").empty());
  CHECK(std::stod(cell(labels, labels.rows.size() - 1, "confidence")) == Approx(2.0 / 3.0));
  for (std::size_t i = 0; i < unlabelled.rows.size(); ++i) {
    CHECK(cell(unlabelled, i, "cluster") == "2");
  }
  CHECK(listener.warned_of("1 cluster of 4 without a labelled tile"));
  CHECK(listener.warned_of("1 slide of the inputs not in the labels: s1"));
  CHECK(contains(read_text(place.result("missing.csv")), "slide that is not in the labels,s1"));
  CHECK(contains(read_text(place.result("summary.json")), "\"labelled_tiles\": 6"));
  REQUIRE(report.findings.size() == 2);
  CHECK(contains(report.findings[0], "of 6 labelled tiles carry their cluster's label"));
  for (const char* name : {"s0.png", "s1.png", "purity_curve.png", "counts.csv", "names.csv"}) {
    CHECK(fs::exists(place.result(name)));
  }
}

TEST_CASE("annotate job: the areas of a slide have the classes of its tiles") {
  const Clustered place;
  AnnotateJobOptions options = place.options();
  options.labels.table = place.label_first({"a", "b", "a", "b"});
  Listener listener;

  annotate(options, listener);

  const GeoJson read = read_geojson(place.result("s0.geojson"));
  REQUIRE(read.regions.size() == 2);
  CHECK(read.regions[0].label == "a");
  CHECK(read.regions[1].label == "b");
  // The middle of every tile lies in the area of its class alone.
  const CsvTable labels = place.table("labels.csv");
  for (std::size_t i = 0; i < labels.rows.size(); ++i) {
    if (cell(labels, i, "slide") != "s0") continue;
    const Point middle{std::stod(cell(labels, i, "x")) + 64.0,
                       std::stod(cell(labels, i, "y")) + 64.0};
    for (const RegionOfInterest& region : read.regions) {
      const bool inside =
          std::any_of(region.polygons.begin(), region.polygons.end(),
                      [&](const Polygon& polygon) { return histo::contains(polygon, middle); });
      CHECK(inside == (region.label == cell(labels, i, "predicted")));
    }
  }
}

TEST_CASE("annotate job: names win over labels, and their confidence is the share that agrees") {
  const Clustered place;
  AnnotateJobOptions options = place.options();
  options.labels.table = place.label_first({"a", "b", "a", "c", "b", "b", "a", "c"});
  options.names = place.write("names.csv", "cluster,name,remark\n3,\n0,b,x\n1,stroma,\n");
  // The first line is too short.
  CHECK(contains(annotate_message(options), "names.csv: line 2"));
  options.names = place.write("names.csv", "cluster,name,remark\n3,,\n0,b,x\n1,stroma,\n");
  Listener listener;

  annotate(options, listener);

  const CsvTable clusters = place.table("clusters.csv");
  CHECK(cell(clusters, 0, "name") == "b");
  CHECK(cell(clusters, 0, "confidence") == "0.5");
  CHECK(cell(clusters, 1, "name") == "stroma");
  CHECK(cell(clusters, 1, "confidence").empty());  // no class of the labels
  CHECK(cell(clusters, 2, "name") == "a");         // by its labels
  CHECK(cell(clusters, 3, "name") == "c");         // an empty name is none
  const CsvTable names = place.table("names.csv");
  CHECK(cell(names, 0, "name") == "b");
  CHECK(cell(names, 2, "name").empty());
}

TEST_CASE(
    "annotate job: without labels and names nothing is named, and names.csv waits for names") {
  const Clustered place;
  Listener listener;

  annotate(place.options(), listener);

  CHECK(listener.warned_of("there are no labels and no names, so that no tile gets a label"));
  CHECK(place.table("labels.csv").rows.empty());
  CHECK_FALSE(fs::exists(place.result("purity_curve.csv")));
  const CsvTable template_of = place.table("names.csv");
  REQUIRE(template_of.rows.size() == 4);
  CHECK(cell(template_of, 2, "cluster") == "2");

  AnnotateJobOptions options = place.options();
  options.names = place.result("names.csv");
  options.output = place.path() / "again";
  CHECK(contains(annotate_message(options), "names no cluster; write names into its column name"));
}

TEST_CASE("annotate job: below the least purity, and without dominance, there is no label") {
  const Clustered place;
  AnnotateJobOptions options = place.options();
  options.labels.table = place.label_first({"a", "b", "a", "b", "a", "b", "b", "b", "b"});
  options.min_purity = 0.7;  // clusters: 0 a a b, 1 b b, 2 a b, 3 b b
  Listener listener;

  annotate(options, listener);

  CHECK(cell(place.table("clusters.csv"), 0, "name").empty());
  CHECK(cell(place.table("clusters.csv"), 1, "name") == "b");
  CHECK(cell(place.table("clusters.csv"), 2, "name").empty());
  options.min_purity = 0.0;
  options.rule = NamingRule::dominant;
  options.overwrite = Overwrite::always;
  annotate(options, listener);
  // p(a) = 1/3, so that a needs 2/3, which 2 of 3 are; p(b) = 2/3, so that b needs 5/6.
  CHECK(cell(place.table("clusters.csv"), 0, "name") == "a");
  CHECK(cell(place.table("clusters.csv"), 1, "name") == "b");
  CHECK(cell(place.table("clusters.csv"), 2, "name").empty());
}

TEST_CASE("annotate job: one class is pure by itself, which is said") {
  const Clustered place;
  AnnotateJobOptions options = place.options();
  options.labels.table = place.write("labels.csv", "slide,label\ns0,a\ns1,a\n");
  Listener listener;

  annotate(options, listener);

  CHECK(listener.warned_of("all labelled tiles are of one class, 'a', so that purity"));
  const std::string summary = read_text(place.result("summary.json"));
  CHECK(contains(summary, "\"purity\": 1.0"));
  CHECK(contains(summary, "\"messages\": ["));
}

TEST_CASE("annotate job: patients are counted by their column") {
  const Clustered place;
  AnnotateJobOptions options = place.options();
  options.labels.table = place.write("labels.csv", "slide,label,who\ns0,a,p\ns1,b,p\n");
  options.labels.group = "who";
  Listener listener;

  annotate(options, listener);

  CHECK(cell(place.table("clusters.csv"), 0, "patients") == "1");
  CHECK(cell(place.table("clusters.csv"), 0, "largest_share") == "1");
  CHECK(cell(place.table("labels.csv"), 0, "group") == "p");
}

TEST_CASE(
    "annotate job: a slide without a thumbnail gets its areas but no picture, which is said") {
  const Clustered place;
  fs::remove(place.folder(1) / "thumbnail.jpeg");
  AnnotateJobOptions options = place.options();
  options.labels.table = place.label_first({"a", "b"});
  Listener listener;

  annotate(options, listener);

  CHECK(listener.warned_of("1 slide without a picture, the first: "));
  CHECK_FALSE(fs::exists(place.result("s1.png")));
  CHECK(fs::exists(place.result("s1.geojson")));
  CHECK(fs::exists(place.result("s0.png")));
}

TEST_CASE("annotate job: the files do not depend on the threads") {
  const Clustered place;
  AnnotateJobOptions options = place.options();
  options.labels.table = place.label_first({"a", "b", "a"});
  Listener listener;
  annotate(options, listener);
  const auto one = contents(options.output);

  options.threads = 3;
  options.overwrite = Overwrite::always;
  annotate(options, listener);

  CHECK(contents(options.output) == one);
}

TEST_CASE(
    "annotate job: results are replaced only on request, and an interrupted run leaves no mark") {
  const Clustered place;
  AnnotateJobOptions options = place.options();
  Listener listener;
  const std::atomic<bool> stopped{true};

  CHECK(run_annotate_job(options, listener, stopped).interrupted);
  CHECK_FALSE(fs::exists(place.result("summary.json")));
  annotate(options, listener);
  CHECK(
      contains(annotate_message(options), "there are results already; --overwrite replaces them"));
}
