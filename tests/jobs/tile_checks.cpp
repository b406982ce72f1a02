#include "jobs/tile_checks.hpp"

#include <algorithm>
#include <cmath>

#include "core/files.hpp"
#include "jobs/stored_tiles.hpp"
#include "store/tile_files.hpp"
#include "support/slides.hpp"

namespace histo::test {

RunReport cut_tiles(const TileJobOptions& options, Listener& listener) {
  return run_tile_job(options, listener, never_stop());
}

RunReport cut_tiles(const TileJobOptions& options) {
  Listener listener;
  return cut_tiles(options, listener);
}

std::string failure_of(const TileJobOptions& options) {
  Listener listener;
  cut_tiles(options, listener);
  if (listener.failures.empty()) return "no slide failed";
  return listener.failures.size() == 1 ? listener.failures.front() : "several failed";
}

TileTable table_of(const std::filesystem::path& folder) {
  return read_tile_table(folder / "metadata.csv");
}

SlideRecord record_of(const std::filesystem::path& folder) {
  return read_slide_record(folder / "properties.json");
}

std::vector<std::string> column_of(const TileTable& table, const std::string& name) {
  const auto found = std::find(table.columns.begin(), table.columns.end(), name);
  if (found == table.columns.end()) return {};
  const auto index = static_cast<std::size_t>(found - table.columns.begin());
  std::vector<std::string> cells;
  for (const TileRow& row : table.rows) cells.push_back(row.more[index]);
  return cells;
}

Image image_of(const std::filesystem::path& folder, const std::string& path) {
  return read_tile(folder, path);
}

std::vector<std::vector<std::uint8_t>> tiles_of(const std::filesystem::path& folder) {
  const std::vector<TileRow> rows = table_of(folder).rows;
  const StoredTiles tiles(folder, rows);
  std::vector<std::vector<std::uint8_t>> all;
  all.reserve(rows.size());
  for (const TileRow& row : rows) all.push_back(tiles.read(row).bytes());
  return all;
}

std::vector<std::string> differing(const Contents& one, const Contents& other) {
  std::vector<std::string> names;
  const auto collect = [&names](const Contents& some, const Contents& others) {
    for (const auto& file : some) {
      if (std::find(others.begin(), others.end(), file) == others.end())
        names.push_back(file.first);
    }
  };
  collect(one, other);
  collect(other, one);
  return names;
}

Image stained_tissue(Size size, const Rect& tissue) {
  constexpr double haematoxylin[] = {0.65, 0.70, 0.29};
  constexpr double eosin[] = {0.07, 0.99, 0.11};
  Image image(size.width, size.height, 243);
  std::uint32_t noise = 1;
  for (std::int64_t y = tissue.y; y < tissue.y + tissue.height; ++y) {
    std::uint8_t* pixel = image.row(y) + 3 * tissue.x;
    for (std::int64_t x = tissue.x; x < tissue.x + tissue.width; ++x, pixel += 3) {
      noise = noise * 1664525U + 1013904223U;
      const double amount = 0.3 + 0.7 * (noise >> 24) / 255.0;
      const bool is_nucleus = (x / 32 + y / 32) % 2 == 0;
      for (int c = 0; c < 3; ++c) {
        const double density = (is_nucleus ? 1.1 : 0.1) * amount * haematoxylin[c] +
                               (is_nucleus ? 0.1 : 0.9) * amount * eosin[c];
        pixel[c] = static_cast<std::uint8_t>(std::lround(243.0 * std::exp(-density)));
      }
    }
  }
  return image;
}

Image disc_image(Size size, const std::vector<Disc>& discs, std::int64_t radius) {
  Image image(size.width, size.height, 242);
  for (const Disc& disc : discs) {
    for (std::int64_t y = disc.y - radius; y <= disc.y + radius; ++y) {
      for (std::int64_t x = disc.x - radius; x <= disc.x + radius; ++x) {
        const std::int64_t away = (x - disc.x) * (x - disc.x) + (y - disc.y) * (y - disc.y);
        if (away > radius * radius) continue;
        std::uint8_t* pixel = image.row(y) + 3 * x;
        pixel[0] = 160;
        pixel[1] = 90;
        pixel[2] = static_cast<std::uint8_t>(150 + (x * 7 + y * 13) % 32);
      }
    }
  }
  return image;
}

void write_stated_slide(const std::filesystem::path& file, const Image& image,
                        const std::string& mpp) {
  SlideLayout layout;
  layout.levels = 3;
  layout.description = "Aperio Image Library v11\n1x1|AppMag = 20|MPP = " + mpp;
  write_slide(file, image, layout);
}

}  // namespace histo::test
