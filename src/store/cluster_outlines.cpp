#include "store/cluster_outlines.hpp"

#include <cmath>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "histo/error.hpp"

#include "core/file_writer.hpp"
#include "core/text.hpp"

namespace histo {

namespace {

// In the order in which it is put together, which people read more easily.
using Json = nlohmann::ordered_json;

/// 512 rather than 512.0: half of the file are coordinates.
std::int64_t whole(double coordinate) {
  // Larger than any slide, and exact in both types.
  constexpr double farthest = 1e15;
  if (std::abs(coordinate) <= farthest && coordinate == std::floor(coordinate)) {
    return static_cast<std::int64_t>(coordinate);
  }
  throw Error(ErrorKind::internal, "write_cluster_outlines was given a coordinate of " +
                                       number(coordinate) + " pixels, no whole number");
}

/// GeoJSON repeats the first point of a ring at its end.
Json json_of(const Ring& ring) {
  Json points = Json::array();
  for (const Point& point : ring) points.push_back({whole(point.x), whole(point.y)});
  if (!ring.empty()) points.push_back(points.front());
  return points;
}

Json json_of(const Polygon& polygon) {
  Json rings = Json::array();
  rings.push_back(json_of(polygon.outline));
  for (const Ring& hole : polygon.holes) rings.push_back(json_of(hole));
  return rings;
}

Json geometry_of(const std::vector<Polygon>& polygons) {
  Json coordinates = Json::array();
  for (const Polygon& polygon : polygons) coordinates.push_back(json_of(polygon));
  return {{"type", "MultiPolygon"}, {"coordinates", std::move(coordinates)}};
}

Json annotation(const std::string& name, const std::array<std::uint8_t, 3>& colour,
                const std::vector<Polygon>& polygons) {
  Json feature;
  feature["type"] = "Feature";
  feature["geometry"] = geometry_of(polygons);
  Json& properties = feature["properties"];
  properties["objectType"] = "annotation";
  properties["name"] = name;
  properties["classification"] = {{"name", name}, {"color", colour}};
  // Or a click into the picture would move it.
  properties["isLocked"] = true;
  return feature;
}

double share_of(std::size_t part, std::size_t whole) {
  return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

Json json_of(const ClusterOutline& outline, std::size_t tiles) {
  Json feature =
      annotation("cluster " + std::to_string(outline.label), outline.colour, outline.polygons);
  feature["properties"]["measurements"] = {{"tiles", outline.tiles},
                                           {"share", share_of(outline.tiles, tiles)}};
  return feature;
}

Json json_of(const LabelOutline& outline, std::size_t tiles) {
  Json feature = annotation(outline.name, outline.colour, outline.polygons);
  Json& measurements = feature["properties"]["measurements"];
  measurements = {{"tiles", outline.tiles}, {"share", share_of(outline.tiles, tiles)}};
  if (outline.confidence) measurements["confidence"] = *outline.confidence;
  if (outline.lowest_confidence) measurements["lowest confidence"] = *outline.lowest_confidence;
  return feature;
}

Json json_of(const ScoredTile& tile, const std::string& name) {
  const Rect& rect = tile.rect;
  const std::int64_t right = rect.x + rect.width;
  const std::int64_t bottom = rect.y + rect.height;
  Json ring = Json::array();
  for (const auto& [x, y] : {std::pair{rect.x, rect.y},
                             {right, rect.y},
                             {right, bottom},
                             {rect.x, bottom},
                             {rect.x, rect.y}}) {
    ring.push_back({x, y});
  }
  Json feature;
  feature["type"] = "Feature";
  feature["geometry"] = {{"type", "Polygon"}, {"coordinates", Json::array({std::move(ring)})}};
  Json& properties = feature["properties"];
  properties["objectType"] = "tile";
  properties["color"] = tile.colour;
  properties["measurements"] = {{name, tile.score}};
  return feature;
}

/// A feature a line, so that a text tool finds one.
class Collection {
 public:
  explicit Collection(const std::filesystem::path& file) : writer_(file) {
    writer_.write("{\"type\":\"FeatureCollection\",\"features\":[");
  }

  void add(const Json& feature) {
    writer_.write(separator_ + feature.dump(-1, ' ', false, Json::error_handler_t::replace));
    separator_ = ",\n";
  }

  void commit() {
    writer_.write("\n]}\n");
    writer_.commit();
  }

 private:
  FileWriter writer_;
  std::string separator_ = "\n";
};

}  // namespace

void write_cluster_outlines(const std::filesystem::path& file,
                            const std::vector<ClusterOutline>& outlines) {
  std::size_t tiles = 0;
  for (const ClusterOutline& outline : outlines) tiles += outline.tiles;
  Collection collection(file);
  for (const ClusterOutline& outline : outlines) {
    if (!outline.polygons.empty()) collection.add(json_of(outline, tiles));
  }
  collection.commit();
}

void write_label_outlines(const std::filesystem::path& file,
                          const std::vector<LabelOutline>& outlines, std::size_t tiles) {
  Collection collection(file);
  for (const LabelOutline& outline : outlines) {
    if (!outline.polygons.empty()) collection.add(json_of(outline, tiles));
  }
  collection.commit();
}

void write_scored_tiles(const std::filesystem::path& file, const std::string& name,
                        const std::vector<ScoredTile>& tiles) {
  Collection collection(file);
  for (const ScoredTile& tile : tiles) collection.add(json_of(tile, name));
  collection.commit();
}

}  // namespace histo
