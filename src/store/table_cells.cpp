#include "store/table_cells.hpp"

#include <charconv>
#include <filesystem>
#include <system_error>

#include "histo/error.hpp"

namespace histo {

namespace {

/// Whether a relative path leads out of the folder that it starts from.
bool leaves_folder(const std::filesystem::path& path) {
  const std::filesystem::path normal = path.lexically_normal();
  return path.is_relative() && !normal.empty() && *normal.begin() == "..";
}

}  // namespace

std::vector<std::string> tile_columns() { return {"x", "y", "w", "h", "path"}; }

std::vector<std::string> tile_cells(const TileRow& row) {
  return {std::to_string(row.rect.x), std::to_string(row.rect.y), std::to_string(row.rect.width),
          std::to_string(row.rect.height), row.path};
}

TileCells::TileCells(const CsvTable& table)
    : table_(table),
      x_(table.column("x")),
      y_(table.column("y")),
      width_(table.column("w")),
      height_(table.column("h")),
      path_(table.column("path")) {}

TileRow TileCells::tile(std::size_t row) const {
  TileRow tile;
  tile.rect = {integer(row, x_), integer(row, y_), integer(row, width_), integer(row, height_)};
  if (tile.rect.width < 1) fail(row, width_, "must be at least 1");
  if (tile.rect.height < 1) fail(row, height_, "must be at least 1");
  tile.path = table_.rows[row][path_];
  if (tile.path.find('\0') != std::string::npos) fail(row, path_, "holds a NUL");
  if (leaves_folder(tile.path)) fail(row, path_, "leads out of the slide's folder");
  return tile;
}

std::vector<std::size_t> TileCells::further() const {
  std::vector<std::size_t> columns;
  for (std::size_t column = 0; column < table_.header.size(); ++column) {
    const bool known =
        column == x_ || column == y_ || column == width_ || column == height_ || column == path_;
    if (!known) columns.push_back(column);
  }
  return columns;
}

std::int64_t TileCells::integer(std::size_t row, std::size_t column) const {
  constexpr std::int64_t largest = std::int64_t{1} << 53;
  const std::string& text = table_.rows[row][column];
  std::int64_t value = 0;
  const char* const text_end = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), text_end, value);
  const bool whole = end == text_end && error != std::errc::invalid_argument;
  if (!whole) fail(row, column, "is not a whole number");
  const bool in_range = error == std::errc() && -largest <= value && value <= largest;
  if (!in_range) fail(row, column, "is out of range");
  return value;
}

void TileCells::fail(std::size_t row, std::size_t column, const std::string& what) const {
  throw Error(ErrorKind::input, table_.source + ": line " + std::to_string(table_.lines[row]) +
                                    ": column " + table_.header[column] + ": '" +
                                    table_.rows[row][column].c_str() + "' " + what);
}

}  // namespace histo
