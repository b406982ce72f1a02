#include "jobs/sheet_tiles.hpp"

#include <algorithm>
#include <memory>
#include <numeric>
#include <optional>
#include <tuple>
#include <utility>

#include "histo/error.hpp"
#include "histo/picture.hpp"

#include "core/ordered_map.hpp"
#include "jobs/stored_tiles.hpp"

namespace histo {

namespace {

/// A tile for the sheet, or why there is none.
struct Cell {
  std::size_t index = 0;  ///< of its place
  Image tile;
  std::string missing;
};

/// Reads tiles of many slides and keeps the last slide open.
class Reader {
 public:
  explicit Reader(const std::vector<SlideTiles>& slides) : slides_(slides) {}

  Cell read(std::size_t index, const TilePlace& place) {
    Cell cell{index, {}, {}};
    const SlideTiles& slide = slides_[place.slide];
    try {
      if (!open_ || place.slide != opened_) {
        open_.emplace(slide.folder, slide.tiles);
        opened_ = place.slide;
      }
      cell.tile = contact_sheet_tile(open_->read(slide.tiles[place.tile]));
    } catch (const Error& error) {
      cell.missing = error.what();
    }
    return cell;
  }

 private:
  const std::vector<SlideTiles>& slides_;
  std::size_t opened_ = 0;
  std::optional<StoredTiles> open_;
};

}  // namespace

SheetTiles read_sheet_tiles(const std::vector<SlideTiles>& slides,
                            const std::vector<TilePlace>& places, std::size_t threads) {
  std::vector<std::size_t> order(places.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&places](std::size_t a, std::size_t b) {
    return std::tie(places[a].slide, places[a].tile) < std::tie(places[b].slide, places[b].tile);
  });
  SheetTiles result;
  result.tiles.resize(places.size());
  std::size_t next = 0;
  const auto source = [&]() -> std::optional<std::size_t> {
    if (next == order.size()) return std::nullopt;
    return order[next++];
  };
  const auto make_worker = [&] {
    return [&places, reader = std::make_shared<Reader>(slides)](std::size_t index) {
      return reader->read(index, places[index]);
    };
  };
  const auto sink = [&](Cell&& cell) {
    if (!cell.missing.empty()) result.missing.push_back(std::move(cell.missing));
    result.tiles[cell.index] = std::move(cell.tile);
  };
  ordered_map(threads, source, make_worker, sink);
  return result;
}

std::vector<Image> without_empty(std::vector<Image> tiles) {
  tiles.erase(
      std::remove_if(tiles.begin(), tiles.end(), [](const Image& tile) { return tile.empty(); }),
      tiles.end());
  return tiles;
}

}  // namespace histo
