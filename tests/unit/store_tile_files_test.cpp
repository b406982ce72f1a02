#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/files.hpp"
#include "store/layout.hpp"
#include "store/tile_files.hpp"
#include "support/catch.hpp"

using namespace histo;
using histo::test::contains;
using histo::test::error_of;

namespace {

Image ramp(std::int64_t width, std::int64_t height) {
  Image image(width, height);
  for (std::int64_t i = 0; i < 3 * width * height; ++i) {
    image.data()[i] = static_cast<std::uint8_t>(i * 7);
  }
  return image;
}

/// As the tile job does it.
std::string write_tile(const std::filesystem::path& folder, const Rect& rect, const Image& image,
                       const ImageCoding& coding) {
  const std::string path = tile_path(rect, TileMember::image, coding.format);
  write_file(folder / path, encode(image.view(), coding));
  return path;
}

}  // namespace

TEST_CASE("tile files: a PNG tile is read back to the pixel by the path that was returned") {
  const test::TempFolder temp;
  make_folders(tiles_folder(temp.path()));
  const Image image = ramp(5, 3);

  const std::string path = write_tile(temp.path(), {10, 0, 20, 12}, image, {});

  CHECK(path == "tiles/x10_y0_w20_h12.png");
  const Image again = read_tile(temp.path(), path);
  CHECK(again.size() == Size{5, 3});
  CHECK(again.bytes() == image.bytes());
}

TEST_CASE("tile files: a JPEG tile has the asked quality") {
  const test::TempFolder temp;
  make_folders(tiles_folder(temp.path()));
  const Image image = ramp(32, 32);

  const std::string path = write_tile(temp.path(), {0, 0, 32, 32}, image, {ImageFormat::jpeg, 30});

  CHECK(path == "tiles/x0_y0_w32_h32.jpeg");
  CHECK(read_file(temp.path() / path) == encode_jpeg(image.view(), 30));
  CHECK(read_tile(temp.path(), path).size() == Size{32, 32});
}

TEST_CASE("tile files: an absolute path is taken as it is") {
  const test::TempFolder temp;
  make_folders(tiles_folder(temp.path()));
  const std::string path = write_tile(temp.path(), {0, 0, 4, 4}, ramp(4, 4), {});

  CHECK(read_tile("/elsewhere", (temp.path() / path).string()).size() == Size{4, 4});
}

TEST_CASE("tile files: without its folder a tile cannot be written") {
  const test::TempFolder temp;
  const auto error = error_of([&] {
    write_tile(temp.path() / "none", {0, 0, 4, 4}, ramp(4, 4), {});
  });
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::output);
  CHECK(contains(error->what(), "x0_y0_w4_h4.png: cannot be created"));
}

TEST_CASE("tile files: a missing and a damaged tile are input errors that name the file") {
  const test::TempFolder temp;
  write_file(temp.path() / "damaged.png", {1, 2, 3});

  for (const std::string name : {"missing.png", "damaged.png"}) {
    const auto error = error_of([&] { read_tile(temp.path(), name); });
    REQUIRE(error);
    CHECK(error->kind() == ErrorKind::input);
    CHECK(contains(error->what(), (temp.path() / name).string()));
  }
}

TEST_CASE("tile files: a tile whose image was not saved says so") {
  const auto error = error_of([] { read_tile("out/a", ""); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::input);
  CHECK(error->what() == std::string("out/a: the tile's image was not saved"));
}

TEST_CASE("tile files: a PNG tile has the asked compression") {
  const test::TempFolder temp;
  make_folders(tiles_folder(temp.path()));
  const Image image = ramp(64, 64);

  const std::string path =
      write_tile(temp.path(), {0, 0, 64, 64}, image, {ImageFormat::png, 80, 9});

  CHECK(read_file(temp.path() / path) == encode_png(image, 9));
}

TEST_CASE("tile files: a tile in a tar is read by its path, alone and among others") {
  const test::TempFolder temp;
  const Image image = ramp(9, 4);
  const std::string member = tile_member_name({0, 8, 9, 4}, TileMember::image, ImageFormat::png);
  TileTarWriter tar(tile_tar_file(temp.path()));
  tar.append(member, encode_png(image));
  tar.commit();
  write_file(temp.path() / "single.png", encode_png(ramp(2, 2)));

  for (const std::string& path :
       {tile_member_path(member), (temp.path() / tile_member_path(member)).string()}) {
    CHECK(read_tile(temp.path(), path).bytes() == image.bytes());
    const TileImages images(temp.path(), {{{0, 0, 2, 2}, "single.png"}, {{0, 8, 9, 4}, path}});
    CHECK(images.read(path).bytes() == image.bytes());
    CHECK(images.read("single.png").size() == Size{2, 2});
  }
}

TEST_CASE("tile files: a tar is opened only where a tile lies in it") {
  const test::TempFolder temp;
  write_file(tile_tar_file(temp.path()), {1, 2, 3});
  const std::vector<TileRow> outside = {{{0, 0, 2, 2}, "single.png"}, {{0, 0, 2, 2}, ""}};
  const std::vector<TileRow> inside = {{{0, 0, 2, 2}, "tiles.tar/x0_y0_w2_h2.png"}};

  CHECK_FALSE(error_of([&] { TileImages(temp.path(), outside); }));
  CHECK(contains(error_of([&] { TileImages(temp.path(), inside); })->what(), "tiles.tar: damaged"));
}

TEST_CASE("tile files: a damaged image in a tar is named with the tar") {
  const test::TempFolder temp;
  TileTarWriter tar(tile_tar_file(temp.path()));
  tar.append("x0_y0_w2_h2.png", {1, 2, 3});
  tar.commit();

  const auto error = error_of([&] { read_tile(temp.path(), "tiles.tar/x0_y0_w2_h2.png"); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::input);
  CHECK(contains(error->what(), "tiles.tar/x0_y0_w2_h2.png: neither a PNG nor a JPEG file"));
}
