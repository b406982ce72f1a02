#include "jobs/extreme_tiles.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <iterator>
#include <map>
#include <utility>

#include "histo/picture.hpp"

#include "core/csv.hpp"
#include "core/text.hpp"
#include "jobs/sheet_tiles.hpp"

namespace histo {

namespace {

/// Six digits are enough to look at.
std::string shown(double score) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.6g", score);
  return text.data();
}

}  // namespace

void ExtremeTiles::add(const HeatmapSlide& slide) {
  const auto add_to = [&](std::vector<Entry>& entries, auto before) {
    std::vector<std::size_t> order(slide.scores.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    const std::size_t most = std::min(count_, order.size());
    std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(most), order.end(),
                      [&](std::size_t a, std::size_t b) {
                        if (slide.scores[a] == slide.scores[b]) return a < b;
                        return before(slide.scores[a], slide.scores[b]);
                      });
    for (std::size_t i = 0; i < most; ++i) {
      entries.push_back({slide.folder, slide.tiles[order[i]], slide.scores[order[i]]});
    }
    std::stable_sort(entries.begin(), entries.end(),
                     [&](const Entry& a, const Entry& b) { return before(a.score, b.score); });
    if (entries.size() > count_) entries.resize(count_);
  };
  add_to(highest_, [](double a, double b) { return a > b; });
  add_to(lowest_, [](double a, double b) { return a < b; });
}

std::string ExtremeTiles::table() const {
  std::string text = csv_line({"which", "rank", "slide", "x", "y", "w", "h", "score"});
  for (const auto& [which, entries] :
       {std::pair{"highest", &highest_}, std::pair{"lowest", &lowest_}}) {
    for (std::size_t i = 0; i < entries->size(); ++i) {
      const Entry& entry = (*entries)[i];
      const Rect& rect = entry.tile.rect;
      text += csv_line({which, std::to_string(i + 1), entry.folder.filename().string(),
                        std::to_string(rect.x), std::to_string(rect.y), std::to_string(rect.width),
                        std::to_string(rect.height), number(entry.score)});
    }
  }
  return text;
}

Image ExtremeTiles::sheet(const std::string& title, std::size_t threads,
                          std::vector<std::string>& missing) const {
  std::vector<SlideTiles> slides;
  std::map<std::filesystem::path, std::size_t> places_of_slides;
  std::vector<TilePlace> places;
  std::vector<SheetTile> cells;
  for (const auto* entries : {&highest_, &lowest_}) {
    for (const Entry& entry : *entries) {
      const auto [slide, is_new] = places_of_slides.emplace(entry.folder, slides.size());
      if (is_new) slides.push_back({entry.folder, {}});
      std::vector<TileRow>& tiles = slides[slide->second].tiles;
      places.push_back({slide->second, tiles.size()});
      tiles.push_back(entry.tile);
      cells.push_back(
          {{},
           shown(entry.score),
           entry.folder.filename().string(),
           "x " + std::to_string(entry.tile.rect.x) + ", y " + std::to_string(entry.tile.rect.y)});
    }
  }
  SheetTiles read = read_sheet_tiles(slides, places, threads);
  missing = std::move(read.missing);
  if (missing.size() == places.size()) return {};
  for (std::size_t i = 0; i < cells.size(); ++i) cells[i].image = std::move(read.tiles[i]);
  const auto middle = cells.begin() + static_cast<std::ptrdiff_t>(highest_.size());
  std::vector<SheetTile> lowest(std::make_move_iterator(middle),
                                std::make_move_iterator(cells.end()));
  cells.resize(highest_.size());
  return score_sheet(title, cells, lowest);
}

}  // namespace histo
