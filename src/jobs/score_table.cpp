#include "jobs/score_table.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <set>
#include <system_error>

#include "histo/error.hpp"
#include "histo/score_raster.hpp"

#include "core/csv.hpp"
#include "core/files.hpp"

namespace histo {

namespace {

/// The cells of a table as numbers. Throws Error(input) naming the line and the column.
class Cells {
 public:
  explicit Cells(const CsvTable& table) : table_(table) {}

  template <class Number>
  Number read(std::size_t row, std::size_t column, const char* wanted) const {
    const std::string& text = table_.rows[row][column];
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = error == std::errc() && end == text.data() + text.size();
    if (!whole || !std::isfinite(static_cast<double>(value))) {
      fail(row, "column " + table_.header[column] + ": '" + text + "' is no " + wanted);
    }
    return value;
  }

  [[noreturn]] void fail(std::size_t row, const std::string& what) const {
    throw Error(ErrorKind::input,
                table_.source + ": line " + std::to_string(table_.lines[row]) + ": " + what);
  }

 private:
  const CsvTable& table_;
};

std::string key_of(const std::string& slide, std::int64_t x, std::int64_t y) {
  return slide + " " + std::to_string(x) + " " + std::to_string(y);
}

}  // namespace

ScoreTable::ScoreTable(const std::filesystem::path& file, const std::string& column,
                       Values values) {
  const CsvTable table = parse_csv(read_text(file), file.string());
  const std::size_t slide = table.column("slide");
  const std::size_t x = table.column("x");
  const std::size_t y = table.column("y");
  const std::size_t score = table.column(column);
  const Cells cells(table);
  lowest_ = std::numeric_limits<double>::infinity();
  highest_ = -lowest_;
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    if (table.rows[row][score].empty()) continue;
    const Place place{cells.read<std::int64_t>(row, x, "whole number"),
                      cells.read<std::int64_t>(row, y, "whole number")};
    const auto value = cells.read<double>(row, score, "finite number");
    const std::string& name = table.rows[row][slide];
    if (!slides_[name].emplace(place, value).second) {
      cells.fail(row, "the tile at " + std::to_string(place.first) + ", " +
                          std::to_string(place.second) + " of slide '" + name +
                          "' stands there twice");
    }
    ++size_;
    lowest_ = std::min(lowest_, value);
    highest_ = std::max(highest_, value);
  }
  if (size_ == 0) {
    throw Error(ErrorKind::input, table.source + ": column " + column + ": no line has a score");
  }
  if (values == Values::ranks) replace_by_ranks();
}

void ScoreTable::replace_by_ranks() {
  std::vector<double> scores;
  scores.reserve(size_);
  for (const auto& [slide, places] : slides_) {
    for (const auto& [place, score] : places) scores.push_back(score);
  }
  const std::vector<double> ranks = rank_normalised(scores);
  auto next = ranks.begin();
  for (auto& [slide, places] : slides_) {
    for (auto& [place, score] : places) score = *next++;
  }
  lowest_ = *std::min_element(ranks.begin(), ranks.end());
  highest_ = *std::max_element(ranks.begin(), ranks.end());
}

std::vector<std::string> ScoreTable::unknown_slides(const std::vector<std::string>& slides) const {
  const std::set<std::string> known(slides.begin(), slides.end());
  std::vector<std::string> unknown;
  for (const auto& [slide, places] : slides_) {
    if (known.count(slide) == 0) unknown.push_back(slide);
  }
  return unknown;
}

ScoreTable::Found ScoreTable::of_tiles(const std::string& slide,
                                       const std::vector<TileRow>& tiles) const {
  Found found;
  found.scores.assign(tiles.size(), std::numeric_limits<double>::quiet_NaN());
  const auto places = slides_.find(slide);
  if (places == slides_.end()) return found;
  std::set<Place> there;
  for (std::size_t i = 0; i < tiles.size(); ++i) {
    const Place place{tiles[i].rect.x, tiles[i].rect.y};
    const auto score = places->second.find(place);
    if (score == places->second.end()) continue;
    found.scores[i] = score->second;
    there.insert(place);
  }
  for (const auto& [place, score] : places->second) {
    if (there.count(place) == 0) {
      found.unknown_tiles.push_back(key_of(slide, place.first, place.second));
    }
  }
  return found;
}

}  // namespace histo
