#include <algorithm>
#include <cstdlib>

#include "histo/feature_store.hpp"
#include "histo/metrics.hpp"

#include "core/files.hpp"
#include "jobs/tile_checks.hpp"
#include "support/slides.hpp"

using namespace histo;
using histo::test::column_of;
using histo::test::contains;
using histo::test::cut_tiles;
using histo::test::error_of;
using histo::test::image_of;
using histo::test::Listener;
using histo::test::record_of;
using histo::test::table_of;
using histo::test::tiles_of;
using histo::test::Workplace;

namespace {

/// One slide of stained tissue that states 0.25 um a pixel.
struct Stained : Workplace {
  Stained() : Workplace(0) {
    test::write_stated_slide(slide(0), test::stained_tissue({800, 700}, {96, 96, 600, 500}),
                             "0.25");
  }

  /// Into a folder of its own for each way to save.
  TileJobOptions options(SaveTiles save) const {
    TileJobOptions options = tile_options();
    options.output = path() / (save == SaveTiles::files ? "files"
                               : save == SaveTiles::tar ? "tar"
                                                        : "none");
    options.saving.save = save;
    return options;
  }

  std::vector<float> features(const TileJobOptions& cut) const {
    ExtractJobOptions extraction = extract_options();
    extraction.inputs = {cut.output};
    Listener listener;
    REQUIRE(extract(extraction, listener).count(Outcome::done) == 1);
    const FeatureReader reader(cut.output / "s0" / "features.h5");
    std::vector<float> all(reader.rows() * reader.dim());
    reader.read(0, reader.rows(), all.data());
    return all;
  }
};

/// The three ways to save give the same rows, pixels and features.
void check_three_ways(const Stained& place, const std::function<void(TileJobOptions&)>& change) {
  std::vector<TileJobOptions> ways;
  for (const SaveTiles save : {SaveTiles::files, SaveTiles::tar, SaveTiles::none}) {
    ways.push_back(place.options(save));
    change(ways.back());
    REQUIRE(cut_tiles(ways.back()).count(Outcome::done) == 1);
  }
  const auto expected = tiles_of(ways[0].output / "s0");
  const std::vector<float> features = place.features(ways[0]);
  const TileTable table = table_of(ways[0].output / "s0");
  REQUIRE(expected.size() >= 6);
  for (std::size_t i = 1; i < ways.size(); ++i) {
    CHECK(tiles_of(ways[i].output / "s0") == expected);
    CHECK(place.features(ways[i]) == features);
    const TileTable other = table_of(ways[i].output / "s0");
    REQUIRE(other.rows.size() == table.rows.size());
    for (std::size_t row = 0; row < table.rows.size(); ++row) {
      CHECK(other.rows[row].rect == table.rows[row].rect);
    }
  }
}

}  // namespace

TEST_CASE("saving: files, tar and none give the same tiles and features") {
  check_three_ways(Stained(), [](TileJobOptions&) {});
}

TEST_CASE("saving: files, tar and none give the same tiles of a resolution") {
  for (const double mpp : {0.25, 0.7}) {
    check_three_ways(Stained(), [mpp](TileJobOptions& options) {
      options.resolution.mpp = mpp;
      options.tiling.width = 64;
    });
  }
}

TEST_CASE("saving: files, tar and none give the same tiles of a resolution with every reader") {
  for (const SlideBackend backend : {SlideBackend::openslide, SlideBackend::image}) {
    check_three_ways(Stained(), [backend](TileJobOptions& options) {
      options.backend = backend;
      options.resolution.mpp = 0.7;
      options.resolution.slide_mpp = 0.25;
      options.tiling.width = 64;
    });
  }
}

TEST_CASE("saving: files, tar and none give the same normalised tiles") {
  for (const StainMethod method :
       {StainMethod::macenko, StainMethod::vahadane, StainMethod::reinhard}) {
    check_three_ways(Stained(), [method](TileJobOptions& options) {
      options.stain.normalize = method;
      options.resolution.mpp = 0.7;
      options.tiling.width = 64;
    });
  }
}

TEST_CASE("saving: with a tar there is no folder of tiles, and the paths lead into the tar") {
  const Stained place;
  TileJobOptions options = place.options(SaveTiles::tar);
  options.saving.masks = true;
  options.stain.separate = true;
  cut_tiles(options);
  const auto folder = options.output / "s0";

  CHECK(std::filesystem::exists(folder / "tiles.tar"));
  for (const char* part : {"tiles", "masks", "haematoxylin", "eosin"}) {
    CHECK_FALSE(std::filesystem::exists(folder / part));
  }
  const TileTable table = table_of(folder);
  const auto masks = column_of(table, "mask_path");
  REQUIRE(masks.size() == table.rows.size());
  for (std::size_t i = 0; i < masks.size(); ++i) {
    CHECK(contains(table.rows[i].path, "tiles.tar/x"));
    CHECK(contains(masks[i], ".mask.png"));
    CHECK(image_of(folder, masks[i]).size() == Size{128, 128});
  }
  CHECK(record_of(folder).save == "tar");
}

TEST_CASE("saving: members of the tar are the files of the other run, byte by byte") {
  const Stained place;
  std::vector<std::vector<std::uint8_t>> pixels[2];
  for (const SaveTiles save : {SaveTiles::files, SaveTiles::tar}) {
    TileJobOptions options = place.options(save);
    options.saving.masks = true;
    options.saving.image.format = ImageFormat::jpeg;
    cut_tiles(options);
    const TileTable table = table_of(options.output / "s0");
    for (const std::string& path : column_of(table, "mask_path")) {
      pixels[save == SaveTiles::tar].push_back(image_of(options.output / "s0", path).bytes());
    }
    for (const auto& tile : tiles_of(options.output / "s0")) {
      pixels[save == SaveTiles::tar].push_back(tile);
    }
  }

  CHECK(pixels[0].size() >= 12);
  CHECK(pixels[0] == pixels[1]);
}

TEST_CASE("saving: with none only the table and the pictures are written, with empty paths") {
  const Stained place;
  const TileJobOptions options = place.options(SaveTiles::none);
  cut_tiles(options);
  const auto folder = options.output / "s0";

  for (const TileRow& row : table_of(folder).rows) CHECK(row.path.empty());
  CHECK_FALSE(std::filesystem::exists(folder / "tiles"));
  CHECK_FALSE(std::filesystem::exists(folder / "tiles.tar"));
  CHECK(std::filesystem::exists(folder / "thumbnail_kept.jpeg"));
  CHECK(std::filesystem::path(record_of(folder).slide).is_absolute());
}

TEST_CASE("saving: metrics are the same whether the tiles are saved or not") {
  const Stained place;
  std::vector<std::vector<std::string>> cells;
  for (const SaveTiles save : {SaveTiles::files, SaveTiles::none}) {
    TileJobOptions options = place.options(save);
    options.saving.metrics = true;
    cut_tiles(options);
    cells.emplace_back();
    for (const TileRow& row : table_of(options.output / "s0").rows) {
      cells.back().insert(cells.back().end(), row.more.begin(), row.more.end());
    }
  }

  CHECK(cells[0].size() >= 6 * 71);
  CHECK(cells[0] == cells[1]);
}

TEST_CASE("saving: another way to save replaces what the run before has left") {
  const Stained place;
  TileJobOptions options = place.tile_options();
  options.saving.masks = true;
  options.stain.separate = true;
  cut_tiles(options);
  TileJobOptions tar = place.tile_options();
  tar.saving.save = SaveTiles::tar;
  tar.overwrite = Overwrite::always;
  cut_tiles(tar);
  for (const char* part : {"tiles", "masks", "haematoxylin", "eosin"}) {
    CHECK_FALSE(std::filesystem::exists(place.folder(0) / part));
  }

  options.overwrite = Overwrite::always;
  cut_tiles(options);

  CHECK_FALSE(std::filesystem::exists(place.folder(0) / "tiles.tar"));
  CHECK_FALSE(std::filesystem::exists(place.folder(0) / "tiles.tar.index.csv"));
}

TEST_CASE("saving: absolute paths name every file, in the tar and beside it") {
  const Stained place;
  for (const SaveTiles save : {SaveTiles::files, SaveTiles::tar}) {
    TileJobOptions options = place.options(save);
    options.saving.absolute_paths = true;
    options.saving.masks = true;
    cut_tiles(options);
    const TileTable table = table_of(options.output / "s0");
    for (std::size_t i = 0; i < table.rows.size(); ++i) {
      CHECK(std::filesystem::path(table.rows[i].path).is_absolute());
      CHECK(std::filesystem::path(column_of(table, "mask_path")[i]).is_absolute());
      CHECK(image_of("/", table.rows[i].path).size() == Size{128, 128});
    }
    CHECK_FALSE(place.features(options).empty());
  }
}

TEST_CASE("metrics: the table has the mask's path, then the metrics in their order") {
  const Workplace place(1);
  TileJobOptions options = place.tile_options();
  options.saving.metrics = true;
  options.saving.masks = true;
  cut_tiles(options);

  std::vector<std::string> expected = metric_columns();
  expected.insert(expected.begin(), "mask_path");
  CHECK(table_of(place.folder(0)).columns == expected);
  CHECK(
      contains(read_text(place.folder(0) / "metadata.csv"), "x,y,w,h,path,mask_path,background,"));
}

TEST_CASE("metrics: the values are those of the written tile and mask") {
  const Workplace place(1);
  TileJobOptions options = place.tile_options();
  options.saving.metrics = true;
  options.saving.masks = true;
  cut_tiles(options);

  for (const TileRow& row : table_of(place.folder(0)).rows) {
    const Image tile = image_of(place.folder(0), row.path);
    const Image read = image_of(place.folder(0), row.more[0]);
    Mask mask(tile.width(), tile.height());
    for (std::size_t i = 0; i < mask.bytes().size(); ++i) mask.data()[i] = read.data()[3 * i];
    const auto cells = metric_cells(tile_metrics(tile, mask));
    CHECK(std::vector<std::string>(row.more.begin() + 1, row.more.end()) == cells);
    for (const std::string& cell : cells) {
      char* end = nullptr;
      std::strtod(cell.c_str(), &end);
      CHECK((!cell.empty() && *end == '\0'));
    }
  }
}

TEST_CASE("masks: each file holds 1 where tissue is and 0 elsewhere") {
  const Workplace place(1);
  TileJobOptions options = place.tile_options();
  options.saving.masks = true;
  cut_tiles(options);
  const TileTable table = table_of(place.folder(0));

  // The tissue is the rectangle 100, 150, 400, 300; its border is blurred by JPEG.
  std::size_t checked = 0;
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const Rect& rect = table.rows[i].rect;
    const std::string path = column_of(table, "mask_path")[i];
    CHECK(contains(path, "masks/x"));
    const Image mask = image_of(place.folder(0), path);
    REQUIRE(mask.size() == Size{128, 128});
    for (std::int64_t y = 0; y < 128; y += 16) {
      for (std::int64_t x = 0; x < 128; x += 16) {
        const Rect at{rect.x + x, rect.y + y, 1, 1};
        const bool is_inside = intersect(at, {110, 160, 380, 280}) == at;
        const bool is_outside = !(intersect(at, {90, 140, 420, 320}) == at);
        if (!is_inside && !is_outside) continue;
        CHECK(int{mask.row(y)[3 * x]} == (is_inside ? 1 : 0));
        ++checked;
      }
    }
  }
  CHECK(checked > 100);
}

TEST_CASE("saving: what cannot go together is refused with a sentence") {
  const auto message = [](const std::function<void(TileJobOptions&)>& change) {
    TileJobOptions options;
    change(options);
    const auto error = error_of([&] { validate(options); });
    REQUIRE(error);
    CHECK(error->kind() == ErrorKind::usage);
    return std::string(error->what());
  };
  CHECK(message([](TileJobOptions& options) {
          options.saving.save = SaveTiles::none;
          options.saving.masks = true;
        }) == "--masks writes images, and --save none writes none");
  CHECK(message([](TileJobOptions& options) {
          options.saving.save = SaveTiles::none;
          options.stain.separate = true;
        }) == "--stain-separate writes images, and --save none writes none");
  CHECK(message([](TileJobOptions& options) { options.stain.target = "a.png"; }) ==
        "--stain-target needs --stain-normalize");
  CHECK(message([](TileJobOptions& options) {
          options.stain.normalize = StainMethod::reinhard;
          options.stain.separate = true;
        }) ==
        "--stain-separate needs stains, and --stain-normalize reinhard knows none; take macenko or "
        "vahadane");
  CHECK(message([](TileJobOptions& options) { options.rois.outside = true; }) ==
        "--outside-rois and --roi-labels need --rois");
  CHECK(message([](TileJobOptions& options) { options.rois.labels = {"Tumor"}; }) ==
        "--outside-rois and --roi-labels need --rois");
  CHECK(message([](TileJobOptions& options) { options.saving.image.compression = 10; }) ==
        "--compression must lie in [1, 9], got 10");
}
