#include <algorithm>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "histo/error.hpp"

#include "core/files.hpp"
#include "unit/slide_sources.hpp"

using namespace histo;
using namespace histo::test;

namespace {

/// Writes `bytes` over those of block 1 of the first level, from the share `from` of its length on.
void damage_block(const fs::path& path, double from, const std::vector<std::uint8_t>& bytes) {
  const TiffDirectory directory = first_directory(path);
  std::vector<std::uint8_t> file = read_file(path);
  const auto skipped =
      static_cast<std::uint64_t>(from * static_cast<double>(directory.values(tile_byte_counts)[1]));
  const auto at = static_cast<std::ptrdiff_t>(directory.values(tile_offsets)[1] + skipped);
  std::copy(bytes.begin(), bytes.end(), file.begin() + at);
  write_file(path, file);
}

std::string read_message(const PixelSource& source, const Rect& region) {
  const auto error = error_of([&] {
    source.read(region.x, region.y, {region.width, region.height}, 0);
  });
  return error && error->kind() == ErrorKind::input ? error->what() : "no input error";
}

/// Opens as Slide does, and reads; an error must be Error(input) with a sentence about this file.
/// Pixels, where there are any, must be those of the whole file.
void check_cut_copy(const fs::path& whole, const PixelSource& truth, const fs::path& cut,
                    std::uint64_t length) {
  const std::vector<std::uint8_t> bytes = read_file(whole);
  write_file(cut, bytes.data(), static_cast<std::size_t>(length));
  const auto error = error_of([&] {
    Source openslide = open_with_openslide(cut);
    const Source source = openslide ? with_direct_reading(cut, std::move(openslide)) : nullptr;
    if (!source && !open_as_image(cut)) throw Error(ErrorKind::input, cut.string() + ": no slide");
    if (source) CHECK(different(*source, truth, 10) == 0);
  });
  if (!error) return;
  CHECK(error->kind() == ErrorKind::input);
  CHECK(contains(error->what(), cut.string() + ": "));
}

}  // namespace

TEST_CASE("direct reader: a generic TIFF's tile that the file lacks is an error") {
  SlideLayout layout;
  layout.left_out = {1};
  const Files files(layout);
  const Source source = direct(files.slide);

  REQUIRE(as_direct(source));
  CHECK(contains(read_message(*source, {200, 0, 100, 100}),
                 "slide.tiff: block 1 of level 0: the file has none"));
  CHECK(read_message(*source, {0, 0, 256, 256}) == "no input error");
}

TEST_CASE("direct reader: a damaged block is an error that names it, and harms no other") {
  const std::vector<std::uint8_t> zeros(400, 0);
  const std::vector<std::uint8_t> end = {0xff, 0xd9};
  const std::vector<std::uint8_t> no_start = {0, 0};
  const std::vector<std::pair<double, std::vector<std::uint8_t>>> damages = {
      {0.3, zeros}, {0.5, end}, {0.95, end}, {0.0, no_start}};
  for (const auto& [from, bytes] : damages) {
    const Files files(layout_of({256, 256}, 2));
    const Source sound = open_with_openslide(files.slide);
    const Image left = sound->read(0, 0, {256, 256}, 0);
    damage_block(files.slide, from, bytes);
    const Source source = direct(files.slide);

    REQUIRE(as_direct(source));
    CHECK(contains(read_message(*source, {200, 0, 100, 100}),
                   "slide.tiff: block 1 of level 0: damaged JPEG data ("));
    CHECK(error_of([&] { source->read_level(0); }));
    CHECK(error_of([&] { source->read_reduced(0, 0, {64, 64}, 0, 8); }));
    CHECK(source->read(0, 0, {256, 256}, 0).bytes() == left.bytes());
  }
}

TEST_CASE("openslide: levels smaller than a tile are right where libtiff decodes them") {
  SlideLayout layout = layout_of({128, 128}, 4);
  layout.compressed_by_deflate = true;
  const Files files(layout);
  const Source source = open_with_openslide(files.slide);

  REQUIRE(source->level_sizes()[3] == Size{87, 66});
  const Image level = source->read_level(3);
  const Image part = source->read(8 * 10, 8 * 20, {100, 20}, 3);
  for (std::int64_t y = 0; y < 66; ++y) {
    for (std::int64_t x = 0; x < 87; ++x) {
      REQUIRE(std::equal(level.row(y) + 3 * x, level.row(y) + 3 * x + 3,
                         files.image.row(8 * y) + 24 * x));
    }
  }
  CHECK(std::equal(part.row(5), part.row(5) + 3 * 77, level.row(25) + 3 * 10));
  CHECK(part.row(5)[3 * 77] == 255);
  CHECK(source->read_reduced(10, 20, {100, 20}, 3, 1).bytes() == part.bytes());
}

TEST_CASE("slide: a copy that was cut short is refused, or gives the whole slide's pixels") {
  std::vector<fs::path> paths;
  const Files files(layout_of({128, 128}, 3));
  paths.push_back(files.slide);
  for (const char* name :
       {"cmu-1-small-region.svs", "prostate-ink.tiff", "fluorescence-dapi.ndpi"}) {
    if (const auto real = shared_file(std::string("data/slides/") + name)) paths.push_back(*real);
  }
  std::mt19937_64 random(11);
  for (const fs::path& path : paths) {
    const Source truth = direct(path);
    const fs::path cut = files.path() / ("cut" + path.extension().string());
    const std::uint64_t size = fs::file_size(path);
    for (int i = 0; i < 10; ++i) check_cut_copy(path, *truth, cut, random() % size);
    for (std::uint64_t missing = 1; missing < 100; missing += 9) {
      check_cut_copy(path, *truth, cut, size - missing);
    }
  }
}

TEST_CASE("tiff directories: either order of bytes and either size of offsets are read") {
  SlideLayout layout;
  std::vector<std::uint64_t> sizes;
  for (const char* mode : {"w", "wb", "w8", "w8b"}) {
    layout.mode = mode;
    const Files files(layout);
    const TiffDirectory directory = first_directory(files.slide);

    CHECK(directory.value(256) == 701);
    CHECK(directory.value(257) == 533);
    CHECK(directory.values(258) == std::vector<std::uint64_t>{8, 8, 8});
    if (sizes.empty()) sizes = directory.values(tile_byte_counts);
    CHECK(directory.values(tile_byte_counts) == sizes);
    CHECK_FALSE(directory.value(tile_byte_counts));
    CHECK(directory.values(9999).empty());
  }
}

TEST_CASE("slide: a TIFF that was cut short says so") {
  const Files files;
  const std::vector<std::uint8_t> bytes = read_file(files.slide);
  const std::size_t size = bytes.size();
  write_file(files.slide, bytes.data(), size / 2);

  const auto error = error_of([&] { open_with_openslide(files.slide); });

  REQUIRE(error);
  CHECK(contains(error->what(), "slide.tiff: the file is cut short or damaged: it has " +
                                    std::to_string(size / 2) +
                                    " bytes, and directory 0 would reach beyond them"));
  CHECK(error_of([&] { open_as_image(files.slide); }));
}

TEST_CASE("slide: a TIFF whose pixels lie beyond its end says so") {
  const Files files;
  std::vector<std::uint8_t> bytes = read_file(files.slide);
  const std::uint64_t offset = first_directory(files.slide).values(tile_offsets)[0];
  const auto needle = [](std::uint64_t value) {
    return std::vector<std::uint8_t>{static_cast<std::uint8_t>(value),
                                     static_cast<std::uint8_t>(value >> 8),
                                     static_cast<std::uint8_t>(value >> 16), 0};
  };
  const std::uint64_t next = first_directory(files.slide).values(tile_offsets)[1];
  std::vector<std::uint8_t> both = needle(offset);
  for (const std::uint8_t byte : needle(next)) both.push_back(byte);
  const auto found = std::search(bytes.begin(), bytes.end(), both.begin(), both.end());
  REQUIRE(found != bytes.end());
  *(found + 3) = 0x7f;
  write_file(files.slide, bytes);

  CHECK(contains(error_of([&] { open_with_openslide(files.slide); })->what(),
                 "the pixels of directory 0 would reach beyond them"));
}

TEST_CASE("slide: a TIFF whose directories go round in a circle, or are none, says so") {
  const TempFolder folder;
  const fs::path path = folder.path() / "a.tif";
  const auto message = [&](std::string bytes) {
    replace_file(path, bytes);
    return std::string(error_of([&] { open_with_openslide(path); })->what());
  };

  CHECK(contains(message(std::string("II*\0\x08\0\0\0\0\0\x08\0\0\0", 14)),
                 "a.tif: the file is cut short or damaged: its directories go round in a circle"));
  CHECK(contains(message(std::string("II*\0\0\0\0\0", 8)), "damaged: it states no directory"));
}

TEST_CASE("slide: a TIFF of JPEG strips with damage is an error as a plain image") {
  const TempFolder folder;
  const fs::path path = folder.path() / "strips.tif";
  test::write_jpeg_strips(path, tissue_image({200, 160}, {0, 0, 200, 160}));
  CHECK(open_as_image(path));
  const TiffDirectory directory = first_directory(path);
  std::vector<std::uint8_t> bytes = read_file(path);
  const std::uint64_t middle = directory.values(273)[1] + directory.values(279)[1] / 2;
  bytes[middle] = 0xff;
  bytes[middle + 1] = 0xd9;
  write_file(path, bytes);

  const auto error = error_of([&] { open_as_image(path); });

  REQUIRE(error);
  CHECK(
      contains(error->what(), "strips.tif: not a TIFF image that can be read: damaged JPEG data"));
}

TEST_CASE("file bytes: what cannot be read is named with the reason") {
  const TempFolder folder;
  const fs::path path = folder.path() / "a.bin";

  CHECK(contains(error_of([&] { FileBytes file(path); })->what(),
                 "a.bin: cannot be read: No such file"));

  replace_file(path, "0123456789");
  const FileBytes file(path);
  CHECK(file.size() == 10);
  std::uint8_t bytes[10] = {};
  file.read(4, bytes, 2);
  CHECK(bytes[1] == '5');
  fs::resize_file(path, 3);
  CHECK(contains(error_of([&] { file.read(0, bytes, 10); })->what(),
                 "a.bin: the file became shorter"));
}
