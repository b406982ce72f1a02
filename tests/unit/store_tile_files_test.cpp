#include <cstdint>
#include <string>

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

}  // namespace

TEST_CASE("tile files: a PNG tile is read back to the pixel by the path that was returned") {
  const test::TempFolder temp;
  make_folders(tiles_folder(temp.path()));
  const Image image = ramp(5, 3);

  const std::string path = write_tile(temp.path(), {10, 0, 20, 12}, image, ImageFormat::png, 80);

  CHECK(path == "tiles/x10_y0_w20_h12.png");
  const Image again = read_tile(temp.path(), path);
  CHECK(again.size() == Size{5, 3});
  CHECK(again.bytes() == image.bytes());
}

TEST_CASE("tile files: a JPEG tile has the asked quality") {
  const test::TempFolder temp;
  make_folders(tiles_folder(temp.path()));
  const Image image = ramp(32, 32);

  const std::string path = write_tile(temp.path(), {0, 0, 32, 32}, image, ImageFormat::jpeg, 30);

  CHECK(path == "tiles/x0_y0_w32_h32.jpeg");
  CHECK(read_file(temp.path() / path) == encode_jpeg(image.view(), 30));
  CHECK(read_tile(temp.path(), path).size() == Size{32, 32});
}

TEST_CASE("tile files: an absolute path is taken as it is") {
  const test::TempFolder temp;
  make_folders(tiles_folder(temp.path()));
  const std::string path = write_tile(temp.path(), {0, 0, 4, 4}, ramp(4, 4), ImageFormat::png, 80);

  CHECK(read_tile("/elsewhere", (temp.path() / path).string()).size() == Size{4, 4});
}

TEST_CASE("tile files: without its folder a tile cannot be written") {
  const test::TempFolder temp;
  const auto error = error_of([&] {
    write_tile(temp.path() / "none", {0, 0, 4, 4}, ramp(4, 4), ImageFormat::png, 80);
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
