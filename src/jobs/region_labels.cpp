#include "jobs/region_labels.hpp"

#include <algorithm>
#include <limits>
#include <set>
#include <system_error>
#include <utility>

#include "histo/error.hpp"

#include "store/geojson.hpp"

namespace histo {

namespace {

namespace fs = std::filesystem;

constexpr const char* ending = ".geojson";

bool lies_in(const Ring& ring, const Point& point) {
  bool inside = false;
  for (std::size_t i = 0; i < ring.size(); ++i) {
    const Point& a = ring[i];
    const Point& b = ring[(i + 1) % ring.size()];
    if ((a.y > point.y) == (b.y > point.y)) continue;
    if (point.x < a.x + (b.x - a.x) * ((point.y - a.y) / (b.y - a.y))) inside = !inside;
  }
  return inside;
}

Point centre_of(const Rect& tile) {
  return {static_cast<double>(tile.x) + 0.5 * static_cast<double>(tile.width),
          static_cast<double>(tile.y) + 0.5 * static_cast<double>(tile.height)};
}

std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  fs::directory_iterator entries(folder, error);
  for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
    if (entries->path().extension() == ending) files.push_back(entries->path());
  }
  if (error) {
    throw Error(ErrorKind::input, folder.string() + ": cannot be read: " + error.message());
  }
  if (files.empty()) {
    throw Error(ErrorKind::input,
                folder.string() + ": has no file SLIDE.geojson, as QuPath exports annotations");
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

bool contains(const Polygon& polygon, const Point& point) {
  return lies_in(polygon.outline, point) &&
         std::none_of(polygon.holes.begin(), polygon.holes.end(),
                      [&point](const Ring& hole) { return lies_in(hole, point); });
}

RegionLabels::RegionLabels(const fs::path& folder) {
  std::set<std::string> classes;
  for (const fs::path& file : files_in(folder)) {
    std::vector<Region>& regions = slides_[file.stem().string()];
    std::size_t number = 0;
    for (RegionOfInterest& region : read_geojson(file).regions) {
      ++number;
      if (region.label.empty()) {
        ++without_class_;
        continue;
      }
      classes.insert(region.label);
      regions.push_back(boxed(std::move(region), number));
    }
  }
  classes_.assign(classes.begin(), classes.end());
  if (!classes_.empty()) return;
  throw Error(
      ErrorKind::input,
      folder.string() + ": no region has a class; in QuPath, 'Set classification' gives one");
}

RegionLabels::Region RegionLabels::boxed(RegionOfInterest region, std::size_t number) {
  constexpr double beyond = std::numeric_limits<double>::infinity();
  Region result{std::move(region), number, beyond, beyond, -beyond, -beyond, false};
  for (const Polygon& polygon : result.region.polygons) {
    for (const Point& point : polygon.outline) {
      result.left = std::min(result.left, point.x);
      result.top = std::min(result.top, point.y);
      result.right = std::max(result.right, point.x);
      result.bottom = std::max(result.bottom, point.y);
    }
  }
  return result;
}

std::vector<std::string> RegionLabels::of_tiles(const std::string& slide,
                                                const std::vector<Rect>& tiles) {
  std::vector<std::string> names(tiles.size());
  const auto found = slides_.find(slide);
  if (found == slides_.end()) return names;
  for (std::size_t i = 0; i < tiles.size(); ++i) {
    const Point centre = centre_of(tiles[i]);
    bool contested = false;
    for (Region& region : found->second) {
      if (centre.x < region.left || centre.x > region.right || centre.y < region.top ||
          centre.y > region.bottom)
        continue;
      const std::vector<Polygon>& polygons = region.region.polygons;
      if (std::none_of(polygons.begin(), polygons.end(),
                       [&centre](const Polygon& polygon) { return contains(polygon, centre); }))
        continue;
      region.has_tile = true;
      contested = contested || (!names[i].empty() && names[i] != region.region.label);
      names[i] = region.region.label;
    }
    if (!contested) continue;
    names[i].clear();
    ++contested_;
  }
  return names;
}

std::vector<std::string> RegionLabels::regions_without_tiles(
    const std::vector<std::string>& slides) const {
  std::vector<std::string> result;
  for (const std::string& slide : slides) {
    const auto found = slides_.find(slide);
    if (found == slides_.end()) continue;
    for (const Region& region : found->second) {
      if (region.has_tile) continue;
      result.push_back(slide + ": region " + std::to_string(region.number) + ", " +
                       region.region.label);
    }
  }
  return result;
}

std::vector<std::string> RegionLabels::unknown_slides(
    const std::vector<std::string>& slides) const {
  const std::set<std::string> known(slides.begin(), slides.end());
  std::vector<std::string> result;
  for (const auto& [slide, regions] : slides_) {
    if (known.count(slide) == 0) result.push_back(slide);
  }
  return result;
}

}  // namespace histo
