#pragma once
/// spots.csv: the spots of one tissue microarray.

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "histo/geometry.hpp"

namespace histo {

struct SpotRow {
  std::string name;        ///< "spot_7", "spot_7-1"
  std::size_t number = 0;  ///< of its place, from 1, row by row from the top left
  std::size_t row = 0;     ///< of the array, from 1
  std::size_t column = 0;  ///< of the array, from 1
  Rect rect;               ///< level-0 pixels
  std::string path;        ///< of its image, relative to the slide's folder
};

/// Columns name, number, row, column, x, y, w, h, path, and a line for each spot, by its number.
/// Written beside the target and renamed into place. Throws Error(output).
void write_spot_table(const std::filesystem::path& file, std::vector<SpotRow> rows);

}  // namespace histo
