#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "store/layout.hpp"
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

TEST_CASE("layout: a slide's name is its file name without the last extension") {
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"slides/CMU-1.svs", "CMU-1"},
      {"CMU-1-Small.Region.svs", "CMU-1-Small.Region"},
      {"a.ome.tiff", "a.ome"},
      {"no_extension", "no_extension"},
      {".tiff", ".tiff"},
      {"a.", "a."},
      {"two words.svs", "two words"},
      {"line\nbreak.svs", "line\nbreak"},
      {"\xff\xfe.svs", "\xff\xfe"},
      {"....", "...."},
  };
  for (const auto& [slide, name] : expected) {
    INFO(slide);
    CHECK(slide_name(slide) == name);
    CHECK(slide_folder("out", slide) == fs::path("out") / name);
  }
}

TEST_CASE("layout: a slide without a usable name is refused") {
  for (const std::string slide : {"", "slides/", ".", "..", "slides/..", "..tiff", "...tiff"}) {
    INFO(slide);
    const auto error = error_of([&] { slide_name(slide); });

    REQUIRE(error);
    CHECK(error->kind() == ErrorKind::input);
    CHECK(contains(error->what(), slide + ": the name of its output folder would be '"));
    CHECK(contains(error->what(), "', which is none; rename the slide"));
  }
}

TEST_CASE("layout: a slide whose name holds a NUL is refused") {
  const auto error = error_of([] { slide_name(std::string("slides/a\0b.svs", 14)); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::input);
  CHECK(error->what() == std::string("slides/a: its name goes on after a NUL"));
}

TEST_CASE("layout: a slide may not take a name that the output folder needs") {
  for (const std::string slide : {"clustering.svs", "run.json.svs", "clustering"}) {
    const auto error = error_of([&] { slide_name(slide); });

    REQUIRE(error);
    CHECK(error->kind() == ErrorKind::input);
    CHECK(contains(error->what(), "is needed in the output folder; rename the slide"));
  }
}

TEST_CASE("layout: every output has its documented name") {
  CHECK(tile_table_file("out/a") == "out/a/metadata.csv");
  CHECK(properties_file("out/a") == "out/a/properties.json");
  CHECK(thumbnail_file("out/a") == "out/a/thumbnail.jpeg");
  CHECK(tissue_thumbnail_file("out/a") == "out/a/thumbnail_tissue.jpeg");
  CHECK(tiles_thumbnail_file("out/a") == "out/a/thumbnail_tiles.jpeg");
  CHECK(tiles_folder("out/a") == "out/a/tiles");
  CHECK(features_file("out/a") == "out/a/features.h5");
  CHECK(cluster_table_file("out/a") == "out/a/clusters.csv");
  CHECK(cluster_overlay_file("out/a", 8) == "out/a/clusters_k8.jpeg");
  CHECK(run_file("out") == "out/run.json");
  CHECK(clustering_folder("out") == "out/clustering");
  CHECK(centroids_file("out") == "out/clustering/centroids.h5");
  CHECK(cluster_summary_file("out") == "out/clustering/summary.csv");
  CHECK(contact_sheet_file("out", 16) == "out/clustering/contact_sheet_k16.jpeg");
}

TEST_CASE("layout: a tile's name and its place turn into each other") {
  const std::vector<std::pair<std::string, TileName>> expected = {
      {"x0_y0_w512_h512.png", {{0, 0, 512, 512}, ImageFormat::png}},
      {"x1024_y7_w1_h640.jpeg", {{1024, 7, 1, 640}, ImageFormat::jpeg}},
      {"x9223372036854775807_y10_w10_h100.png",
       {{9223372036854775807, 10, 10, 100}, ImageFormat::png}},
  };
  for (const auto& [name, tile] : expected) {
    INFO(name);
    const auto parsed = parse_tile_file_name(name);

    REQUIRE(parsed);
    CHECK(parsed->rect == tile.rect);
    CHECK(parsed->format == tile.format);
    CHECK(tile_file_name(tile.rect, tile.format) == name);
    CHECK(tile_path(tile.rect, tile.format) == "tiles/" + name);
  }
}

TEST_CASE("layout: whatever tile_file_name cannot make is no tile's name") {
  for (const std::string name : {"",
                                 "x",
                                 "x0_y0_w512_h512",
                                 "x0_y0_w512_h512.",
                                 "x0_y0_w512_h512.jpg",
                                 "x0_y0_w512_h512.PNG",
                                 "x0_y0_w512_h512.png ",
                                 " x0_y0_w512_h512.png",
                                 "x-1_y0_w512_h512.png",
                                 "x0_y-1_w512_h512.png",
                                 "x+1_y0_w512_h512.png",
                                 "x00_y0_w512_h512.png",
                                 "x0_y01_w512_h512.png",
                                 "x0_y0_w0_h512.png",
                                 "x0_y0_w512_h0.png",
                                 "x_y0_w512_h512.png",
                                 "x0_y0_w512.png",
                                 "x0y0_w512_h512.png",
                                 "X0_y0_w512_h512.png",
                                 "y0_x0_w512_h512.png",
                                 "x0_y0_w512_h512_s1.png",
                                 "x0_y0_w512_h512.png.part",
                                 "x9223372036854775808_y0_w512_h512.png",
                                 "x1.5_y0_w512_h512.png",
                                 "tiles/x0_y0_w512_h512.png",
                                 "x0_y0_w0x10_h512.png"}) {
    INFO(name);
    CHECK_FALSE(parse_tile_file_name(name));
  }
}

TEST_CASE("layout: a tile that no name can say is an internal error") {
  for (const Rect rect :
       {Rect{-1, 0, 8, 8}, Rect{0, -1, 8, 8}, Rect{0, 0, 0, 8}, Rect{0, 0, 8, 0}}) {
    const auto error = error_of([&] { tile_file_name(rect, ImageFormat::png); });

    REQUIRE(error);
    CHECK(error->kind() == ErrorKind::internal);
    CHECK(contains(error->what(), "has no file name"));
  }
}

TEST_CASE("layout: the names for a k turn back into it") {
  CHECK(cluster_column(8) == "n_clusters=8");
  CHECK(parse_cluster_column("n_clusters=128") == 128U);
  CHECK(centroids_dataset(8) == "k8");
  CHECK(parse_centroids_dataset("k128") == 128U);
}

TEST_CASE("layout: a name for no k is none") {
  for (const std::string name : {"n_clusters=", "n_clusters=0", "n_clusters=08", "n_clusters=-1",
                                 "n_clusters=8 ", "n_clusters", "k8", ""}) {
    INFO(name);
    CHECK_FALSE(parse_cluster_column(name));
  }
  for (const std::string name : {"k", "k0", "k01", "k8a", "K8", "8", "k99999999999999999999"}) {
    INFO(name);
    CHECK_FALSE(parse_centroids_dataset(name));
  }
}

TEST_CASE("layout: slide folders are those with a tile table, in order") {
  const test::TempFolder temp;
  for (const std::string name : {"b", "a", "B", "a b"}) touch(temp.path() / name / "metadata.csv");
  touch(temp.path() / "unfinished" / "properties.json");
  touch(temp.path() / "clustering" / "centroids.h5");
  touch(temp.path() / "metadata.csv");
  fs::create_directories(temp.path() / "odd" / "metadata.csv");

  const std::vector<fs::path> folders = slide_folders(temp.path());

  const fs::path& out = temp.path();
  CHECK(folders == std::vector<fs::path>{out / "B", out / "a", out / "a b", out / "b"});
}

TEST_CASE("layout: an output folder that cannot be read is named") {
  const test::TempFolder temp;
  const auto error = error_of([&] { slide_folders(temp.path() / "none"); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::input);
  CHECK(contains(error->what(), "none: the folder cannot be read: No such file"));
}

TEST_CASE("layout: a slide folder that cannot be looked into is no silent omission") {
  const test::TempFolder temp;
  fs::create_directories(temp.path() / "a");
  fs::create_symlink("metadata.csv", temp.path() / "a" / "metadata.csv");  // a link to itself

  const auto error = error_of([&] { slide_folders(temp.path()); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::input);
  CHECK(contains(error->what(), "metadata.csv: cannot be looked at: "));
}

TEST_CASE("layout: removing a slide's tiles leaves everything that histoprep did not write") {
  const test::TempFolder temp;
  const fs::path folder = temp.path() / "a";
  for (const std::string name :
       {"metadata.csv", "properties.json", "thumbnail.jpeg", "thumbnail_tissue.jpeg",
        "thumbnail_tiles.jpeg", ".metadata.csv.node-1.org-12-345.part",
        ".properties.json.node-12-345.part", "tiles/x0_y0_w8_h8.png", "tiles/x8_y0_w8_h8.jpeg"}) {
    touch(folder / name);
  }
  const std::vector<std::string> kept = {".features.h5.node-12-345.part",
                                         ".metadata.csv.-1-2.part",
                                         ".metadata.csv.node-1-.part",
                                         ".metadata.csv.node-1-x.part",
                                         ".metadata.csv.part",
                                         "clusters.csv",
                                         "features.h5",
                                         "metadata.csv.bak"};
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

TEST_CASE("layout: a slide's folder may bear its parent's name too") {
  CHECK(slide_folder_with_parent("out", "slides/cohort/a.tiff") == "out/cohort_a");
  CHECK(slide_folder_with_parent("out", "slides/x/../cohort/a.tiff") == "out/cohort_a");
}

TEST_CASE("layout: cluster pictures of every k go, and nothing else") {
  const test::TempFolder temp;
  for (const char* name : {"clusters_k8.jpeg", "contact_sheet_k128.jpeg", "clusters_k.jpeg",
                           "clusters_k8.jpeg.bak", "clusters.csv"}) {
    touch(temp.path() / name);
  }

  remove_cluster_pictures(temp.path());
  remove_cluster_pictures(temp.path() / "not there");

  CHECK(names_in(temp.path()) ==
        std::vector<std::string>{"clusters.csv", "clusters_k.jpeg", "clusters_k8.jpeg.bak"});
}
