#pragma once
/// Classes of tiles from regions that people drew, one GeoJSON a slide.

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "histo/geometry.hpp"
#include "histo/regions.hpp"

namespace histo {

/// Whether the point lies inside the outline and in none of the holes, by the even-odd rule.
bool contains(const Polygon& polygon, const Point& point);

/// The regions of a folder's files SLIDE.geojson. A tile is of a region's class where its centre
/// lies in the region.
class RegionLabels {
 public:
  /// Throws Error(input) for a folder without such files, a file that cannot be read, and where no
  /// region has a class.
  explicit RegionLabels(const std::filesystem::path& folder);

  /// Of all regions, sorted, none twice.
  const std::vector<std::string>& classes() const { return classes_; }
  bool knows(const std::string& slide) const { return slides_.count(slide) > 0; }

  /// The class of each tile; empty where no region is, and where regions of several classes are,
  /// which `contested` counts. Remembers which regions had a tile.
  std::vector<std::string> of_tiles(const std::string& slide, const std::vector<Rect>& tiles);

  std::size_t contested() const { return contested_; }
  std::size_t without_class() const { return without_class_; }  ///< regions left out

  /// After all tiles of all slides have been asked for. "SLIDE: region 3, tumour".
  std::vector<std::string> regions_without_tiles(const std::vector<std::string>& slides) const;
  /// Slides with a file that are not among these.
  std::vector<std::string> unknown_slides(const std::vector<std::string>& slides) const;

 private:
  struct Region {
    RegionOfInterest region;
    std::size_t number = 0;  ///< in its file, from 1
    double left = 0.0;       ///< the box around it
    double top = 0.0;
    double right = 0.0;
    double bottom = 0.0;
    bool has_tile = false;
  };
  static Region boxed(RegionOfInterest region, std::size_t number);

  std::map<std::string, std::vector<Region>> slides_;
  std::vector<std::string> classes_;
  std::size_t contested_ = 0;
  std::size_t without_class_ = 0;
};

}  // namespace histo
