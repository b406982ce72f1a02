#include "histo/tile_table.hpp"

#include "core/csv.hpp"
#include "core/files.hpp"
#include "store/table_cells.hpp"

namespace histo {

void write_tile_table(const std::filesystem::path& file, const std::vector<TileRow>& rows) {
  std::string text = csv_line(tile_columns());
  for (const TileRow& row : rows) text += csv_line(tile_cells(row));
  replace_file(file, text);
}

std::vector<TileRow> read_tile_table(const std::filesystem::path& file) {
  const CsvTable table = parse_csv(read_text(file), file.string());
  const TileCells cells(table);
  std::vector<TileRow> rows;
  rows.reserve(table.rows.size());
  for (std::size_t row = 0; row < table.rows.size(); ++row) rows.push_back(cells.tile(row));
  return rows;
}

}  // namespace histo
