#pragma once
/// The tiles with the highest and the lowest scores of a job.

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "histo/image.hpp"
#include "histo/tile_table.hpp"

#include "jobs/heatmap_slide.hpp"

namespace histo {

class ExtremeTiles {
 public:
  /// `count` of each.
  explicit ExtremeTiles(std::size_t count) : count_(count) {}

  /// Equal scores: slides in the order in which they come, tiles in that of the slide.
  void add(const HeatmapSlide& slide);

  bool empty() const { return highest_.empty(); }
  /// top.csv: which, rank, slide, x, y, w, h, score.
  std::string table() const;

  /// The sheet of their images; `missing` gets a sentence for each that cannot be read. No picture
  /// where that is none of them.
  Image sheet(const std::string& title, std::size_t threads,
              std::vector<std::string>& missing) const;

 private:
  struct Entry {
    std::filesystem::path folder;
    TileRow tile;
    double score = 0.0;
  };

  std::size_t count_;
  std::vector<Entry> highest_;
  std::vector<Entry> lowest_;
};

}  // namespace histo
