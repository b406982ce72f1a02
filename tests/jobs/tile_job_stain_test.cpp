#include "histo/codec.hpp"

#include "core/files.hpp"
#include "jobs/tile_checks.hpp"
#include "support/slides.hpp"

using namespace histo;
using histo::test::Approx;
using histo::test::contains;
using histo::test::cut_tiles;
using histo::test::error_of;
using histo::test::failure_of;
using histo::test::image_of;
using histo::test::Listener;
using histo::test::record_of;
using histo::test::table_of;
using histo::test::tiles_of;
using histo::test::Workplace;

namespace {

struct Stained : Workplace {
  Stained() : Workplace(0) {
    test::write_stated_slide(slide(0), test::stained_tissue({800, 700}, {96, 96, 600, 500}),
                             "0.25");
  }

  TileJobOptions normalized(StainMethod method) const {
    TileJobOptions options = tile_options();
    options.overwrite = Overwrite::always;
    options.stain.normalize = method;
    return options;
  }

  std::filesystem::path target(const Image& image) const {
    const auto file = path() / "target.png";
    write_file(file, encode_png(image));
    return file;
  }

  std::string target_failure(const Image& image) const {
    TileJobOptions options = normalized(StainMethod::macenko);
    options.stain.target = target(image);
    const auto error = error_of([&] { cut_tiles(options); });
    REQUIRE(error);
    CHECK(error->kind() == ErrorKind::input);
    CHECK_FALSE(std::filesystem::exists(folder(0)));
    return error->what();
  }
};

}  // namespace

TEST_CASE("stain job: each method gives other tiles, and the record holds the numbers") {
  const Stained place;
  cut_tiles(place.tile_options());
  std::vector<std::vector<std::vector<std::uint8_t>>> seen{tiles_of(place.folder(0))};
  for (const auto& [method, name, count] : {std::tuple(StainMethod::macenko, "macenko", 8U),
                                            std::tuple(StainMethod::vahadane, "vahadane", 8U),
                                            std::tuple(StainMethod::reinhard, "reinhard", 6U)}) {
    REQUIRE(cut_tiles(place.normalized(method)).count(Outcome::done) == 1);

    const SlideRecord record = record_of(place.folder(0));
    CHECK(record.stain_method == name);
    CHECK(record.stain_from.size() == count);
    CHECK(record.stain_to.size() == count);
    CHECK(record.stain_target.empty());
    auto tiles = tiles_of(place.folder(0));
    for (const auto& others : seen) CHECK(others != tiles);
    seen.push_back(std::move(tiles));
  }
}

TEST_CASE("stain job: a slide that is its own target has its own stains for a target") {
  const Stained place;
  TileJobOptions options = place.normalized(StainMethod::macenko);
  options.stain.target = place.slide(0);

  REQUIRE(cut_tiles(options).count(Outcome::done) == 1);

  const SlideRecord record = record_of(place.folder(0));
  CHECK(record.stain_target == place.slide(0).string());
  REQUIRE(record.stain_from.size() == record.stain_to.size());
  // The target is read as a plain image, whose colours differ by a grey level here and there.
  for (std::size_t i = 0; i < record.stain_from.size(); ++i) {
    CHECK(record.stain_from[i] == Approx(record.stain_to[i]).margin(0.01));
  }
}

TEST_CASE("stain job: masks are of the tissue as it was scanned, whatever its stains become") {
  const Stained place;
  TileJobOptions options = place.tile_options();
  options.saving.masks = true;
  cut_tiles(options);
  std::vector<std::vector<std::uint8_t>> plain;
  for (const TileRow& row : table_of(place.folder(0)).rows) {
    plain.push_back(image_of(place.folder(0), row.more.at(0)).bytes());
  }
  TileJobOptions changed = place.normalized(StainMethod::macenko);
  changed.saving.masks = true;
  cut_tiles(changed);

  const auto rows = table_of(place.folder(0)).rows;

  REQUIRE(rows.size() == plain.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CHECK(image_of(place.folder(0), rows[i].more.at(0)).bytes() == plain[i]);
  }
}

TEST_CASE("stain job: separation writes each tile's two stains beside it") {
  const Stained place;
  for (const bool is_normalized : {false, true}) {
    TileJobOptions options = place.tile_options();
    options.overwrite = Overwrite::always;
    options.stain.separate = true;
    if (is_normalized) options.stain.normalize = StainMethod::vahadane;
    REQUIRE(cut_tiles(options).count(Outcome::done) == 1);

    const auto rows = table_of(place.folder(0)).rows;
    REQUIRE(rows.size() >= 6);
    for (const TileRow& row : rows) {
      const std::string name = std::filesystem::path(row.path).filename().string();
      const Image tile = image_of(place.folder(0), row.path);
      const Image haematoxylin = image_of(place.folder(0), "haematoxylin/" + name);
      const Image eosin = image_of(place.folder(0), "eosin/" + name);
      CHECK(haematoxylin.size() == tile.size());
      CHECK(eosin.size() == tile.size());
      CHECK(haematoxylin.bytes() != eosin.bytes());
      CHECK(eosin.bytes() != tile.bytes());
    }
  }
}

TEST_CASE("stain job: eosin alone is paler than the tile where nuclei are") {
  const Stained place;
  TileJobOptions options = place.tile_options();
  options.stain.separate = true;
  cut_tiles(options);
  // The tile at 128, 128 begins with a block of haematoxylin.
  const Image tile = image_of(place.folder(0), "tiles/x128_y128_w128_h128.png");
  const Image eosin = image_of(place.folder(0), "eosin/x128_y128_w128_h128.png");
  const Image haematoxylin = image_of(place.folder(0), "haematoxylin/x128_y128_w128_h128.png");
  const auto red = [](const Image& image, std::int64_t x, std::int64_t y) {
    int sum = 0;
    for (std::int64_t i = 0; i < 64; ++i) sum += image.row(y + i / 8)[3 * (x + i % 8)];
    return sum / 64;
  };

  CHECK(red(eosin, 12, 12) > red(tile, 12, 12) + 30);
  CHECK(red(haematoxylin, 12, 12) < red(tile, 12, 12) + 15);
  CHECK(red(haematoxylin, 12, 12) + 30 < red(haematoxylin, 44, 12));
}

TEST_CASE("stain job: a target that cannot be used ends the run with its name") {
  const Stained place;
  CHECK(contains(place.target_failure(Image(200, 200, 243)),
                 "target.png: stains cannot be fitted to 0 tissue pixels, at least 100 are "
                 "needed"));
  Image grey(200, 200, 243);
  for (std::int64_t y = 50; y < 150; ++y) std::fill_n(grey.row(y) + 150, 300, 120);
  CHECK(contains(place.target_failure(grey),
                 "target.png: the tissue's colours show fewer than two stains"));
}

TEST_CASE("stain job: a target that is not there or is no image is named") {
  const Stained place;
  TileJobOptions options = place.normalized(StainMethod::macenko);
  options.stain.target = place.path() / "nowhere.png";
  CHECK(contains(failure_of(options), "nowhere.png: cannot be read"));

  replace_file(place.path() / "target.png", "no image");
  options.stain.target = place.path() / "target.png";
  const auto error = error_of([&] { cut_tiles(options); });

  REQUIRE(error);
  CHECK(contains(error->what(), "target.png: "));
}

TEST_CASE("stain job: a slide whose stains cannot be fitted fails alone, with the reason") {
  const Stained place;
  Image grey(700, 640, 243);
  for (std::int64_t y = 100; y < 500; ++y) std::fill_n(grey.row(y) + 300, 1200, 120);
  test::write_slide(place.slide(1), grey);
  TileJobOptions options = place.normalized(StainMethod::macenko);
  options.slides = {place.slide(0), place.slide(1)};
  Listener listener;

  const RunReport report = cut_tiles(options, listener);

  CHECK(report.count(Outcome::done) == 1);
  REQUIRE(listener.failures.size() == 1);
  CHECK(contains(listener.failures[0], "s1.tiff: the tissue's colours show fewer than two stains"));
  CHECK_FALSE(std::filesystem::exists(place.folder(1)));
}
