#include <algorithm>

#include "histo/codec.hpp"

#include "core/files.hpp"
#include "jobs/side_inputs.hpp"
#include "jobs/tile_checks.hpp"
#include "support/slides.hpp"

using namespace histo;
using histo::test::contains;
using histo::test::cut_tiles;
using histo::test::error_of;
using histo::test::failure_of;
using histo::test::Listener;
using histo::test::record_of;
using histo::test::table_of;
using histo::test::Workplace;

namespace {

std::string number_pair(std::int64_t x, std::int64_t y) {
  return "[" + std::to_string(x) + "," + std::to_string(y) + "]";
}

/// One feature of a GeoJSON file.
std::string feature(const Rect& rect, const std::string& label) {
  const std::int64_t right = rect.x + rect.width;
  const std::int64_t bottom = rect.y + rect.height;
  return R"({"type":"Feature","properties":{"classification":{"name":")" + label +
         R"("}},"geometry":{"type":"Polygon","coordinates":[[)" + number_pair(rect.x, rect.y) +
         "," + number_pair(right, rect.y) + "," + number_pair(right, bottom) + "," +
         number_pair(rect.x, bottom) + "," + number_pair(rect.x, rect.y) + "]]}}";
}

std::string collection(const std::string& features) {
  return R"({"type":"FeatureCollection","features":[)" + features + "]}";
}

/// All pieces of the tissue of s0.tiff, the rectangle 100, 150, 400, 300.
const Rect left_half{0, 0, 256, 640};
const Rect right_half{256, 0, 444, 640};

struct Drawn : Workplace {
  explicit Drawn(int count = 1) : Workplace(count) {}

  TileJobOptions with_rois(const std::string& text) const {
    replace_file(path() / "rois.geojson", text);
    TileJobOptions options = tile_options();
    options.rois.path = path() / "rois.geojson";
    return options;
  }

  std::vector<Rect> cut(const TileJobOptions& options) const {
    TileJobOptions again = options;
    again.overwrite = Overwrite::always;
    REQUIRE(cut_tiles(again).count(Outcome::done) == 1);
    return places(folder(0));
  }

  static std::vector<Rect> places(const std::filesystem::path& folder) {
    std::vector<Rect> places;
    for (const TileRow& row : table_of(folder).rows) places.push_back(row.rect);
    return places;
  }

  void write_mask(const std::string& name, Size size, const Rect& tissue,
                  std::uint8_t value) const {
    Mask mask(size.width, size.height);
    for (std::int64_t y = 0; y < tissue.height; ++y) {
      std::fill_n(mask.row(tissue.y + y) + tissue.x, tissue.width, value);
    }
    std::filesystem::create_directories(path() / "masks");
    write_file(path() / "masks" / name, encode_png(mask.view()));
  }

  TileJobOptions with_masks() const {
    TileJobOptions options = tile_options();
    options.tissue_masks = path() / "masks";
    return options;
  }
};

bool lies_in(const std::vector<Rect>& tiles, const Rect& area) {
  return std::all_of(tiles.begin(), tiles.end(), [&area](const Rect& tile) {
    return intersect(tile, area).width > 0 && intersect(tile, area).height > 0;
  });
}

/// A scan that is bright on black.
Image dark_field() {
  Image image(700, 640, 2);
  for (std::int64_t y = 200; y < 330; ++y) std::fill_n(image.row(y) + 3 * 200, 3 * 130, 230);
  return image;
}

}  // namespace

TEST_CASE("regions: tiles lie inside the regions, or outside, and together they are all") {
  const Drawn place;
  const std::vector<Rect> all = place.cut(place.tile_options());
  TileJobOptions options = place.with_rois(collection(feature(left_half, "Tumor")));

  const std::vector<Rect> inside = place.cut(options);
  options.rois.outside = true;
  const std::vector<Rect> outside = place.cut(options);

  REQUIRE(inside.size() >= 3);
  REQUIRE(outside.size() >= 3);
  CHECK(lies_in(inside, left_half));
  CHECK(lies_in(outside, right_half));
  std::vector<Rect> both = inside;
  both.insert(both.end(), outside.begin(), outside.end());
  CHECK(both.size() == all.size());
  for (const Rect& tile : both) CHECK(std::find(all.begin(), all.end(), tile) != all.end());
}

TEST_CASE("regions: only those of the named classes count") {
  const Drawn place;
  TileJobOptions options = place.with_rois(
      collection(feature(left_half, "Tumor") + "," + feature(right_half, "Stroma")));
  CHECK(place.cut(options).size() == place.cut(place.tile_options()).size());
  options.rois.labels = {"Stroma", "Necrosis"};

  const std::vector<Rect> stroma = place.cut(options);

  REQUIRE(stroma.size() >= 3);
  CHECK(lies_in(stroma, right_half));
}

TEST_CASE("regions: with a folder each slide has its own file, and one without fails alone") {
  const Drawn place(2);
  std::filesystem::create_directories(place.path() / "rois");
  replace_file(place.path() / "rois/s1.geojson", collection(feature(right_half, "Tumor")));
  TileJobOptions options = place.tile_options();
  options.rois.path = place.path() / "rois";
  Listener listener;

  const RunReport report = cut_tiles(options, listener);

  CHECK(report.count(Outcome::done) == 1);
  REQUIRE(listener.failures.size() == 1);
  CHECK(contains(listener.failures[0],
                 "s0.tiff: " + (place.path() / "rois").string() +
                     " has no file of regions for this slide (looked for s0.geojson)"));
  CHECK(lies_in(Drawn::places(place.folder(1)), right_half));
}

TEST_CASE("regions: a slide whose name leaves no room for the extension has no file of regions") {
  const std::string longest(250, 'l');

  const auto error = error_of([&] { regions_file_of("rois", longest + ".tiff"); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::input);
  CHECK(contains(error->what(), "rois has no file of regions for this slide (looked for lll"));
}

TEST_CASE("regions: a file that is not there fails every slide with its name") {
  const Drawn place;
  TileJobOptions options = place.tile_options();
  options.rois.path = place.path() / "nowhere.geojson";

  CHECK(contains(failure_of(options), "nowhere.geojson: cannot be read"));
}

TEST_CASE("regions: a file that is no GeoJSON ends the run before any slide, or fails its own") {
  const Drawn place;
  const TileJobOptions options = place.with_rois("no JSON");
  const auto error = error_of([&] { cut_tiles(options); });
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::input);
  CHECK(contains(error->what(), "rois.geojson: not JSON"));

  std::filesystem::create_directories(place.path() / "rois");
  replace_file(place.path() / "rois/s0.geojson", "no JSON");
  TileJobOptions by_folder = place.tile_options();
  by_folder.rois.path = place.path() / "rois";

  CHECK(contains(failure_of(by_folder), "s0.geojson: not JSON"));
}

TEST_CASE("regions: none on the slide, none of the class and none at all are warned about") {
  const Drawn place;
  const auto warning = [&](const TileJobOptions& options) {
    TileJobOptions again = options;
    again.overwrite = Overwrite::always;
    Listener listener;
    const RunReport report = cut_tiles(again, listener);
    CHECK(report.warnings == listener.warnings);
    REQUIRE_FALSE(listener.warnings.empty());
    return listener.warnings.front();
  };
  CHECK(contains(warning(place.with_rois(collection(feature({9000, 9000, 50, 50}, "Tumor")))),
                 "s0.tiff: no region lies on the slide"));
  TileJobOptions labelled = place.with_rois(collection(feature(left_half, "Tumor")));
  labelled.rois.labels = {"Stroma"};
  CHECK(contains(warning(labelled), "s0.tiff: no region has a class that --roi-labels names"));
  CHECK(contains(warning(place.with_rois(collection(""))),
                 "s0.tiff: the file of regions holds none"));
}

TEST_CASE("given masks: the tiles lie where the mask says, whatever its scale") {
  const Drawn place;
  for (const std::uint8_t value : {std::uint8_t{1}, std::uint8_t{255}}) {
    place.write_mask("s0.png", {350, 320}, {192, 0, 64, 64}, value);

    const std::vector<Rect> tiles = place.cut(place.with_masks());

    CHECK(tiles == std::vector<Rect>{{384, 0, 128, 128}});
  }
  const SlideRecord record = record_of(place.folder(0));
  CHECK(record.tissue_method == "picture");
  CHECK_FALSE(record.tissue_threshold);
  CHECK_FALSE(record.tissue_level);
}

TEST_CASE("given masks: a slide without one fails alone, with the names that were looked for") {
  const Drawn place(2);
  place.write_mask("s1.png", {350, 320}, {64, 64, 128, 128}, 255);
  Listener listener;

  const RunReport report = cut_tiles(place.with_masks(), listener);

  CHECK(report.count(Outcome::done) == 1);
  REQUIRE(listener.failures.size() == 1);
  CHECK(contains(listener.failures[0],
                 "s0.tiff: " + (place.path() / "masks").string() +
                     " has no mask for this slide (looked for s0.png, s0.jpeg, s0.jpg, s0.tif, "
                     "s0.tiff)"));
}

TEST_CASE("given masks: one of other proportions, or that is no image, is named") {
  const Drawn place;
  place.write_mask("s0.png", {350, 300}, {64, 64, 128, 128}, 255);
  CHECK(contains(failure_of(place.with_masks()),
                 "masks/s0.png: the tissue mask is 350 x 300 pixels and the slide 700 x 640: the "
                 "mask's height is 6.3 % off, at most 2 % is; a mask covers the whole slide"));
  place.write_mask("s0.png", {350, 320}, {64, 64, 128, 128}, 100);
  CHECK(contains(failure_of(place.with_masks()),
                 "masks/s0.png: the tissue mask's largest value is 100, and tissue is 1, or 128 to "
                 "255"));

  replace_file(place.path() / "masks/s0.png", "no image");

  CHECK(contains(failure_of(place.with_masks()), "masks/s0.png: "));
}

TEST_CASE("given masks: where one leaves no tile the warning names no threshold") {
  const Drawn place;
  place.write_mask("s0.png", {350, 320}, {64, 64, 2, 2}, 255);
  Listener listener;

  cut_tiles(place.with_masks(), listener);

  REQUIRE(listener.warnings.size() == 1);
  CHECK(contains(listener.warnings[0], "s0.tiff: no tile has enough tissue ("));
  CHECK(contains(listener.warnings[0], "or set --max-background"));
  CHECK_FALSE(contains(listener.warnings[0], "--threshold"));
}

TEST_CASE("dark field: a slide that is bright on black gives no tiles and says so") {
  const Drawn place;
  test::write_slide(place.slide(0), dark_field());
  TileJobOptions options = place.tile_options();
  options.tiling.max_background = 1.0;
  Listener listener;

  const RunReport report = cut_tiles(options, listener);

  CHECK(report.count(Outcome::done) == 1);
  CHECK(report.tiles() == 0);
  CHECK(table_of(place.folder(0)).rows.empty());
  REQUIRE(report.warnings.size() == 1);
  CHECK(contains(report.warnings[0], "s0.tiff: no tiles: "));
  CHECK(std::filesystem::exists(place.folder(0) / "thumbnail_kept.jpeg"));
}

TEST_CASE("dark field: with a threshold the slide is cut, and the doubt is told") {
  const Drawn place;
  test::write_slide(place.slide(0), dark_field());
  TileJobOptions options = place.tile_options();
  options.tissue.threshold = 100;
  Listener listener;

  const RunReport report = cut_tiles(options, listener);

  CHECK(report.tiles() > 0);
  REQUIRE(report.warnings.size() == 1);
  CHECK(contains(report.warnings[0],
                 "s0.tiff: the slide is bright on black, where dark pixels are no tissue; "
                 "--threshold made it go on"));
}

TEST_CASE("dark field: without tiles there are still the columns, and no stains to be fitted") {
  const Drawn place;
  test::write_slide(place.slide(0), dark_field());
  TileJobOptions options = place.tile_options();
  options.saving.metrics = true;
  options.saving.save = SaveTiles::tar;
  options.stain.normalize = StainMethod::macenko;
  options.tma = true;

  CHECK(cut_tiles(options).count(Outcome::done) == 1);

  CHECK(table_of(place.folder(0)).rows.empty());
  CHECK(contains(read_text(place.folder(0) / "metadata.csv"), "pure_white,spot\n"));
  Listener listener;
  CHECK(place.extract(place.extract_options(), listener).count(Outcome::done) == 1);
}
