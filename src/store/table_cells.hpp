#pragma once
/// The cells that metadata.csv and clusters.csv share: a tile's place and its path.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "histo/tile_table.hpp"

#include "core/csv.hpp"

namespace histo {

/// The names of the columns that every table of tiles begins with.
std::vector<std::string> tile_columns();
/// The row's cells, in the order of `tile_columns`.
std::vector<std::string> tile_cells(const TileRow& row);

/// Reads cells of a table; all errors are Error(input) that name the table, the line and the
/// column.
class TileCells {
 public:
  /// Throws Error(input) where a column of `tile_columns` is missing.
  explicit TileCells(const CsvTable& table);

  /// The row's place and path; `more` stays empty.
  TileRow tile(std::size_t row) const;
  /// The columns that are none of `tile_columns`, in the order of the file.
  std::vector<std::size_t> further() const;
  /// A whole number that a double can hold, so that sums of a few never overflow.
  std::int64_t integer(std::size_t row, std::size_t column) const;
  [[noreturn]] void fail(std::size_t row, std::size_t column, const std::string& what) const;

 private:
  const CsvTable& table_;
  std::size_t x_;
  std::size_t y_;
  std::size_t width_;
  std::size_t height_;
  std::size_t path_;
};

}  // namespace histo
