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
  Rect rect;  ///< level-0 pixels
  /// Of the tile's image: relative to the slide's folder, or absolute; a member of the slide's
  /// tiles.tar as "tiles.tar/x0_y0_w512_h512.png"; empty where no image was saved.
  std::string path;
  std::vector<std::string> more = {};  ///< one cell for each of the table's further columns
};

/// The tiles of one slide, row by row from the top left.
struct TileTable {
  /// The names of the columns after x, y, w, h and path, such as "mask_path" and HistoPrep's
  /// metrics. Their cells are texts, kept as they are.
  std::vector<std::string> columns;
  std::vector<TileRow> rows;
};

/// Columns x, y, w, h, path in this order, then `table.columns`; UTF-8, RFC 4180 quoting, "\n".
/// Written beside the target and renamed into place. Throws Error(output), Error(internal) for a
/// row whose further cells are not as many as the columns.
void write_tile_table(const std::filesystem::path& file, const TileTable& table);

/// Reads what `write_tile_table` or HistoPrep wrote; x, y, w, h and path may stand anywhere, all
/// other columns are kept as texts in their order. Throws Error(input) naming the file, the line,
/// the column and what is wrong with it: a place that is no whole number, a tile without pixels, a
/// path that leads, being relative, out of the slide's folder. An empty path is no error here.
TileTable read_tile_table(const std::filesystem::path& file);

/// The column that marks tiles which later steps leave out: "1" there, "0" or nothing elsewhere.
inline constexpr const char* outlier_column = "outlier";

/// The rows that are not marked, without their further cells: what features and clusters are made
/// of.
std::vector<TileRow> kept_tiles(const TileTable& table);

}  // namespace histo
