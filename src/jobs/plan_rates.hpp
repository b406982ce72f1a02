#pragma once
/// How many tiles and bytes a slide will give, by those that are done or by what others gave.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "histo/plan_job.hpp"

namespace histo {

/// A slide as its headers show it, on the way into the table.
struct ForecastRow {
  PlanRow row;
  Size tile;       ///< of a tile's image, in its own pixels; empty where the headers were not read
  Size thumbnail;  ///< in pixels
};

/// What the slides of a job are expected to give.
class TileRates {
 public:
  /// By the slides that are done among these, a few of whose folders are looked into; where none
  /// is, by the means of three slides of ours.
  TileRates(const TileJobOptions& options, const std::vector<ForecastRow>& rows);

  /// Fills in what the slide's tiles, table and thumbnails will be.
  void expect(ForecastRow& slide) const;

  /// Where the numbers come from.
  std::string basis() const;

 private:
  void measure(const std::vector<ForecastRow>& rows);
  double bytes_of_tile(Size tile) const;

  const TileJobOptions& options_;
  double share_ = 0.0;         // of the grid's tiles that are kept
  std::size_t slides_ = 0;     // that are done, and so were counted
  double tile_bytes_ = 0.0;    // of all that grows with the tiles, where it was measured
  double slide_bytes_ = 0.0;   // and of all that does not
  std::size_t looked_at_ = 0;  // slides whose bytes were counted
};

/// Bytes of a feature file.
std::uintmax_t bytes_of_features(std::size_t tiles, std::size_t dim);

}  // namespace histo
