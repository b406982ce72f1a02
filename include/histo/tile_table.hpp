#pragma once
/// metadata.csv: the tiles of one slide. Its presence says that the slide is finished, so it is
/// written last.

#include <filesystem>
#include <string>
#include <vector>

#include "histo/geometry.hpp"

namespace histo {

/// A tile after it has been read.
struct TileRow {
  Rect rect;         ///< level-0 pixels
  std::string path;  ///< relative to the slide's folder, or absolute
};

/// Columns x, y, w, h, path in this order; UTF-8, RFC 4180 quoting, "\n". Written beside the target
/// and renamed into place. Throws Error(output).
void write_tile_table(const std::filesystem::path& file, const std::vector<TileRow>& rows);

/// Reads what `write_tile_table` or HistoPrep wrote; other columns are ignored, columns may stand
/// in any order. Throws Error(input) naming the file, the line, the column and what is wrong with
/// it: a place that is no whole number, a tile without pixels, a path that is empty or that leads,
/// being relative, out of the slide's folder.
std::vector<TileRow> read_tile_table(const std::filesystem::path& file);

}  // namespace histo
