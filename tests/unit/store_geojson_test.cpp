#include <filesystem>
#include <fstream>

#include "store/geojson.hpp"
#include "support/catch.hpp"

using namespace histo;
using histo::test::contains;
using histo::test::error_of;

namespace {

GeoJson read_text_as_geojson(const std::string& text) {
  const test::TempFolder temp;
  const std::filesystem::path file = temp.path() / "a.geojson";
  std::ofstream(file, std::ios::binary) << text;
  return read_geojson(file);
}

// The sentence behind the file's name.
std::string complaint(const std::string& text) {
  const auto error = error_of([&] { read_text_as_geojson(text); });
  if (!error || error->kind() != ErrorKind::input) return "no input error";
  const std::string sentence = error->what();
  const std::string name = "a.geojson: ";
  const std::size_t at = sentence.find(name);
  return at == std::string::npos ? "no file's name" : sentence.substr(at + name.size());
}

const std::string square = "[[0,0],[10,0],[10,10.5],[0,10],[0,0]]";
const std::string hole = "[[2,2],[4,2],[4,4],[2,2]]";
const std::string polygon = R"({"type":"Polygon","coordinates":[)" + square + "]}";

std::string feature(const std::string& geometry, const std::string& properties = "{}") {
  return R"({"type":"Feature","id":"x","geometry":)" + geometry + R"(,"properties":)" + properties +
         "}";
}

std::string collection(const std::string& features) {
  return R"({"type":"FeatureCollection","features":[)" + features + "]}";
}

std::string ring_with(const std::string& point) {
  return R"({"type":"Polygon","coordinates":[[[0,0],)" + point + ",[1,1]]]}";
}

}  // namespace

TEST_CASE("geojson: a collection's polygons come with their classes and holes") {
  const GeoJson found = read_text_as_geojson(collection(
      feature(
          R"({"type":"Polygon","coordinates":[)" + square + "," + hole + "]}",
          R"({"objectType":"annotation","classification":{"name":"Tumor","color":[200,0,0]}})") +
      "," + feature(polygon)));

  REQUIRE(found.regions.size() == 2);
  CHECK(found.skipped == 0);
  CHECK(found.regions[0].label == "Tumor");
  REQUIRE(found.regions[0].polygons.size() == 1);
  const Polygon& first = found.regions[0].polygons[0];
  REQUIRE(first.outline.size() == 4);  // the closing point is left out
  CHECK(first.outline[2].x == 10);
  CHECK(first.outline[2].y == 10.5);
  REQUIRE(first.holes.size() == 1);
  CHECK(first.holes[0].size() == 3);
  CHECK(found.regions[1].label.empty());
  CHECK(found.regions[1].polygons[0].holes.empty());
}

TEST_CASE("geojson: a feature, a list of features and a bare geometry are read alike") {
  for (const std::string& text : {feature(polygon), "[" + feature(polygon) + "]", polygon,
                                  "[" + polygon + "]", "\xEF\xBB\xBF" + polygon}) {
    const GeoJson found = read_text_as_geojson(text);

    INFO(text);
    REQUIRE(found.regions.size() == 1);
    CHECK(found.regions[0].polygons[0].outline.size() == 4);
  }
}

TEST_CASE("geojson: several polygons and collections of geometries are one region") {
  const std::string two =
      R"({"type":"MultiPolygon","coordinates":[[)" + square + "],[" + hole + "]]}";
  const std::string all = R"({"type":"GeometryCollection","geometries":[)" + two + "," + polygon +
                          R"(,{"type":"Point","coordinates":[1,2]}]})";

  CHECK(read_text_as_geojson(two).regions[0].polygons.size() == 2);
  CHECK(read_text_as_geojson(feature(all)).regions[0].polygons.size() == 3);
}

TEST_CASE("geojson: points, lines and features without geometry are counted and left out") {
  const GeoJson found = read_text_as_geojson(
      collection(feature(R"({"type":"Point","coordinates":[1,2]})") + "," +
                 feature(R"({"type":"LineString","coordinates":[[1,2],[3,4]]})") + "," +
                 feature("null") + "," + feature(R"({"type":"MultiPoint","coordinates":[[1,2]]})") +
                 "," + feature(R"({"type":"MultiLineString","coordinates":[]})") + "," +
                 feature(R"({"type":"Polygon","coordinates":[]})") + "," + feature(polygon)));

  CHECK(found.regions.size() == 1);
  CHECK(found.skipped == 6);
  CHECK(read_text_as_geojson(collection("")).regions.empty());
}

TEST_CASE("geojson: classes are read as QuPath's versions write them") {
  const auto label = [](const std::string& properties) {
    return read_text_as_geojson(feature(polygon, properties)).regions.at(0).label;
  };

  CHECK(label(R"({"classification":{"name":"Stroma","colorRGB":-3342336}})") == "Stroma");
  CHECK(label(R"({"classification":{"names":["Tumor","Positive"]}})") == "Tumor: Positive");
  CHECK(label(R"({"classification":"Tumor"})") == "Tumor");
  CHECK(label(R"({"classification":null,"name":"region 7"})").empty());
  CHECK(label("null").empty());
}

TEST_CASE("geojson: a third coordinate and a plane are passed over") {
  const GeoJson found = read_text_as_geojson(
      R"({"type":"Polygon","plane":{"c":-1,"z":0,"t":0},"coordinates":[[[0,0,5],[1,0,5],[1,1,5]]]})");

  CHECK(found.regions.at(0).polygons[0].outline.size() == 3);
}

TEST_CASE("geojson: what is no JSON is refused with the place") {
  CHECK(contains(complaint(R"({"type":"Polygon","coordinates":[[[0,0],[1,)"),
                 "not JSON: parse error at line 1"));
  CHECK(contains(complaint(""), "not JSON: "));
  CHECK(contains(complaint(ring_with("[NaN,0]")), "not JSON: parse error"));
  CHECK(contains(complaint(ring_with("[1e999,0]")), "not JSON: number overflow"));
}

TEST_CASE("geojson: what is no geometry is refused, naming the feature") {
  CHECK(complaint("[1]") == "feature 1: must be an object of GeoJSON, got number");
  CHECK(complaint("7") == "must be an object of GeoJSON, got number");
  CHECK(complaint(collection(feature(polygon) + "," + feature(R"({"type":"Circle"})"))) ==
        "feature 2: geometry of the type \"Circle\", which is not known");
  CHECK(complaint(R"({"features":[]})") == "a geometry without a type");
  CHECK(complaint(R"({"type":"FeatureCollection"})") ==
        "a FeatureCollection without a list of features");
  CHECK(complaint(R"({"type":"Polygon"})") == "the rings of a polygon must be a list, got null");
  CHECK(complaint(R"({"type":"MultiPolygon","coordinates":"all"})") ==
        "the polygons must be a list, got string");
  CHECK(complaint(R"({"type":"GeometryCollection"})") == "the geometries must be a list, got null");
}

TEST_CASE("geojson: broken rings and points are refused") {
  CHECK(complaint(ring_with("7")) == "the coordinates of a point must be a list, got number");
  CHECK(complaint(ring_with("[7]")) == "a point needs 2 coordinates, got 1");
  CHECK(complaint(ring_with(R"(["7",1])")) == "a coordinate must be a number, got string");
  CHECK(complaint(ring_with("[null,1]")) == "a coordinate must be a number, got null");
  CHECK(complaint(ring_with("[1,-2e9]")) == "a coordinate of -2e+09 pixels, where no slide is");
  CHECK(complaint(R"({"type":"Polygon","coordinates":[[[0,0],[1,0],[0,0]]]})") ==
        "a ring needs 3 points, got 2");
  CHECK(complaint(R"({"type":"Polygon","coordinates":[7]})") ==
        "the points of a ring must be a list, got number");
}

TEST_CASE("geojson: absurd depth is refused and exhausts no stack") {
  const std::size_t depth = 1000000;
  const std::string deep = std::string(depth, '[') + std::string(depth, ']');
  std::string nested = polygon;
  for (int i = 0; i < 9; ++i) {
    nested = R"({"type":"GeometryCollection","geometries":[)" + nested + "]}";
  }

  CHECK(complaint(deep) == "feature 1: must be an object of GeoJSON, got array");
  CHECK(complaint(R"({"type":"Polygon","coordinates":)" + deep + "}") ==
        "a point needs 2 coordinates, got 1");
  CHECK(contains(complaint(std::string(depth, '[')), "not JSON: "));
  CHECK(complaint(nested) == "more than 8 geometries within each other");
}

TEST_CASE("geojson: a file that is too large is refused before it is read") {
  const test::TempFolder temp;
  const std::filesystem::path file = temp.path() / "cells.geojson";
  std::ofstream(file) << "{}";
  std::filesystem::resize_file(file, std::uintmax_t{40} << 20);  // without blocks on the disk

  const auto error = error_of([&] { read_geojson(file); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::input);
  CHECK(contains(error->what(),
                 "cells.geojson: 40 MB of GeoJSON, at most 32 are read; export the "
                 "annotations without detected cells"));
}

TEST_CASE("geojson: a file that is missing is named") {
  const auto error = error_of([] { read_geojson("nowhere/b.geojson"); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::input);
  CHECK(contains(error->what(), "nowhere/b.geojson"));
}
