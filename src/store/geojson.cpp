#include "store/geojson.hpp"

#include <cmath>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "histo/error.hpp"

#include "core/files.hpp"
#include "core/text.hpp"

namespace histo {

namespace {

using nlohmann::json;

constexpr std::uintmax_t most_bytes = std::uintmax_t{32} << 20;
constexpr int most_nested = 8;    // collections of geometries within each other
constexpr double farthest = 1e9;  // pixels; the largest slides have about a million
constexpr std::size_t least_points = 3;

// The library's sentence without its "[json.exception.parse_error.101] " in front.
std::string without_tag(const std::string& what) {
  const std::size_t end = what.find("] ");
  return end == std::string::npos ? what : what.substr(end + 2);
}

std::string text_or_nothing(const json& value) {
  return value.is_string() ? value.get<std::string>() : std::string();
}

class Reader {
 public:
  explicit Reader(const std::filesystem::path& file) : file_(file.string()) {}

  GeoJson read(const json& root) {
    if (root.is_array()) {
      read_features(root);
    } else if (text_or_nothing(member(root, "type")) == "FeatureCollection") {
      const json& features = member(root, "features");
      if (!features.is_array()) fail("a FeatureCollection without a list of features");
      read_features(features);
    } else {
      read_feature(root);
    }
    return std::move(found_);
  }

 private:
  /// A member of an object, or null.
  const json& member(const json& object, const char* key) const {
    if (!object.is_object()) return nothing_;
    const auto found = object.find(key);
    return found == object.end() ? nothing_ : *found;
  }

  [[noreturn]] void fail(const std::string& what) const {
    const std::string place = index_ == 0 ? "" : "feature " + std::to_string(index_) + ": ";
    throw Error(ErrorKind::input, file_ + ": " + place + what);
  }

  void read_features(const json& features) {
    for (const json& feature : features) {
      ++index_;
      read_feature(feature);
    }
  }

  /// "Tumor", or "Tumor: Positive" where QuPath writes the parts of a name as a list.
  std::string label_of(const json& feature) const {
    const json& classification = member(member(feature, "properties"), "classification");
    if (classification.is_string()) return classification.get<std::string>();
    const json& names = member(classification, "names");
    if (!names.is_array()) return text_or_nothing(member(classification, "name"));
    std::string label;
    for (const json& name : names) label += (label.empty() ? "" : ": ") + text_or_nothing(name);
    return label;
  }

  /// A feature or a bare geometry.
  void read_feature(const json& feature) {
    if (!feature.is_object()) {
      fail(std::string("must be an object of GeoJSON, got ") + feature.type_name());
    }
    const bool bare = text_or_nothing(member(feature, "type")) != "Feature";
    RegionOfInterest region;
    if (!bare) region.label = label_of(feature);
    const json& geometry = bare ? feature : member(feature, "geometry");
    if (!geometry.is_null()) read_geometry(geometry, 0, region.polygons);
    if (region.polygons.empty()) {
      ++found_.skipped;
    } else {
      found_.regions.push_back(std::move(region));
    }
  }

  void read_geometry(const json& geometry, int depth, std::vector<Polygon>& polygons) const {
    const json& name = member(geometry, "type");
    if (!name.is_string()) fail("a geometry without a type");
    const auto type = name.get<std::string>();
    if (type == "Polygon") {
      read_polygon(member(geometry, "coordinates"), polygons);
    } else if (type == "MultiPolygon") {
      for (const json& polygon : list(member(geometry, "coordinates"), "polygons")) {
        read_polygon(polygon, polygons);
      }
    } else if (type == "GeometryCollection") {
      if (depth == most_nested) {
        fail("more than " + std::to_string(most_nested) + " geometries within each other");
      }
      for (const json& part : list(member(geometry, "geometries"), "geometries")) {
        read_geometry(part, depth + 1, polygons);
      }
    } else if (type != "Point" && type != "MultiPoint" && type != "LineString" &&
               type != "MultiLineString") {
      fail("geometry of the type \"" + type + "\", which is not known");
    }
  }

  const json& list(const json& value, const std::string& what) const {
    if (!value.is_array()) fail("the " + what + " must be a list, got " + value.type_name());
    return value;
  }

  void read_polygon(const json& rings, std::vector<Polygon>& polygons) const {
    Polygon polygon;
    for (const json& ring : list(rings, "rings of a polygon")) {
      (polygon.outline.empty() ? polygon.outline : polygon.holes.emplace_back()) = ring_of(ring);
    }
    if (!polygon.outline.empty()) polygons.push_back(std::move(polygon));
  }

  Ring ring_of(const json& positions) const {
    Ring ring;
    ring.reserve(list(positions, "points of a ring").size());
    for (const json& position : positions) {
      if (list(position, "coordinates of a point").size() < 2) {
        fail("a point needs 2 coordinates, got " + std::to_string(position.size()));
      }
      ring.push_back({coordinate(position[0]), coordinate(position[1])});
    }
    if (ring.size() > 1 && ring.front().x == ring.back().x && ring.front().y == ring.back().y) {
      ring.pop_back();
    }
    if (ring.size() < least_points) {
      fail("a ring needs 3 points, got " + std::to_string(ring.size()));
    }
    return ring;
  }

  double coordinate(const json& value) const {
    if (!value.is_number()) {
      fail(std::string("a coordinate must be a number, got ") + value.type_name());
    }
    const auto found = value.get<double>();
    if (!(std::abs(found) <= farthest)) {
      fail("a coordinate of " + number(found) + " pixels, where no slide is");
    }
    return found;
  }

  const json nothing_;
  std::string file_;
  std::size_t index_ = 0;  // of the feature, from 1; 0 where the file is not a list of them
  GeoJson found_;
};

json parse(const std::filesystem::path& file) {
  std::error_code unknown;
  const std::uintmax_t bytes = std::filesystem::file_size(file, unknown);
  if (!unknown && bytes > most_bytes) {
    throw Error(ErrorKind::input, file.string() + ": " + std::to_string(bytes >> 20) +
                                      " MB of GeoJSON, at most 32 are read; export the "
                                      "annotations without detected cells");
  }
  try {
    return json::parse(read_text(file));
  } catch (const json::exception& error) {
    throw Error(ErrorKind::input, file.string() + ": not JSON: " + without_tag(error.what()));
  }
}

}  // namespace

GeoJson read_geojson(const std::filesystem::path& file) { return Reader(file).read(parse(file)); }

}  // namespace histo
