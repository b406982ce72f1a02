#include <cmath>

#include "histo/slide.hpp"

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
using histo::test::TempFolder;
using histo::test::Workplace;

namespace {

/// s0.tiff states 0.25 um a pixel, s1.tiff states nothing.
struct Stated : Workplace {
  Stated() : Workplace(2) {
    test::write_stated_slide(slide(0), test::tissue_image({900, 800}, {100, 100, 700, 600}),
                             "0.25");
  }

  TileJobOptions at(double mpp) const {
    TileJobOptions options = tile_options();
    options.slides = {slide(0)};
    options.tiling.width = 100;
    options.resolution.mpp = mpp;
    return options;
  }

  /// Of the slide that states nothing.
  TileJobOptions unstated_at(double mpp) const {
    TileJobOptions options = at(mpp);
    options.slides = {slide(1)};
    return options;
  }
};

}  // namespace

TEST_CASE("resolution job: the images have the asked pixels and the table level-0 places") {
  const Stated place;

  const RunReport report = cut_tiles(place.at(0.6));

  REQUIRE(report.count(Outcome::done) == 1);
  const auto rows = table_of(place.folder(0)).rows;
  REQUIRE(rows.size() >= 6);
  for (const TileRow& row : rows) {
    CHECK(row.rect.x % 240 == 0);
    CHECK(row.rect.y % 240 == 0);
    CHECK(Size{row.rect.width, row.rect.height} == Size{240, 240});
    CHECK(contains(row.path, "_w240_h240.png"));
    CHECK(image_of(place.folder(0), row.path).size() == Size{100, 100});
  }
}

TEST_CASE("resolution job: the record says what was asked for and what the tiles have") {
  const Stated place;
  TileJobOptions options = place.at(0.6);
  options.tiling.height = 50;
  cut_tiles(options);

  const SlideRecord record = record_of(place.folder(0));

  CHECK(record.requested_mpp == 0.6);
  CHECK(record.effective_mpp == 0.6);
  CHECK(record.resampled == true);
  REQUIRE(record.tile_scale);
  CHECK(record.tile_scale->x == Approx(2.4));
  CHECK(record.tile_scale->y == Approx(2.4));
  CHECK(record.tile_width_px == 100);
  CHECK(record.tile_height_px == 50);
  CHECK(record.width == 240);
  CHECK(record.height == 120);
  CHECK(record.level == 1);
  CHECK(record.mpp_x == 0.25);
  CHECK(record.mpp_source == "slide");
}

TEST_CASE("resolution job: a level within the tolerance is taken as it is") {
  const Stated place;
  TileJobOptions options = place.at(0.505);
  options.resolution.mpp_tolerance = 0.02;
  cut_tiles(options);
  const Slide slide(place.slide(0));

  const SlideRecord record = record_of(place.folder(0));
  CHECK(record.level == 1);
  CHECK(record.requested_mpp == 0.505);
  CHECK(record.effective_mpp == 0.5);
  CHECK(record.resampled == false);
  const auto rows = table_of(place.folder(0)).rows;
  REQUIRE_FALSE(rows.empty());
  for (const TileRow& row : rows) {
    CHECK(image_of(place.folder(0), row.path).bytes() == slide.read(row.rect, 1).bytes());
  }
}

TEST_CASE("resolution job: a level beyond the tolerance is resampled to exactly what was asked") {
  const Stated place;
  cut_tiles(place.at(0.505));

  const SlideRecord record = record_of(place.folder(0));

  CHECK(record.effective_mpp == 0.505);
  CHECK(record.resampled == true);
  CHECK(record.width == 202);
}

TEST_CASE("resolution job: a slide that states no micrometres fails alone, with the ways out") {
  const Stated place;
  TileJobOptions options = place.at(0.5);
  options.slides = {place.slide(0), place.slide(1)};
  Listener listener;

  const RunReport report = cut_tiles(options, listener);

  CHECK(report.count(Outcome::done) == 1);
  CHECK(report.count(Outcome::failed) == 1);
  REQUIRE(listener.failures.size() == 1);
  CHECK(contains(listener.failures[0],
                 "s1.tiff: the slide states no micrometres per pixel; give it with --slide-mpp X, "
                 "or --slides-csv FILE with columns slide,mpp"));
  CHECK_FALSE(std::filesystem::exists(place.folder(1)));
}

TEST_CASE("resolution job: --slide-mpp says what the slide does not") {
  const Stated place;
  TileJobOptions options = place.unstated_at(0.5);
  options.resolution.slide_mpp = 0.25;
  Listener listener;

  cut_tiles(options, listener);

  CHECK(record_of(place.folder(1)).mpp_source == "option");
  CHECK(record_of(place.folder(1)).mpp_x == 0.25);
  CHECK(record_of(place.folder(1)).width == 200);
  CHECK_FALSE(listener.warned_of("um a pixel"));
}

TEST_CASE("resolution job: the table names a slide by its path, its file's name or its stem") {
  const Stated place;
  for (const std::string& name :
       {place.slide(1).string(), std::string("s1.tiff"), std::string("s1")}) {
    INFO(name);
    TileJobOptions options = place.unstated_at(0.5);
    options.overwrite = Overwrite::always;
    options.slide_mpp = {{"s0", 9.0}, {name, 0.25}};

    CHECK(cut_tiles(options).count(Outcome::done) == 1);

    CHECK(record_of(place.folder(1)).mpp_source == "csv");
    CHECK(record_of(place.folder(1)).mpp_x == 0.25);
  }
}

TEST_CASE("resolution job: the option goes before the table, and the table before the slide") {
  const Stated place;
  TileJobOptions options = place.at(0.5);
  options.slide_mpp = {{"s0", 0.2}};
  cut_tiles(options);
  CHECK(record_of(place.folder(0)).mpp_x == 0.2);

  options.resolution.slide_mpp = 0.1;
  options.overwrite = Overwrite::always;
  cut_tiles(options);

  CHECK(record_of(place.folder(0)).mpp_x == 0.1);
  CHECK(record_of(place.folder(0)).mpp_source == "option");
}

TEST_CASE("resolution job: micrometres that differ from the stated ones are warned about") {
  const Stated place;
  TileJobOptions by_table = place.at(0.5);
  by_table.slide_mpp = {{"s0", 0.2}};
  Listener of_table;
  cut_tiles(by_table, of_table);
  CHECK(
      of_table.warned_of("s0.tiff: the slide states 0.25 um a pixel, and 0.2 from the table of "
                         "--slides-csv is used"));

  TileJobOptions by_option = place.at(0.5);
  by_option.resolution.slide_mpp = 0.2;
  by_option.overwrite = Overwrite::always;
  Listener of_option;
  cut_tiles(by_option, of_option);
  CHECK(
      of_option.warned_of("the slide states 0.25 um a pixel, and 0.2 from the option --slide-mpp "
                          "is used"));

  by_option.resolution.slide_mpp = 0.25;
  Listener of_equal;
  cut_tiles(by_option, of_equal);
  CHECK(of_equal.warnings.empty());
}

TEST_CASE("resolution job: a slide that is coarser than asked for fails unless it is enlarged") {
  const Stated place;
  TileJobOptions options = place.at(0.125);
  CHECK(contains(failure_of(options),
                 "s0.tiff: the slide has 0.25 micrometres per pixel, coarser than --mpp 0.125; "
                 "--upsample enlarges its pixels"));

  options.resolution.upsample = true;
  CHECK(cut_tiles(options).count(Outcome::done) == 1);

  const auto rows = table_of(place.folder(0)).rows;
  REQUIRE_FALSE(rows.empty());
  CHECK(rows[0].rect.width == 50);
  CHECK(image_of(place.folder(0), rows[0].path).size() == Size{100, 100});
  CHECK(record_of(place.folder(0)).effective_mpp == 0.125);
}

TEST_CASE("resolution job: of a level of other proportions the record tells both axes") {
  const Stated place;
  test::write_pyramid(place.slide(1), {test::tissue_image({1000, 1000}, {100, 100, 800, 800}),
                                       test::tissue_image({500, 400}, {50, 40, 400, 320})});
  TileJobOptions options = place.tile_options();
  options.slides = {place.slide(1)};
  options.tiling.level = 1;
  options.resolution.slide_mpp = 0.25;

  cut_tiles(options);

  CHECK(record_of(place.folder(1)).effective_mpp == 0.5);
  CHECK(record_of(place.folder(1)).effective_mpp_y == 0.625);
  cut_tiles(place.at(0.6));
  CHECK_FALSE(record_of(place.folder(0)).effective_mpp_y);
}

TEST_CASE("resolution job: the tiles are named in the note on the slide with their micrometres") {
  const Stated place;
  Listener listener;

  cut_tiles(place.at(0.6), listener);

  REQUIRE_FALSE(listener.notes.empty());
  CHECK(contains(listener.notes[0], ", tiles of 0.6 um a pixel"));
}

TEST_CASE("resolution job: options out of range are named before any work") {
  const Stated place;
  const auto error = error_of([&] { cut_tiles(place.at(0.0)); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::usage);
  CHECK(contains(error->what(), "--mpp must be a positive number of micrometres, got 0"));
  CHECK_FALSE(std::filesystem::exists(place.output()));
}

TEST_CASE("slides table: each slide's micrometres are read") {
  const TempFolder folder;
  const auto file = folder.path() / "slides.csv";
  replace_file(file, "note,slide,mpp\nold,a.svs,0.25\n,\"b, c\",1e0\n");

  CHECK(read_slide_mpp(file) == std::map<std::string, double>{{"a.svs", 0.25}, {"b, c", 1.0}});
}

TEST_CASE("slides table: what is wrong with it is named with its line") {
  const TempFolder folder;
  const auto file = folder.path() / "slides.csv";
  const auto message = [&](const std::string& text) {
    replace_file(file, text);
    const auto error = error_of([&] { read_slide_mpp(file); });
    REQUIRE(error);
    CHECK(error->kind() == ErrorKind::input);
    return std::string(error->what());
  };
  for (const std::string wrong : {"", " 0.5", "0", "-1", "inf", "nan", "0.5um", "0,5"}) {
    const std::string cell = wrong == "0,5" ? "\"0,5\"" : wrong;
    CHECK(contains(
        message("slide,mpp\na,0.5\nb," + cell + "\n"),
        "slides.csv, line 3: mpp must be a positive number of micrometres, got '" + wrong + "'"));
  }
  CHECK(contains(message("slide,mpp\n,0.5\n"), "slides.csv, line 2: the slide has no name"));
  CHECK(contains(message("slide,mpp\na,0.5\na,0.25\n"),
                 "slides.csv, line 3: the slide a is named a second time"));
  CHECK(contains(message("slide,um\na,0.5\n"), "slides.csv: no column 'mpp', only: slide, um"));
}
