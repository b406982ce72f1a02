#include "store/spot_table.hpp"

#include <algorithm>

#include "core/csv.hpp"
#include "core/files.hpp"

namespace histo {

void write_spot_table(const std::filesystem::path& file, std::vector<SpotRow> rows) {
  std::stable_sort(rows.begin(), rows.end(),
                   [](const SpotRow& a, const SpotRow& b) { return a.number < b.number; });
  std::string text = csv_line({"name", "number", "row", "column", "x", "y", "w", "h", "path"});
  for (const SpotRow& row : rows) {
    text += csv_line({row.name, std::to_string(row.number), std::to_string(row.row),
                      std::to_string(row.column), std::to_string(row.rect.x),
                      std::to_string(row.rect.y), std::to_string(row.rect.width),
                      std::to_string(row.rect.height), row.path});
  }
  replace_file(file, text);
}

}  // namespace histo
