#pragma once
/// Scores of tiles by slide and place, from a CSV.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "histo/geometry.hpp"
#include "histo/tile_table.hpp"

namespace histo {

class ScoreTable {
 public:
  enum class Values { as_they_are, ranks };

  /// Columns slide, x, y and `column`; a line whose score is empty is left out. `ranks` puts
  /// (0, 1] in the place of scores. Throws Error(input) naming the file and the line: a score that
  /// is no finite number, a tile twice; and where there is no score at all.
  ScoreTable(const std::filesystem::path& file, const std::string& column, Values values);

  std::size_t size() const { return size_; }
  double lowest() const { return lowest_; }
  double highest() const { return highest_; }
  bool knows(const std::string& slide) const { return slides_.count(slide) > 0; }
  /// Slides of the table that are none of these, sorted.
  std::vector<std::string> unknown_slides(const std::vector<std::string>& slides) const;

  /// The score of each tile, NaN where there is none, and the places of the table that are no
  /// tile's: "slide x y". Any thread.
  struct Found {
    std::vector<double> scores;
    std::vector<std::string> unknown_tiles;
  };
  Found of_tiles(const std::string& slide, const std::vector<TileRow>& tiles) const;

 private:
  using Place = std::pair<std::int64_t, std::int64_t>;

  void replace_by_ranks();

  std::map<std::string, std::map<Place, double>> slides_;
  std::size_t size_ = 0;
  double lowest_ = 0.0;
  double highest_ = 0.0;
};

}  // namespace histo
