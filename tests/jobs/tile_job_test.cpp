#include <algorithm>

#include "histo/tile_table.hpp"

#include "core/files.hpp"
#include "jobs/tile_checks.hpp"
#include "support/slides.hpp"

using namespace histo;
using histo::test::contains;
using histo::test::contents;
using histo::test::differing;
using histo::test::error_of;
using histo::test::Listener;
using histo::test::never_stop;
using histo::test::shared_file;
using histo::test::Workplace;

namespace {

RunReport run(const TileJobOptions& options, Listener& listener) {
  return run_tile_job(options, listener, never_stop());
}

}  // namespace

TEST_CASE("tile job: each slide gets its folder with tiles, table, record and thumbnails") {
  const Workplace place;
  Listener listener;

  const RunReport report = run(place.tile_options(), listener);

  CHECK(report.count(Outcome::done) == 2);
  CHECK(listener.finished.size() == 2);
  for (const char* name : {"metadata.csv", "properties.json", "thumbnail.jpeg",
                           "thumbnail_tissue.jpeg", "thumbnail_tiles.jpeg"}) {
    CHECK(std::filesystem::exists(place.folder(0) / name));
  }
  CHECK(std::filesystem::exists(place.output() / "run.json"));
  const auto rows = read_tile_table(place.folder(0) / "metadata.csv").rows;
  CHECK(rows.size() == report.slides.front().tiles);
  for (const TileRow& row : rows) CHECK(std::filesystem::exists(place.folder(0) / row.path));
}

TEST_CASE("tile job: a tile's file holds the slide's own pixels") {
  const Workplace place(1);
  Listener listener;
  run(place.tile_options(), listener);
  const Slide slide(place.slide(0));

  for (const TileRow& row : read_tile_table(place.folder(0) / "metadata.csv").rows) {
    const auto bytes = read_file(place.folder(0) / row.path);
    REQUIRE(decode_image(bytes.data(), bytes.size(), row.path).bytes() ==
            slide.read(row.rect, 0).bytes());
  }
}

TEST_CASE("tile job: the files do not depend on the number of threads") {
  std::vector<std::vector<std::pair<std::string, std::string>>> results;
  const Workplace place(3);
  for (const std::size_t threads : std::vector<std::size_t>{1, 2, 8}) {
    TileJobOptions options = place.tile_options();
    options.threads = threads;
    // ISA-L, which makes the fastest PNGs, very rarely lets their bytes, though never
    // their pixels, depend on where in memory its state lies.
    options.saving.image.compression = 2;
    options.tiling.overlap = 0.5;
    options.overwrite = Overwrite::always;
    Listener listener;
    run(options, listener);
    results.push_back(contents(place.output()));
  }

  CHECK(results[0].size() > 60);
  CHECK(differing(results[0], results[1]) == std::vector<std::string>());
  CHECK(differing(results[0], results[2]) == std::vector<std::string>());
}

TEST_CASE("tile job: a second run finds everything done and changes nothing") {
  const Workplace place;
  place.cut();
  const auto before = contents(place.output());
  Listener listener;

  const RunReport report = run(place.tile_options(), listener);

  CHECK(report.count(Outcome::skipped) == 2);
  CHECK(report.tiles() == 0);
  CHECK(contents(place.output()) == before);
}

TEST_CASE("tile job: tiles that were made otherwise are refused, with the difference") {
  const Workplace place(1);
  place.cut();
  TileJobOptions options = place.tile_options();
  options.tiling.width = 64;
  Listener listener;

  const RunReport report = run(options, listener);

  CHECK(report.count(Outcome::failed) == 1);
  REQUIRE(listener.failures.size() == 1);
  CHECK(contains(listener.failures[0], "width was 128 and is now 64"));
  CHECK(contains(listener.failures[0], "--overwrite"));
}

TEST_CASE("tile job: overwriting leaves no tile of the run before") {
  const Workplace place(1);
  place.cut();
  TileJobOptions options = place.tile_options();
  options.tiling.width = 64;
  options.overwrite = Overwrite::always;
  Listener listener;

  run(options, listener);

  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(place.folder(0) / "tiles")) {
    CHECK(contains(entry.path().filename().string(), "_w64_h64.png"));
    ++files;
  }
  CHECK(files == read_tile_table(place.folder(0) / "metadata.csv").rows.size());
}

TEST_CASE(
    "tile job: a folder without metadata.csv is left alone unless unfinished ones are wanted") {
  const Workplace place(1);
  place.cut();
  const auto whole = contents(place.output());
  std::filesystem::remove(place.folder(0) / "metadata.csv");
  TileJobOptions options = place.tile_options();
  Listener listener;

  CHECK(run(options, listener).count(Outcome::failed) == 1);
  CHECK(contains(listener.failures.at(0), "--unfinished"));
  options.overwrite = Overwrite::unfinished;
  CHECK(run(options, listener).count(Outcome::done) == 1);
  CHECK(contents(place.output()) == whole);
}

TEST_CASE("tile job: a slide that changed since is not taken as done") {
  const Workplace place(1);
  place.cut();
  test::write_slide(place.slide(0), test::tissue_image({800, 640}, {100, 100, 300, 300}));
  Listener listener;

  CHECK(run(place.tile_options(), listener).count(Outcome::failed) == 1);
  CHECK(contains(listener.failures.at(0), "slide was "));
}

TEST_CASE("tile job: one bad slide does not stop the others") {
  const Workplace place(3);
  replace_file(place.slide(1), "no slide at all");
  TileJobOptions options = place.tile_options();
  options.threads = 2;
  Listener listener;

  const RunReport report = run(options, listener);

  CHECK(report.count(Outcome::done) == 2);
  CHECK(report.count(Outcome::failed) == 1);
  REQUIRE(listener.failures.size() == 1);
  CHECK(contains(listener.failures[0], "s1.tiff: neither a slide that OpenSlide knows"));
  CHECK_FALSE(std::filesystem::exists(place.folder(1)));
}

TEST_CASE("tile job: a slide that is gone, or whose name cannot be used, stops no other") {
  const Workplace place(1);
  TileJobOptions options = place.tile_options();
  std::filesystem::create_symlink("nowhere", place.path() / "gone.tiff");
  std::filesystem::copy(place.slide(0), place.path() / "clustering.tiff");
  options.slides.push_back(place.path() / "gone.tiff");
  options.slides.push_back(place.path() / "clustering.tiff");
  Listener listener;

  const RunReport report = run(options, listener);

  CHECK(report.count(Outcome::done) == 1);
  CHECK(report.count(Outcome::failed) == 2);
  CHECK(contains(listener.failures.at(0), "gone.tiff: "));
  CHECK(contains(listener.failures.at(1), "clustering.tiff: "));
}

TEST_CASE("tile job: a run that is stopped when nothing is left to do is not interrupted") {
  const Workplace place(1);
  place.cut();
  const std::atomic<bool> stop{true};
  Listener listener;

  CHECK_FALSE(run_tile_job(place.tile_options(), listener, stop).interrupted);
}

TEST_CASE("tile job: two slides of one name are an error before any work") {
  const Workplace place(1);
  std::filesystem::create_directories(place.path() / "other");
  std::filesystem::copy(place.slide(0), place.path() / "other/s0.tiff");
  TileJobOptions options = place.tile_options();
  options.slides.push_back(place.path() / "other/s0.tiff");
  Listener listener;

  const auto error = error_of([&] { run(options, listener); });

  REQUIRE(error);
  CHECK(contains(error->what(), "would both write to"));
  CHECK(contains(error->what(), "--keep-parent"));
  CHECK_FALSE(std::filesystem::exists(place.output()));
}

TEST_CASE("tile job: with the parents' names two slides of one name go side by side") {
  const Workplace place(1);
  std::filesystem::create_directories(place.path() / "other");
  std::filesystem::copy(place.slide(0), place.path() / "other/s0.tiff");
  TileJobOptions options = place.tile_options();
  options.slides.push_back(place.path() / "other/s0.tiff");
  options.keep_parent = true;
  Listener listener;

  CHECK(run(options, listener).count(Outcome::done) == 2);
  CHECK(std::filesystem::exists(place.output() / "other_s0/metadata.csv"));
}

TEST_CASE("tile job: a slide without tissue is finished, empty, and warned about") {
  const Workplace place(1);
  test::write_slide(place.slide(0), test::tissue_image({700, 640}, {0, 0, 3, 3}));
  Listener listener;

  const RunReport report = run(place.tile_options(), listener);

  CHECK(report.count(Outcome::done) == 1);
  CHECK(read_tile_table(place.folder(0) / "metadata.csv").rows.empty());
  REQUIRE(report.warnings.size() == 1);
  CHECK(contains(report.warnings[0], "no tile has enough tissue"));
}

TEST_CASE("tile job: stopped in the middle it leaves nothing of the slide") {
  const Workplace place(2);
  std::atomic<bool> stop{false};
  Listener listener;
  listener.on_progress = [&](std::size_t done, std::size_t, const std::string&) {
    if (done == 3) stop = true;
  };
  TileJobOptions options = place.tile_options();

  const RunReport report = run_tile_job(options, listener, stop);

  CHECK(report.interrupted);
  CHECK(report.count(Outcome::done) == 0);
  CHECK_FALSE(std::filesystem::exists(place.folder(0)));
  CHECK(report.count(Outcome::interrupted) == 2);
  CHECK_FALSE(std::filesystem::exists(place.folder(1)));

  Listener next;
  CHECK(run(options, next).count(Outcome::done) == 2);
}

TEST_CASE("tile job: stopped in the middle, a slide that is done again keeps its old results") {
  const Workplace place(1);
  place.cut();
  const auto before = contents(place.folder(0));
  TileJobOptions options = place.tile_options();
  options.overwrite = Overwrite::always;
  options.tiling.width = 64;
  std::atomic<bool> stop{false};
  Listener listener;
  listener.on_progress = [&](std::size_t done, std::size_t, const std::string&) {
    if (done == 3) stop = true;
  };

  run_tile_job(options, listener, stop);

  CHECK(before.size() > 3);
  CHECK(contents(place.folder(0)) == before);
}

TEST_CASE("tile job: JPEG tiles of a lower level are smaller by its downsample") {
  const Workplace place(1);
  TileJobOptions options = place.tile_options();
  options.tiling.level = -1;
  options.saving.image.format = ImageFormat::jpeg;
  Listener listener;
  run(options, listener);

  const auto rows = read_tile_table(place.folder(0) / "metadata.csv").rows;

  REQUIRE_FALSE(rows.empty());
  CHECK(contains(rows[0].path, "_w128_h128.jpeg"));
  const auto bytes = read_file(place.folder(0) / rows[0].path);
  CHECK(decode_image(bytes.data(), bytes.size(), "tile").size() == Size{64, 64});
}

TEST_CASE("tile job: an output folder that cannot be made ends the run") {
  const Workplace place(1);
  replace_file(place.output(), "in the way");
  Listener listener;

  const auto error = error_of([&] { run(place.tile_options(), listener); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::output);
}

TEST_CASE("tile job: options out of range are named with their values") {
  TileJobOptions options;
  options.saving.image.quality = 0;
  CHECK(contains(error_of([&] { validate(options); })->what(),
                 "--quality must lie in [1, 100], got 0"));
  options = {};
  options.threads = 0;
  CHECK(contains(error_of([&] { validate(options); })->what(), "--threads must be at least 1"));
}

TEST_CASE("tile job: the squares of the tissue array are covered, and no tile lies on bare glass") {
  const auto slide = shared_file("data/slides/tissue-array.tiff");
  SKIP_WITHOUT(slide, "tissue-array.tiff");
  const Slide array(*slide);
  const Tissue tissue = detect_tissue(array.read_level(array.level_within(8192)), array.size(), {});
  TilingOptions options;
  options.width = 512;

  const auto tiles = tissue_tiles(tissue, options);

  // Every tile meets the tissue that was found; the command line's test goes over the squares
  // themselves.
  CHECK(tiles.size() > 500);
  CHECK(std::none_of(tiles.begin(), tiles.end(),
                     [&](const Rect& tile) { return background_share(tissue, tile) > 0.75; }));
}
