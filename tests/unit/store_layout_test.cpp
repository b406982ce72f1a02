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
  for (const std::string slide : {"clustering.svs", "run.json.svs", "runs.svs", "clustering",
                                  "outliers.tiff", "metadata.csv.svs"}) {
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
  CHECK(spots_thumbnail_file("out/a") == "out/a/thumbnail_spots.jpeg");
  CHECK(masks_folder("out/a") == "out/a/masks");
  CHECK(spots_folder("out/a") == "out/a/spots");
  CHECK(haematoxylin_folder("out/a") == "out/a/haematoxylin");
  CHECK(eosin_folder("out/a") == "out/a/eosin");
  CHECK(tile_tar_file("out/a") == "out/a/tiles.tar");
  CHECK(tile_tar_index_file("out/a/tiles.tar") == "out/a/tiles.tar.index.csv");
  CHECK(outliers_folder("out") == "out/outliers");
  CHECK(outlier_sheet_file("out", 0) == "out/outliers/cluster_0.jpeg");
  CHECK(features_file("out/a") == "out/a/features.h5");
  CHECK(cluster_table_file("out/a") == "out/a/clusters.csv");
  CHECK(cluster_overlay_file("out/a", 8) == "out/a/clusters_k8.jpeg");
  CHECK(cluster_outline_file("out/a", 8) == "out/a/clusters_k8.geojson");
  CHECK(run_file("out") == "out/run.json");
  CHECK(clustering_folder("out") == "out/clustering");
  CHECK(centroids_file("out") == "out/clustering/centroids.h5");
  CHECK(cluster_summary_file("out") == "out/clustering/summary.csv");
  CHECK(contact_sheet_file("out", 16) == "out/clustering/contact_sheet_k16.jpeg");
  CHECK(choice_of_k_file("out") == "out/clustering/choice_of_k.png");
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

TEST_CASE("layout: what belongs to a tile bears its name") {
  const Rect rect = {8, 0, 16, 4};
  CHECK(tile_path(rect, TileMember::mask, ImageFormat::png) == "masks/x8_y0_w16_h4.png");
  CHECK(tile_path(rect, TileMember::haematoxylin, ImageFormat::jpeg) ==
        "haematoxylin/x8_y0_w16_h4.jpeg");
  CHECK(tile_path(rect, TileMember::eosin, ImageFormat::png) == "eosin/x8_y0_w16_h4.png");
  CHECK(spot_path("spot_1", rect, ImageFormat::png) == "spots/spot_1_x8_y0_w16_h4.png");
  CHECK(spot_path("spot_10-2", rect, ImageFormat::jpeg) == "spots/spot_10-2_x8_y0_w16_h4.jpeg");
}

TEST_CASE("layout: members of one tile share all before the first dot") {
  const Rect rect = {8, 0, 16, 4};
  const std::vector<std::pair<TileMember, std::string>> expected = {
      {TileMember::image, "x8_y0_w16_h4.png"},
      {TileMember::mask, "x8_y0_w16_h4.mask.png"},
      {TileMember::haematoxylin, "x8_y0_w16_h4.haematoxylin.png"},
      {TileMember::eosin, "x8_y0_w16_h4.eosin.png"},
  };
  for (const auto& [member, name] : expected) {
    CHECK(tile_member_name(rect, member, ImageFormat::png) == name);
    CHECK(is_tile_member_name(name));
  }
  CHECK(tile_member_name(rect, TileMember::eosin, ImageFormat::jpeg) == "x8_y0_w16_h4.eosin.jpeg");
  CHECK(tile_member_path("x8_y0_w16_h4.png") == "tiles.tar/x8_y0_w16_h4.png");
}

TEST_CASE("layout: whatever tile_member_name cannot make is no member's name") {
  for (const std::string name :
       {"", ".", "..", "a.png", "x8_y0_w16_h4", "x8_y0_w16_h4.mask", "x8_y0_w16_h4.masks.png",
        "x8_y0_w16_h4.mask.mask.png", "x8_y0_w16_h4..png", "tiles/x8_y0_w16_h4.png",
        "mask.x8_y0_w16_h4.png", "x8_y0_w16_h4.mask.gif", "x08_y0_w16_h4.mask.png"}) {
    INFO(name);
    CHECK_FALSE(is_tile_member_name(name));
  }
}

TEST_CASE("layout: a path into a tar is taken apart, and no other") {
  const auto path = parse_tar_path("/out/a/tiles.tar/x8_y0_w16_h4.png");
  REQUIRE(path);
  CHECK(path->tar == "/out/a/tiles.tar");
  CHECK(path->member == "x8_y0_w16_h4.png");
  CHECK(parse_tar_path("tiles.tar/x8_y0_w16_h4.png"));
  for (const std::string other : {"", "tiles.tar", "tiles/x8_y0_w16_h4.png", "tiles.tar/a/b.png",
                                  "my.tiles.tar/b.png", "/tiles.tar"}) {
    INFO(other);
    CHECK_FALSE(parse_tar_path(other));
  }
}

TEST_CASE("layout: a spot's name that none is, is an internal error") {
  for (const std::string name : {"", "spot_", "spot_0", "spot_01", "spot_1-", "spot_1-0",
                                 "spot_1-2-3", "Spot_1", "1", "spot_1/../x", "spot_-1"}) {
    INFO(name);
    const auto error = error_of([&] { spot_path(name, {0, 0, 8, 8}, ImageFormat::png); });
    REQUIRE(error);
    CHECK(error->kind() == ErrorKind::internal);
    CHECK(error->what() == "'" + name + "' is no spot's name");
    CHECK_FALSE(is_spot_file_name(name + "_x0_y0_w8_h8.png"));
  }
  CHECK(is_spot_file_name("spot_1_x0_y0_w8_h8.png"));
  CHECK(is_spot_file_name("spot_1-2_x0_y0_w8_h8.jpeg"));
  CHECK_FALSE(is_spot_file_name("spot_1x0_y0_w8_h8.png"));
  CHECK_FALSE(is_spot_file_name("spot_1_x0_y0_w8_h8.tiff"));
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

TEST_CASE("layout: a slide's folder may bear its parent's name too") {
  CHECK(slide_folder_with_parent("out", "slides/cohort/a.tiff") == "out/cohort_a");
  CHECK(slide_folder_with_parent("out", "slides/x/../cohort/a.tiff") == "out/cohort_a");

  const std::string longest(127, 'p');
  CHECK(slide_folder_with_parent("out", fs::path(longest) / (longest + ".tiff")) ==
        "out/" + longest + "_" + longest);
  const auto error =
      error_of([&] { slide_folder_with_parent("out", fs::path(longest) / (longest + "xy.tiff")); });
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::input);
  CHECK(contains(error->what(), "output folder would have 257 bytes, at most 255 are possible"));
}

TEST_CASE("layout: the names of claims and attempts are known again, and no others") {
  const fs::path folder = "out/a";
  for (const fs::path& file : {claim_file(folder), claim_marker_file(folder, "0123456789abcdef"),
                               claim_marker_file(folder, ""), unborn_claim_file(folder)}) {
    CHECK(file.parent_path() == folder);
    CHECK(is_claim_name(file.filename().string()));
    CHECK_FALSE(is_attempt_folder(file.filename().string()));
  }
  CHECK(is_attempt_folder(attempt_folder(folder).filename().string()));
  CHECK(attempt_folder(folder) != attempt_folder(folder));
  CHECK(unborn_claim_file(folder) != unborn_claim_file(folder));
  for (const std::string name : {"claim", ".claims", ".claim.", ".claim.0123", ".claim.part",
                                 ".claim.0123456789abcdeF", ".attempt.node-1-2.part"}) {
    CHECK_FALSE(is_claim_name(name));
  }
  CHECK_FALSE(is_claim_token("0123456789abcde/"));
}
