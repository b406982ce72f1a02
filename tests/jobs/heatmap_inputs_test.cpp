#include <atomic>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "jobs/heatmap_fixture.hpp"

using namespace histo;
using histo::test::contains;
using histo::test::error_of;
using histo::test::heatmap;
using histo::test::heatmap_message;
using histo::test::Listener;
using histo::test::Scored;

namespace fs = std::filesystem;

TEST_CASE("heatmap job: what either side does not know is listed") {
  const Scored place;
  const std::vector<TileRow> tiles = place.tiles(0);
  const auto line = [&](std::size_t i, const std::string& score) {
    return "s0," + std::to_string(tiles[i].rect.x) + "," + std::to_string(tiles[i].rect.y) + "," +
           score + "\n";
  };
  place.write("slide,x,y,p=a\nnobody,0,0,0.5\ns0,7,7,0.25\n" + line(0, "0.5") + line(1, ""));
  Listener listener;

  heatmap(place.options(), listener);

  CHECK(listener.warned_of("1 slide not among the inputs, the first: nobody"));
  CHECK(listener.warned_of("1 tile that the slides have not"));
  CHECK(listener.warned_of("no score for " + std::to_string(tiles.size() - 1) + " tiles"));
  CHECK(listener.warned_of("1 slide of the inputs without any score"));
  const std::string missing = read_text(place.result("missing.csv"));
  CHECK(contains(missing, "slide of the scores that is not among the inputs,nobody\n"));
  CHECK(contains(missing, "tile of the scores that the slide has not,s0 7 7\n"));
  CHECK(contains(missing, "tile without a score,s0 " + std::to_string(tiles[1].rect.x)));
  CHECK(contains(missing, "slide without scores,s1\n"));
  CHECK_FALSE(fs::exists(place.result("s1.png")));
  CHECK(contains(read_text(place.result("slides.csv")),
                 "s0," + std::to_string(tiles.size()) + ",1,0.5,0.5,0.5,"));
}

TEST_CASE("heatmap job: scores that are no numbers, and tables that fit nothing, are refused") {
  const Scored place;
  const auto refusal = [&](const std::string& text) {
    place.write(text);
    return heatmap_message(place.options());
  };
  CHECK(contains(refusal("slide,x,y,p=a\ns0,0,0,nan\n"),
                 "scores.csv: line 2: column p=a: 'nan' is no finite number"));
  CHECK(contains(refusal("slide,x,y,p=a\ns0,0,0,inf\n"), "'inf' is no finite number"));
  CHECK(contains(refusal("slide,x,y,p=a\ns0,0,z,0.5\n"), "column y: 'z' is no whole number"));
  CHECK(contains(refusal("slide,x,y,p=a\ns0,0,0,1\ns0,0,0,1\n"),
                 "line 3: the tile at 0, 0 of slide 's0' stands there twice"));
  CHECK(contains(refusal("slide,x,y,p=b\ns0,0,0,1\n"), "p=a"));
  CHECK(contains(refusal("slide,x,y,p=a\ns0,0,0,\n"), "column p=a: no line has a score"));
  CHECK(contains(refusal("slide,x,y,p=a\nnobody,0,0,1\n"),
                 "has no slide of the inputs, but 'nobody'; slides go by the names of their "
                 "folders, such as 's0'"));
  CHECK(contains(refusal("slide,x,y,p=a\ns0,7,7,1\n"), "has no tile of the inputs"));
}

TEST_CASE("heatmap job: scores that are all equal are one colour, which is said") {
  const Scored place;
  const Rect tile = place.tiles(0)[0].rect;
  place.write("slide,x,y,d\ns0," + std::to_string(tile.x) + "," + std::to_string(tile.y) + ",3\n");
  Listener listener;

  heatmap(place.options("d"), listener);

  CHECK(listener.warned_of("all scores are 3, so that all tiles have one colour"));
}

TEST_CASE(
    "heatmap job: an interrupted run leaves no summary, and results are not replaced unasked") {
  const Scored place;
  Listener listener;
  const std::atomic<bool> stopped{true};
  CHECK(run_heatmap_job(place.options(), listener, stopped).interrupted);
  CHECK_FALSE(fs::exists(place.result("summary.json")));
  heatmap(place.options(), listener);
  CHECK(contains(heatmap_message(place.options()),
                 "there are results already; --overwrite replaces them"));
}

TEST_CASE("heatmap job: a folder whose picture would take another one's name is refused") {
  const Scored place;
  fs::rename(place.folder(1), place.output() / "top");

  CHECK(contains(heatmap_message(place.options()),
                 "top: its picture would have the name of another one"));
}

TEST_CASE("heatmap job: options that mean nothing are refused") {
  const auto refusal = [](const auto& change) {
    HeatmapJobOptions options;
    options.inputs = {"in"};
    options.scores = "scores.csv";
    options.score = "p=a";
    options.output = "out";
    change(options);
    const auto error = error_of([&] { validate(options); });
    REQUIRE(error);
    CHECK(error->kind() == ErrorKind::usage);
    return std::string(error->what());
  };
  using Options = HeatmapJobOptions;
  const auto clusters = [](Options& o) {
    o.scores.clear();
    o.score.clear();
    o.clusters = 8;
  };
  CHECK(contains(refusal([](Options& o) { o.inputs.clear(); }), "--input must name a folder"));
  CHECK(
      contains(refusal([](Options& o) { o.scores.clear(); }), "either --scores or --num-clusters"));
  CHECK(contains(refusal([](Options& o) { o.clusters = 8; }), "either --scores or --num-clusters"));
  CHECK(contains(refusal([](Options& o) { o.score.clear(); }), "--scores needs --score"));
  CHECK(contains(refusal([](Options& o) { o.alpha = 2.0; }), "--alpha must lie in [0, 1], got 2"));
  CHECK(contains(refusal([](Options& o) { o.downsample = 0.0; }), "--downsample must be above 0"));
  CHECK(contains(refusal([](Options& o) {
                   o.limits = ScoreLimits{1.0, 1.0};
                 }),
                 "--limits must be two numbers, the lower one first, got 1 and 1"));
  CHECK(contains(refusal([](Options& o) {
                   o.limits = ScoreLimits{};
                   o.rank = true;
                 }),
                 "--limits must be left out with --rank"));
  CHECK(contains(refusal([](Options& o) { o.threads = 0; }), "--threads must be at least 1"));
  for (const auto& [option, change] : std::vector<std::pair<const char*, void (*)(Options&)>>{
           {"--score", [](Options& o) { o.score = "d"; }},
           {"--rank", [](Options& o) { o.rank = true; }},
           {"--limits", [](Options& o) { o.limits = ScoreLimits{}; }},
           {"--downsample", [](Options& o) { o.downsample = 2.0; }}}) {
    CHECK(contains(refusal([&clusters, set = change](Options& o) {
                     clusters(o);
                     set(o);
                   }),
                   std::string(option) + " needs --scores"));
  }
}
