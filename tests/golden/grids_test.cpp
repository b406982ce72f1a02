// Which tiles are kept, against HistoPrep 2.0.5's own answers on real slides.
// tests/parity/histoprep_grids.py wrote the table.

#include <map>

#include "histo/jobs.hpp"

#include "core/csv.hpp"
#include "core/files.hpp"
#include "core/fingerprint.hpp"
#include "support/catch.hpp"

using namespace histo;
using histo::test::shared_file;

namespace {

std::string digest(const std::vector<Rect>& tiles) {
  std::string text;
  for (const Rect& tile : tiles) {
    text += std::to_string(tile.x) + "," + std::to_string(tile.y) + "," +
            std::to_string(tile.width) + "," + std::to_string(tile.height) + "\n";
  }
  return sha256(text).substr(0, 16);
}

struct Found {
  Tissue tissue;
  explicit Found(const std::filesystem::path& file) {
    const Slide slide(file);
    const TissueOptions options;
    tissue = detect_tissue(slide.read_level(slide.level_within(options.max_dimension)),
                           slide.size(), options);
  }
};

}  // namespace

TEST_CASE("golden: the tiles kept on real slides are HistoPrep's") {
  const auto data = shared_file("data");
  SKIP_WITHOUT(data, "slides");
  const CsvTable table = parse_csv(
      read_text(std::filesystem::path(HISTO_GOLDEN_DIR) / "histoprep_grids.csv"), "table");
  std::map<std::string, Found> slides;
  std::size_t compared = 0;

  for (const std::vector<std::string>& row : table.rows) {
    const auto cell = [&](const char* name) { return row[table.column(name)]; };
    const Tissue& tissue =
        slides.try_emplace(cell("slide"), *data / cell("slide")).first->second.tissue;
    TilingOptions options;
    options.width = std::stoll(cell("width"));
    options.overlap = std::stod(cell("overlap"));
    options.in_bounds = cell("in_bounds") == "1";

    const std::vector<Rect> tiles = tissue_tiles(tissue, options);

    INFO(cell("slide") << " width " << options.width << " overlap " << options.overlap
                       << " in bounds " << options.in_bounds);
    CHECK(tissue.threshold == std::stoi(cell("threshold")));
    // With in-bounds tiles and an overlap HistoPrep lets some tiles leave the slide;
    // docs/parity.md.
    CHECK(tiles.size() == std::stoull(cell("tiles_inside")));
    CHECK(digest(tiles) == cell("digest_inside"));
    compared += tiles.size();
  }
  CHECK(compared > 30000);
}
