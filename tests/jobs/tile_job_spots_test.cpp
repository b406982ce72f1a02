#include <algorithm>

#include "core/csv.hpp"
#include "core/files.hpp"
#include "jobs/tile_checks.hpp"
#include "support/slides.hpp"

using namespace histo;
using histo::test::column_of;
using histo::test::contains;
using histo::test::cut_tiles;
using histo::test::Disc;
using histo::test::image_of;
using histo::test::Listener;
using histo::test::table_of;
using histo::test::Workplace;

namespace {

constexpr std::int64_t radius = 70;

/// Three rows and four columns, with a gap at the seventh place.
std::vector<Disc> array_of_discs() {
  std::vector<Disc> discs;
  for (std::int64_t place = 0; place < 12; ++place) {
    if (place != 6) discs.push_back({150 + 240 * (place % 4), 140 + 230 * (place / 4)});
  }
  return discs;
}

struct Array : Workplace {
  explicit Array(const std::vector<Disc>& discs = array_of_discs()) : Workplace(0) {
    test::write_slide(slide(0), test::disc_image({1050, 760}, discs, radius));
  }

  TileJobOptions spots() const {
    TileJobOptions options = tile_options();
    options.tiling.width = 64;
    options.tma = true;
    return options;
  }

  CsvTable spot_table() const { return parse_csv(read_text(folder(0) / "spots.csv"), "spots.csv"); }
};

std::int64_t whole(const CsvTable& table, std::size_t row, const std::string& column) {
  return std::stoll(table.rows.at(row).at(table.column(column)));
}

}  // namespace

TEST_CASE("spots job: the table has each spot with number, row and column, and gaps count") {
  const Array place;
  REQUIRE(cut_tiles(place.spots()).count(Outcome::done) == 1);

  const CsvTable table = place.spot_table();

  CHECK(table.header ==
        std::vector<std::string>{"name", "number", "row", "column", "x", "y", "w", "h", "path"});
  REQUIRE(table.rows.size() == 11);
  std::vector<std::int64_t> numbers;
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    const std::int64_t number = whole(table, row, "number");
    numbers.push_back(number);
    CHECK(table.rows[row][0] == "spot_" + std::to_string(number));
    CHECK(whole(table, row, "row") == (number - 1) / 4 + 1);
    CHECK(whole(table, row, "column") == (number - 1) % 4 + 1);
    CHECK(std::abs(whole(table, row, "x") + radius - (150 + 240 * ((number - 1) % 4))) <= 4);
    CHECK(std::abs(whole(table, row, "y") + radius - (140 + 230 * ((number - 1) / 4))) <= 4);
    CHECK(std::abs(whole(table, row, "w") - 2 * radius) <= 4);
  }
  CHECK(numbers == std::vector<std::int64_t>{1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12});
}

TEST_CASE("spots job: each spot's image shows it at the tiles' level or resolution") {
  const Array place;
  TileJobOptions options = place.spots();
  options.overwrite = Overwrite::always;
  for (const double scale : {1.0, 2.0, 1.6}) {
    INFO("scale " << scale);
    options.resolution.mpp = 0.25 * scale;
    options.resolution.slide_mpp = 0.25;
    options.tiling.width = 32;
    cut_tiles(options);
    const CsvTable table = place.spot_table();
    for (std::size_t row = 0; row < table.rows.size(); ++row) {
      const Image spot = image_of(place.folder(0), table.rows[row][table.column("path")]);
      const double width = static_cast<double>(whole(table, row, "w")) / scale;
      CHECK(std::abs(static_cast<double>(spot.width()) - width) <= 1.0);
      CHECK(int{spot.row(spot.height() / 2)[3 * (spot.width() / 2) + 1]} < 130);
      CHECK(int{spot.row(1)[3 + 1]} > 200);
    }
  }
}

TEST_CASE("spots job: each tile's spot is the one that its centre lies in") {
  const Array place;
  cut_tiles(place.spots());
  const CsvTable spots = place.spot_table();
  const TileTable table = table_of(place.folder(0));

  const std::vector<std::string> named = column_of(table, "spot");

  CHECK(table.columns.back() == "spot");
  REQUIRE(named.size() == table.rows.size());
  std::size_t with_spot = 0;
  for (std::size_t i = 0; i < named.size(); ++i) {
    const Rect& tile = table.rows[i].rect;
    const Rect centre{tile.x + 32, tile.y + 32, 1, 1};
    std::string expected;
    for (std::size_t row = 0; row < spots.rows.size(); ++row) {
      const Rect rect{whole(spots, row, "x"), whole(spots, row, "y"), whole(spots, row, "w"),
                      whole(spots, row, "h")};
      const Rect common = intersect(rect, centre);
      if (common.width > 0 && common.height > 0) expected = spots.rows[row][0];
    }
    CHECK(named[i] == expected);
    if (!expected.empty()) ++with_spot;
  }
  CHECK(with_spot > 30);
}

TEST_CASE("spots job: with metrics and masks the spot is the last column") {
  const Array place;
  TileJobOptions options = place.spots();
  options.saving.metrics = true;
  options.saving.masks = true;
  cut_tiles(options);

  const TileTable table = table_of(place.folder(0));

  CHECK(table.columns.front() == "mask_path");
  CHECK(table.columns.at(1) == "background");
  CHECK(table.columns.back() == "spot");
  CHECK(column_of(table, "pure_white").size() == table.rows.size());
}

TEST_CASE("spots job: the spots have a thumbnail, and another run without them leaves none") {
  const Array place;
  TileJobOptions options = place.spots();
  cut_tiles(options);
  CHECK(image_of(place.folder(0), "thumbnail_spots.jpeg").width() >= 1050);
  options.tma = false;
  options.overwrite = Overwrite::always;

  cut_tiles(options);

  for (const char* name : {"thumbnail_spots.jpeg", "spots.csv", "spots"}) {
    CHECK_FALSE(std::filesystem::exists(place.folder(0) / name));
  }
}

TEST_CASE("spots job: spots are written with every way to save tiles") {
  for (const SaveTiles save : {SaveTiles::tar, SaveTiles::none}) {
    const Array place;
    TileJobOptions options = place.spots();
    options.saving.save = save;
    cut_tiles(options);

    const CsvTable table = place.spot_table();

    REQUIRE(table.rows.size() == 11);
    CHECK(image_of(place.folder(0), table.rows[0][table.column("path")]).width() > 130);
    CHECK(column_of(table_of(place.folder(0)), "spot").size() > 30);
  }
}

TEST_CASE("spots job: spots with one number are warned about, with the way out") {
  // Two spots are one row and one column.
  const Array place({{150, 140}, {630, 140}});
  Listener listener;

  cut_tiles(place.spots(), listener);

  CHECK(
      listener.warned_of("s0.tiff: some spots have the same number; look at "
                         "thumbnail_spots.jpeg, or set --sigma higher"));
  const CsvTable table = place.spot_table();
  REQUIRE(table.rows.size() == 2);
  for (std::size_t row = 0; row < 2; ++row) {
    CHECK(contains(table.rows[row][0], "spot_1-"));
    CHECK(whole(table, row, "number") == 1);
  }
}
