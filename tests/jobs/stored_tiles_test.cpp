#include "jobs/stored_tiles.hpp"

#include <fstream>

#include "histo/codec.hpp"

#include "core/files.hpp"
#include "jobs/tile_checks.hpp"
#include "support/slides.hpp"

using namespace histo;
using histo::test::contains;
using histo::test::contents;
using histo::test::cut_tiles;
using histo::test::error_of;
using histo::test::Listener;
using histo::test::record_of;
using histo::test::table_of;
using histo::test::Workplace;

namespace {

struct Unsaved : Workplace {
  explicit Unsaved(SaveTiles save = SaveTiles::none) : Workplace(2) {
    TileJobOptions options = tile_options();
    options.saving.save = save;
    cut_tiles(options);
  }

  /// Why the first slide's tiles cannot be had; the second one's always can.
  std::string extract_failure() const {
    Listener listener;
    const RunReport report = extract(extract_options(), listener);
    CHECK(report.count(Outcome::done) == 1);
    REQUIRE(listener.failures.size() == 1);
    CHECK_FALSE(std::filesystem::exists(folder(0) / "features.h5"));
    return listener.failures[0];
  }

  std::string opening_failure(const SlideRecord& record) const {
    write_slide_record(folder(0) / "properties.json", record);
    const auto error = error_of([&] { StoredTiles(folder(0), table_of(folder(0)).rows); });
    REQUIRE(error);
    CHECK(error->kind() == ErrorKind::input);
    return error->what();
  }

  std::filesystem::path tar() const { return folder(0) / "tiles.tar"; }

  void write_into_tar(std::streamoff place, const std::string& bytes) const {
    std::fstream file(tar(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(place);
    file << bytes;
  }
};

}  // namespace

TEST_CASE("stored tiles: a slide that is gone fails alone, with its name") {
  const Unsaved place;
  std::filesystem::remove(place.slide(0));

  CHECK(contains(place.extract_failure(), place.slide(0).string() + ": there is no such file"));
}

TEST_CASE("stored tiles: another slide of another size is not taken for the one that was tiled") {
  const Unsaved place;
  test::write_slide(place.slide(0), test::tissue_image({900, 640}, {100, 150, 400, 300}));

  CHECK(contains(place.extract_failure(),
                 place.slide(0).string() +
                     ": is another slide than the one that was tiled: its size differs; "
                     "'histoprep --overwrite' tiles it again"));
}

TEST_CASE("stored tiles: a slide that can no longer be decoded fails with a sentence") {
  const Unsaved place;
  std::filesystem::resize_file(place.slide(0), std::filesystem::file_size(place.slide(0)) / 2);

  CHECK(contains(place.extract_failure(), "s0"));
}

TEST_CASE("stored tiles: a slide is found from any working folder") {
  const Unsaved place;
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(place.path());
  TileJobOptions options = place.tile_options();
  options.slides = {"s0.tiff"};
  options.saving.save = SaveTiles::none;
  options.overwrite = Overwrite::always;
  cut_tiles(options);
  std::filesystem::current_path(before);

  CHECK(test::tiles_of(place.folder(0)).size() >= 6);
}

TEST_CASE("stored tiles: a tar that ends too early is damaged") {
  const Unsaved place(SaveTiles::tar);
  std::filesystem::resize_file(place.tar(), std::filesystem::file_size(place.tar()) / 2);

  CHECK(contains(place.extract_failure(), "tiles.tar: damaged: the file ends too early"));
}

TEST_CASE("stored tiles: a tile that is damaged within the tar is named") {
  const Unsaved place(SaveTiles::tar);
  place.write_into_tar(512 + 60, std::string(200, '\0'));
  const std::string first = table_of(place.folder(0)).rows.at(0).path;

  const std::string failure = place.extract_failure();

  CHECK(contains(failure, first + ": "));
}

TEST_CASE("stored tiles: a tar that is gone is named") {
  const Unsaved place(SaveTiles::tar);
  std::filesystem::remove(place.tar());

  CHECK(contains(place.extract_failure(), "tiles.tar: cannot be opened"));
}

TEST_CASE("stored tiles: without images and without the slide's name nothing can be read") {
  const Unsaved place;
  SlideRecord record = record_of(place.folder(0));
  record.slide.clear();

  CHECK(contains(place.opening_failure(record),
                 "properties.json: does not name the slide, and no tile images were saved"));
}

TEST_CASE("stored tiles: a record that does not say how the tiles were made is named") {
  const Unsaved place;
  const SlideRecord good = record_of(place.folder(0));
  SlideRecord record = good;
  record.tile_scale = Downsample{2.0, 2.0};
  record.tile_width_px = 64;
  CHECK(contains(place.opening_failure(record),
                 "properties.json: has no key 'tile_width_px' or 'tile_height_px'"));
  record = good;
  record.stain_method = "magic";
  CHECK(contains(place.opening_failure(record),
                 "properties.json: key 'stain_method' is not known: 'magic'"));
  record.stain_method = "reinhard";
  record.stain_from = {1, 2, 3, 4, 5, 6};
  record.stain_to = {1, 2, 3};
  CHECK(contains(place.opening_failure(record),
                 "properties.json: the numbers of the stains do not fit 'reinhard'"));
}

TEST_CASE("stored tiles: files are read without the slide and without its record") {
  const Unsaved place(SaveTiles::files);
  std::filesystem::remove(place.slide(0));
  std::filesystem::remove(place.folder(0) / "properties.json");

  CHECK(test::tiles_of(place.folder(0)).size() >= 6);
}

TEST_CASE("stored tiles: a tree with a tar may be moved and its index lost") {
  const Unsaved place(SaveTiles::tar);
  const auto tiles = test::tiles_of(place.folder(0));
  std::filesystem::rename(place.output(), place.path() / "elsewhere");
  CHECK(test::tiles_of(place.path() / "elsewhere/s0") == tiles);

  std::filesystem::remove(place.path() / "elsewhere/s0/tiles.tar.index.csv");

  CHECK(test::tiles_of(place.path() / "elsewhere/s0") == tiles);
}

TEST_CASE("stored tiles: clusters get their contact sheet from the slide or the tar") {
  for (const SaveTiles save : {SaveTiles::none, SaveTiles::tar}) {
    const Unsaved place(save);
    Listener listener;
    place.extract(place.extract_options(), listener);

    const RunReport report =
        run_cluster_job(place.cluster_options({2}), listener, test::never_stop());

    CHECK(report.count(Outcome::done) == 2);
    CHECK(std::filesystem::exists(place.output() / "clustering/contact_sheet_k2.jpeg"));
    for (const std::string& note : listener.notes) CHECK_FALSE(contains(note, "is missing"));
  }
}
