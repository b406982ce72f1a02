#include <filesystem>
#include <string>
#include <vector>

#include "core/files.hpp"
#include "store/cluster_outlines.hpp"
#include "store/geojson.hpp"
#include "support/catch.hpp"

using namespace histo;
using histo::test::contains;
using histo::test::error_of;

namespace {

const Ring square = {{0, 0}, {512, 0}, {512, 512}, {0, 512}};
const Ring hole = {{128, 128}, {128, 256}, {256, 256}, {256, 128}};
const Ring elsewhere = {{-512, 1024}, {0, 1024}, {0, 1536}, {-512, 1536}};

}  // namespace

TEST_CASE("cluster outlines: the file is what QuPath writes of annotations, to the byte") {
  const test::TempFolder temp;
  const std::filesystem::path file = temp.path() / "clusters_k8.geojson";

  write_cluster_outlines(file, {{3, {1, 2, 255}, 3, {{square, {hole}}}},  //
                                {5, {9, 9, 9}, 1, {{elsewhere, {}}}}});

  CHECK(read_text(file) ==
        "{\"type\":\"FeatureCollection\",\"features\":[\n"
        "{\"type\":\"Feature\",\"geometry\":{\"type\":\"MultiPolygon\",\"coordinates\":[["
        "[[0,0],[512,0],[512,512],[0,512],[0,0]],"
        "[[128,128],[128,256],[256,256],[256,128],[128,128]]]]},"
        "\"properties\":{\"objectType\":\"annotation\",\"name\":\"cluster 3\","
        "\"classification\":{\"name\":\"cluster 3\",\"color\":[1,2,255]},\"isLocked\":true,"
        "\"measurements\":{\"tiles\":3,\"share\":0.75}}},\n"
        "{\"type\":\"Feature\",\"geometry\":{\"type\":\"MultiPolygon\",\"coordinates\":[["
        "[[-512,1024],[0,1024],[0,1536],[-512,1536],[-512,1024]]]]},"
        "\"properties\":{\"objectType\":\"annotation\",\"name\":\"cluster 5\","
        "\"classification\":{\"name\":\"cluster 5\",\"color\":[9,9,9]},\"isLocked\":true,"
        "\"measurements\":{\"tiles\":1,\"share\":0.25}}}\n]}\n");
}

TEST_CASE("cluster outlines: what was written is read back as regions with the classes' names") {
  const test::TempFolder temp;
  const std::filesystem::path file = temp.path() / "a.geojson";
  write_cluster_outlines(file, {{0, {}, 4, {{square, {hole}}, {elsewhere, {}}}}, {12, {}, 1, {}}});

  const GeoJson read = read_geojson(file);

  REQUIRE(read.regions.size() == 1);
  CHECK(read.skipped == 0);
  CHECK(read.regions[0].label == "cluster 0");
  REQUIRE(read.regions[0].polygons.size() == 2);
  CHECK(read.regions[0].polygons[0].outline.size() == 4);
  CHECK(read.regions[0].polygons[0].outline[2].x == 512.0);
  REQUIRE(read.regions[0].polygons[0].holes.size() == 1);
  CHECK(read.regions[0].polygons[0].holes[0][1].y == 256.0);
  CHECK(read.regions[0].polygons[1].outline[0].x == -512.0);
}

TEST_CASE("cluster outlines: a slide without tiles has a collection without features") {
  const test::TempFolder temp;
  const std::filesystem::path file = temp.path() / "a.geojson";

  write_cluster_outlines(file, {});

  CHECK(read_geojson(file).regions.empty());
}

TEST_CASE("cluster outlines: half a pixel is refused, and nothing is written") {
  const test::TempFolder temp;
  const std::filesystem::path file = temp.path() / "a.geojson";

  const auto error = error_of([&] {
    write_cluster_outlines(file, {{0, {}, 1, {{{{0.5, 0}, {1, 0}, {1, 1}}, {}}}}});
  });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::internal);
  CHECK(std::string(error->what()) ==
        "write_cluster_outlines was given a coordinate of 0.5 pixels, no whole number");
  CHECK_FALSE(std::filesystem::exists(file));
}

TEST_CASE("cluster outlines: a folder that is not there is named") {
  const auto error = error_of([] { write_cluster_outlines("/nowhere/at/all/a.geojson", {}); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::output);
  CHECK(contains(error->what(), "/nowhere/at/all/a.geojson"));
}

TEST_CASE("label outlines: a class with its colour and how far it is to be trusted, to the byte") {
  const test::TempFolder temp;
  const std::filesystem::path file = temp.path() / "a.geojson";

  write_label_outlines(file,
                       {{"tumour", {1, 2, 255}, 3, 0.875, 0.75, {{square, {}}}},
                        {"n\xc3\xa4\xff", {9, 9, 9}, 1, {}, {}, {{square, {}}}},
                        {"nowhere", {}, 0, {}, {}, {}}},
                       4);

  const std::string text = read_text(file);
  CHECK(contains(text,
                 "\"classification\":{\"name\":\"tumour\",\"color\":[1,2,255]},\"isLocked\":true,"
                 "\"measurements\":{\"tiles\":3,\"share\":0.75,\"confidence\":0.875,"
                 "\"lowest confidence\":0.75}}},\n"));
  CHECK(contains(text, "\"name\":\"n\xc3\xa4\xef\xbf\xbd\""));
  CHECK(contains(text, "\"measurements\":{\"tiles\":1,\"share\":0.25}}}\n]}\n"));
  CHECK_FALSE(contains(text, "nowhere"));
  CHECK(read_geojson(file).regions[0].label == "tumour");
}

TEST_CASE("scored tiles: a tile of QuPath's with its score as a measurement, to the byte") {
  const test::TempFolder temp;
  const std::filesystem::path file = temp.path() / "a.geojson";

  write_scored_tiles(file, "p=tumour", {{{512, 0, 256, 128}, 0.5, {1, 2, 3}}});

  CHECK(read_text(file) ==
        "{\"type\":\"FeatureCollection\",\"features\":[\n"
        "{\"type\":\"Feature\",\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[["
        "[512,0],[768,0],[768,128],[512,128],[512,0]]]},"
        "\"properties\":{\"objectType\":\"tile\",\"color\":[1,2,3],"
        "\"measurements\":{\"p=tumour\":0.5}}}\n]}\n");
}
