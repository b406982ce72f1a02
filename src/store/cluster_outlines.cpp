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

Json json_of(const ClusterOutline& outline, std::size_t tiles) {
  const std::string name = "cluster " + std::to_string(outline.label);
  Json polygons = Json::array();
  for (const Polygon& polygon : outline.polygons) polygons.push_back(json_of(polygon));
  Json feature;
  feature["type"] = "Feature";
  feature["geometry"] = {{"type", "MultiPolygon"}, {"coordinates", std::move(polygons)}};
  Json& properties = feature["properties"];
  properties["objectType"] = "annotation";
  properties["name"] = name;
  properties["classification"] = {{"name", name}, {"color", outline.colour}};
  // Or a click into the picture would move it.
  properties["isLocked"] = true;
  properties["measurements"] = {
      {"tiles", outline.tiles},
      {"share",
       tiles == 0 ? 0.0 : static_cast<double>(outline.tiles) / static_cast<double>(tiles)}};
  return feature;
}

}  // namespace

void write_cluster_outlines(const std::filesystem::path& file,
                            const std::vector<ClusterOutline>& outlines) {
  std::size_t tiles = 0;
  for (const ClusterOutline& outline : outlines) tiles += outline.tiles;
  FileWriter writer(file);
  writer.write("{\"type\":\"FeatureCollection\",\"features\":[");
  const char* separator = "\n";
  // A feature a line, so that a text tool finds a cluster.
  for (const ClusterOutline& outline : outlines) {
    if (outline.polygons.empty()) continue;
    writer.write(separator + json_of(outline, tiles).dump());
    separator = ",\n";
  }
  writer.write("\n]}\n");
  writer.commit();
}

}  // namespace histo
