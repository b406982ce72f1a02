#include <cmath>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "histo/cluster_store.hpp"
#include "histo/codec.hpp"
#include "histo/picture.hpp"

#include "core/csv.hpp"
#include "jobs/heatmap_fixture.hpp"

using namespace histo;
using histo::test::contains;
using histo::test::contents;
using histo::test::heatmap;
using histo::test::heatmap_message;
using histo::test::Listener;
using histo::test::Scored;

namespace fs = std::filesystem;

namespace {

Image read_picture(const fs::path& file) {
  const std::vector<std::uint8_t> bytes = read_file(file);
  return decode_image(bytes.data(), bytes.size(), file.string());
}

}  // namespace

TEST_CASE("heatmap job: the raster holds each tile's score, and nothing elsewhere") {
  const Scored place;
  HeatmapJobOptions options = place.options();
  options.downsample = 128.0;
  Listener listener;

  heatmap(options, listener);

  std::size_t columns = 0;
  std::vector<float> values = place.raster("s0.npy", columns);
  CHECK(columns == 6);  // 700 pixels
  REQUIRE(values.size() == 6 * 5);
  int tile_number = 0;
  for (const TileRow& tile : place.tiles(0)) {
    auto& value = values[static_cast<std::size_t>(tile.rect.y / 128) * columns +
                         static_cast<std::size_t>(tile.rect.x / 128)];
    CHECK(value == static_cast<float>(tile_number++ / 100.0));
    value = std::numeric_limits<float>::quiet_NaN();
  }
  for (const float value : values) CHECK(std::isnan(value));
}

TEST_CASE("heatmap job: the picture shows the scores in their colours, on all slides alike") {
  const Scored place;
  HeatmapJobOptions options = place.options();
  options.alpha = 1.0;
  Listener listener;

  const AnalysisReport report = heatmap(options, listener);

  CHECK(contains(report.findings.front(), "2 pictures of 2 slides"));
  for (int slide = 0; slide < 2; ++slide) {
    const std::string name = "s" + std::to_string(slide);
    const Image thumbnail = read_picture(place.folder(slide) / "thumbnail.jpeg");
    const Image image = read_picture(place.result(name + ".png"));
    CHECK(image.width() > thumbnail.width());
    const Rect tile = place.tiles(slide)[0].rect;
    const double scale = 700.0 / static_cast<double>(thumbnail.width());
    const auto x = static_cast<std::int64_t>(static_cast<double>(tile.x + 64) / scale);
    const auto y = static_cast<std::int64_t>(static_cast<double>(tile.y + 64) / scale);
    const double score = slide == 0 ? 0.0 : static_cast<double>(place.tiles(0).size()) / 100.0;
    const Colour wanted = score_colour(score);
    const std::uint8_t* pixel = image.row(y) + 3 * x;
    CHECK(Colour{pixel[0], pixel[1], pixel[2]} == wanted);
  }
}

TEST_CASE("heatmap job: the limits are 0 to 1 for probabilities, else those of the whole table") {
  const Scored place;
  Listener listener;
  heatmap(place.options("p=a"), listener);
  CHECK(contains(read_text(place.result("summary.json")), "\"low\": 0.0,\n    \"high\": 1.0"));
  HeatmapJobOptions options = place.options("d");
  options.overwrite = Overwrite::always;
  heatmap(options, listener);
  CHECK(contains(read_text(place.result("summary.json")), "\"low\": -1.0,"));

  options.limits = ScoreLimits{-0.5, 0.0};
  heatmap(options, listener);

  CHECK(contains(read_text(place.result("summary.json")), "\"low\": -0.5,"));
  CHECK(listener.warned_of("scores beyond the limits -0.5 to 0, painted as the nearer one"));
}

TEST_CASE("heatmap job: ranks are among all scores of the table, from 1/n to 1") {
  const Scored place;
  HeatmapJobOptions options = place.options("d");
  options.rank = true;
  options.downsample = 128.0;
  Listener listener;

  heatmap(options, listener);

  std::size_t columns = 0;
  const std::vector<float> values = place.raster("s1.npy", columns);
  const TileRow last = place.tiles(1).back();
  const auto at = static_cast<std::size_t>(last.rect.y / 128) * columns +
                  static_cast<std::size_t>(last.rect.x / 128);
  CHECK(values[at] == 1.0F);
}

TEST_CASE(
    "heatmap job: the sheet and top.csv name the highest and the lowest tiles of all slides") {
  const Scored place;
  HeatmapJobOptions options = place.options();
  options.top = 2;
  Listener listener;

  heatmap(options, listener);

  const CsvTable top = parse_csv(read_text(place.result("top.csv")), "top.csv");
  REQUIRE(top.rows.size() == 4);
  const auto score = top.column("score");
  CHECK(std::stod(top.rows[0][score]) == (place.count - 1) / 100.0);
  CHECK(top.rows[0][top.column("slide")] == "s1");
  CHECK(std::stod(top.rows[2][score]) == 0.0);
  CHECK(top.rows[2][top.column("slide")] == "s0");
  CHECK(fs::exists(place.result("top.png")));

  for (int slide = 0; slide < 2; ++slide) fs::remove_all(place.folder(slide) / "tiles");
  options.overwrite = Overwrite::always;
  heatmap(options, listener);
  CHECK(listener.warned_of("4 tiles without an image, so that there is no top.png"));
  CHECK_FALSE(fs::exists(place.result("top.png")));
}

TEST_CASE("heatmap job: without a thumbnail there is a raster and no picture, which is said") {
  const Scored place;
  fs::remove(place.folder(0) / "thumbnail.jpeg");
  fs::remove(place.folder(1) / "thumbnail.jpeg");
  fs::remove(place.folder(1) / "properties.json");
  HeatmapJobOptions options = place.options();
  options.downsample = 128.0;
  Listener listener;

  heatmap(options, listener);

  CHECK(listener.warned_of("2 slides without a picture, the first: "));
  CHECK(listener.warned_of("1 slide of unknown size, whose raster ends with the last tile"));
  CHECK_FALSE(fs::exists(place.result("s0.png")));
  std::size_t columns = 0;
  place.raster("s0.npy", columns);
  CHECK(columns == 6);
}

TEST_CASE("heatmap job: GeoJSON has a scored tile for each tile") {
  const Scored place;
  HeatmapJobOptions options = place.options();
  options.geojson = true;
  Listener listener;

  heatmap(options, listener);

  const std::string text = read_text(place.result("s0.geojson"));
  std::size_t found = 0;
  for (std::size_t at = 0; (at = text.find("\"p=a\":", at)) != std::string::npos; ++at) ++found;
  CHECK(found == place.tiles(0).size());
}

TEST_CASE("heatmap job: clusters are painted as cluster paints them") {
  const Scored place;
  for (int slide = 0; slide < 2; ++slide) {
    ClusterTable table;
    table.tiles = place.tiles(slide);
    table.clusters = {2};
    table.labels.emplace_back(table.tiles.size(), slide);
    write_cluster_table(place.folder(slide) / "clusters.csv", table);
  }
  HeatmapJobOptions options = place.options();
  options.scores.clear();
  options.score.clear();
  options.clusters = 2;
  options.geojson = true;
  Listener listener;

  heatmap(options, listener);

  CHECK(fs::exists(place.result("s0.png")));
  CHECK(contains(read_text(place.result("s1.geojson")), "\"cluster 1\""));
  CHECK_FALSE(fs::exists(place.result("s0.npy")));
  options.clusters = 3;
  options.output = place.path() / "other";
  CHECK(contains(heatmap_message(options), "has no column n_clusters=3, but clusters for 2"));
}

TEST_CASE("heatmap job: the shards' slides are those of one run, and so are the pictures") {
  const Scored place;
  Listener listener;
  HeatmapJobOptions options = place.options("d");
  heatmap(options, listener);

  options.output = place.path() / "parts";
  for (std::size_t i = 0; i < 2; ++i) {
    options.shard = {i, 2};
    heatmap(options, listener);
  }

  std::size_t found = 0;
  for (const char* part : {"shard_0_of_2", "shard_1_of_2"}) {
    for (const char* name : {"s0.png", "s1.png"}) {
      const fs::path file = options.output / part / name;
      if (!fs::exists(file)) continue;
      ++found;
      CHECK(read_text(file) == read_text(place.result(name)));
    }
  }
  CHECK(found == 2);
}

TEST_CASE("heatmap job: the files do not depend on the threads") {
  const Scored place;
  HeatmapJobOptions options = place.options();
  options.geojson = true;
  Listener listener;
  heatmap(options, listener);
  const auto one = contents(options.output);

  options.threads = 3;
  options.overwrite = Overwrite::always;
  heatmap(options, listener);

  CHECK(contents(options.output) == one);
}
