#include "histo/tile_table.hpp"

#include <algorithm>
#include <utility>

#include "histo/error.hpp"

#include "core/csv.hpp"
#include "core/files.hpp"
#include "store/table_cells.hpp"

namespace histo {

void write_tile_table(const std::filesystem::path& file, const TileTable& table) {
  std::vector<std::string> header = tile_columns();
  header.insert(header.end(), table.columns.begin(), table.columns.end());
  std::string text = csv_line(header);
  for (const TileRow& row : table.rows) {
    if (row.more.size() != table.columns.size()) {
      throw Error(ErrorKind::internal, file.string() + ": a tile has " +
                                           std::to_string(row.more.size()) +
                                           " further cells, and the table has " +
                                           std::to_string(table.columns.size()) + " such columns");
    }
    std::vector<std::string> cells = tile_cells(row);
    cells.insert(cells.end(), row.more.begin(), row.more.end());
    text += csv_line(cells);
  }
  replace_file(file, text);
}

TileTable read_tile_table(const std::filesystem::path& file) {
  const CsvTable csv = parse_csv(read_text(file), file.string());
  const TileCells cells(csv);
  TileTable table;
  for (const std::size_t column : cells.further()) table.columns.push_back(csv.header[column]);
  table.rows.reserve(csv.rows.size());
  for (std::size_t row = 0; row < csv.rows.size(); ++row) {
    TileRow tile = cells.tile(row);
    tile.more.reserve(table.columns.size());
    for (const std::size_t column : cells.further()) tile.more.push_back(csv.rows[row][column]);
    table.rows.push_back(std::move(tile));
  }
  return table;
}

std::vector<TileRow> kept_tiles(const TileTable& table) {
  const auto found = std::find(table.columns.begin(), table.columns.end(), outlier_column);
  const auto column = static_cast<std::size_t>(found - table.columns.begin());
  std::vector<TileRow> kept;
  kept.reserve(table.rows.size());
  for (const TileRow& row : table.rows) {
    if (column < row.more.size() && row.more[column] == "1") continue;
    kept.push_back({row.rect, row.path, {}});
  }
  return kept;
}

}  // namespace histo
