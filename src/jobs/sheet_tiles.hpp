#pragma once
/// Tiles of many slides for a contact sheet.

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "histo/image.hpp"
#include "histo/tile_table.hpp"

namespace histo {

/// One slide and those of its tiles that a job works on.
struct SlideTiles {
  std::filesystem::path folder;
  std::vector<TileRow> tiles;
};

/// One tile of many slides: indices into the slides and into that slide's tiles.
struct TilePlace {
  std::size_t slide = 0;
  std::size_t tile = 0;
};

/// What could be read, and why the rest could not.
struct SheetTiles {
  std::vector<Image> tiles;  ///< as the sheet shows them, in the order of the places; else empty
  std::vector<std::string> missing;  ///< a sentence for each that could not be read
};

/// Reads each slide's tiles one after another, so that no slide is opened more often than there
/// are threads. The tiles do not depend on `threads`, which is at least 1.
SheetTiles read_sheet_tiles(const std::vector<SlideTiles>& slides,
                            const std::vector<TilePlace>& places, std::size_t threads);

/// Without the tiles that could not be read.
std::vector<Image> without_empty(std::vector<Image> tiles);

}  // namespace histo
