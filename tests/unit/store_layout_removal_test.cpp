#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "store/layout.hpp"
#include "store/removal.hpp"
#include "support/catch.hpp"

using namespace histo;
using histo::test::contains;
using histo::test::error_of;
namespace fs = std::filesystem;

namespace {

void touch(const fs::path& file) {
  fs::create_directories(file.parent_path());
  std::ofstream(file) << "x";
}

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

TEST_CASE("layout: removing a slide's tiles leaves everything that histoprep did not write") {
  const test::TempFolder temp;
  const fs::path folder = temp.path() / "a";
  for (const std::string name :
       {"metadata.csv", "properties.json", "thumbnail.jpeg", "thumbnail_tissue.jpeg",
        "thumbnail_tiles.jpeg", ".metadata.csv.node-1.org-12-345.part",
        ".properties.json.node-12-345.part", "tiles/x0_y0_w8_h8.png", "tiles/x8_y0_w8_h8.jpeg",
        "masks/x0_y0_w8_h8.png", "haematoxylin/x0_y0_w8_h8.png", "eosin/x0_y0_w8_h8.jpeg",
        "spots/spot_1-2_x0_y0_w8_h8.png", "thumbnail_spots.jpeg", "tiles.tar",
        "tiles.tar.index.csv", ".tiles.tar.node-12-345.part",
        ".tiles.tar.index.csv.node-12-345.part"}) {
    touch(folder / name);
  }
  const std::vector<std::string> kept = {".features.h5.node-12-345.part",
                                         ".metadata.csv.-1-2.part",
                                         ".metadata.csv.node-1-.part",
                                         ".metadata.csv.node-1-x.part",
                                         ".metadata.csv.part",
                                         "clusters.csv",
                                         "features.h5",
                                         "metadata.csv.bak",
                                         "tiles.tar.bak"};
  for (const std::string& name : kept) touch(folder / name);

  SECTION("an emptied tiles folder goes too") {
    remove_tile_outputs(folder);

    CHECK(names_in(folder) == kept);
  }
  SECTION("a tiles folder with something else in it stays") {
    touch(folder / "tiles" / "notes.txt");

    remove_tile_outputs(folder);

    CHECK(names_in(folder / "tiles") == std::vector<std::string>{"notes.txt"});
  }
  SECTION("files that are not ours stay in every folder") {
    for (const std::string place : {"masks", "eosin", "haematoxylin", "spots"}) {
      touch(folder / place / "x0_y0_w8_h8.tiff");
    }
    touch(folder / "spots" / "x0_y0_w8_h8.png");

    remove_tile_outputs(folder);

    for (const std::string place : {"masks", "eosin", "haematoxylin"}) {
      CHECK(names_in(folder / place) == std::vector<std::string>{"x0_y0_w8_h8.tiff"});
    }
    CHECK(names_in(folder / "spots").size() == 2);
  }
  SECTION("a second time changes nothing") {
    remove_tile_outputs(folder);
    remove_tile_outputs(folder);

    CHECK(names_in(folder) == kept);
  }
}

TEST_CASE("layout: tiles behind a link to another folder are not removed") {
  const test::TempFolder temp;
  touch(temp.path() / "elsewhere" / "x0_y0_w8_h8.png");
  fs::create_directories(temp.path() / "a");
  fs::create_directory_symlink(temp.path() / "elsewhere", temp.path() / "a" / "tiles");

  remove_tile_outputs(temp.path() / "a");

  CHECK(fs::exists(temp.path() / "elsewhere" / "x0_y0_w8_h8.png"));
}

TEST_CASE("layout: outlier sheets of every cluster go, and nothing else") {
  const test::TempFolder temp;
  remove_outlier_sheets(temp.path());
  for (const std::string name : {"cluster_0.jpeg", "cluster_12.jpeg", "cluster_01.jpeg",
                                 "cluster_.jpeg", "cluster_1.png", "notes.txt"}) {
    touch(temp.path() / "outliers" / name);
  }

  remove_outlier_sheets(temp.path());

  CHECK(names_in(temp.path() / "outliers") ==
        std::vector<std::string>{"cluster_.jpeg", "cluster_01.jpeg", "cluster_1.png", "notes.txt"});
}

TEST_CASE("layout: an emptied folder of outlier sheets goes too") {
  const test::TempFolder temp;
  touch(outlier_sheet_file(temp.path(), 0));

  remove_outlier_sheets(temp.path());

  CHECK(fs::is_empty(temp.path()));
}

TEST_CASE("layout: removing the tiles of a slide without a folder does nothing") {
  const test::TempFolder temp;
  remove_tile_outputs(temp.path() / "none");
  CHECK(fs::is_empty(temp.path()));
}

TEST_CASE("layout: an output that cannot be removed is named") {
  const test::TempFolder temp;
  touch(temp.path() / "metadata.csv" / "inside");  // a folder where the table should be

  const auto error = error_of([&] { remove_tile_outputs(temp.path()); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::output);
  CHECK(contains(error->what(), "metadata.csv: cannot be removed: Directory not empty"));
}

TEST_CASE("layout: leftovers are removed for one target only") {
  const test::TempFolder temp;
  for (const std::string name : {".features.h5.node-1-2.part", ".clusters.csv.node-1-2.part"}) {
    touch(temp.path() / name);
  }

  remove_leftovers(temp.path() / "features.h5");

  CHECK(names_in(temp.path()) == std::vector<std::string>{".clusters.csv.node-1-2.part"});
}

TEST_CASE("layout: leftovers in a folder that is not there are an error") {
  const test::TempFolder temp;
  const auto error = error_of([&] { remove_leftovers(temp.path() / "none" / "features.h5"); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::output);
  CHECK(contains(error->what(), "none: the folder cannot be read"));
}

TEST_CASE("layout: cluster pictures of every k go, and nothing else") {
  const test::TempFolder temp;
  for (const char* name :
       {"clusters_k8.jpeg", "clusters_k8.geojson", "contact_sheet_k128.jpeg",
        "contact_sheet_k8.geojson", "choice_of_k.png", "choice_of_k.jpeg", "clusters_k.jpeg",
        "clusters_k8.jpeg.bak", "clusters.csv", "clusters.geojson",
        ".clusters.csv.a.host-12-34.part", ".centroids.h5.host-12-34.part",
        ".summary.csv.host-12-34.part", ".clusters_k8.geojson.b.c-d-12-34.part",
        ".contact_sheet_k2.jpeg.host-12-34.part", ".metadata.csv.host-12-34.part",
        ".clusters.csv.host-12-x.part"}) {
    touch(temp.path() / name);
  }

  remove_cluster_pictures(temp.path());
  remove_cluster_pictures(temp.path() / "not there");

  CHECK(names_in(temp.path()) ==
        std::vector<std::string>{".clusters.csv.host-12-x.part", ".metadata.csv.host-12-34.part",
                                 "choice_of_k.jpeg", "clusters.csv", "clusters.geojson",
                                 "clusters_k.jpeg", "clusters_k8.jpeg.bak",
                                 "contact_sheet_k8.geojson"});
}
