#pragma once
/// Slides whose tiles have metrics, for the tests of outliers.

#include <string>
#include <vector>

#include "core/files.hpp"
#include "jobs/tile_checks.hpp"
#include "support/slides.hpp"

namespace histo::test {

/// Two slides with tiles and their metrics; the second one has four tiles of another colour.
struct Measured : Workplace {
  explicit Measured(SaveTiles save = SaveTiles::files) : Workplace(1) {
    Image image = test::tissue_image({700, 640}, {0, 0, 640, 512});
    for (std::int64_t y = 0; y < 256; ++y) {
      for (std::int64_t x = 0; x < 256; ++x) {
        std::uint8_t* pixel = image.row(y) + 3 * x;
        pixel[0] = static_cast<std::uint8_t>(20 + (x + y) % 8);
        pixel[1] = 40;
        pixel[2] = 130;
      }
    }
    test::write_slide(slide(1), image);
    TileJobOptions options = tile_options();
    options.saving.metrics = true;
    options.saving.save = save;
    cut_tiles(options);
  }

  OutlierJobOptions options(std::size_t clusters = 3) const {
    OutlierJobOptions options;
    options.inputs = {output()};
    options.clusters = clusters;
    options.sheet_tiles = 4;
    return options;
  }

  std::vector<std::string> cells(const std::string& column) const {
    std::vector<std::string> all;
    for (int i = 0; i < 2; ++i) {
      for (const std::string& cell : column_of(table_of(folder(i)), column)) all.push_back(cell);
    }
    return all;
  }

  std::string table_text(int index) const { return read_text(folder(index) / "metadata.csv"); }

  /// Replaces the first place of `from` in one slide's table.
  void edit(int index, const std::string& from, const std::string& to) const {
    std::string text = table_text(index);
    const std::size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    replace_file(folder(index) / "metadata.csv", text.replace(at, from.size(), to));
  }
};

}  // namespace histo::test
