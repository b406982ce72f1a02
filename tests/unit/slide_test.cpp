#include "histo/slide.hpp"

#include <algorithm>
#include <cstdlib>

#include "histo/codec.hpp"
#include "histo/error.hpp"

#include "core/files.hpp"
#include "core/ordered_map.hpp"
#include "support/catch.hpp"
#include "support/slides.hpp"

using namespace histo;
using histo::test::contains;
using histo::test::error_of;
using histo::test::shared_file;
using histo::test::TempFolder;
using histo::test::tissue_image;

namespace {

std::string message(const std::filesystem::path& path) {
  const auto error = error_of([&] { Slide slide(path); });
  return error && error->kind() == ErrorKind::input ? error->what() : "no input error";
}

bool is_white(const std::uint8_t* pixel) {
  return pixel[0] == 255 && pixel[1] == 255 && pixel[2] == 255;
}

struct Files : TempFolder {
  Image image = tissue_image({1300, 1100}, {200, 100, 700, 800});
  std::filesystem::path slide = path() / "slide.tiff";
  std::filesystem::path png = path() / "image.png";

  Files() {
    test::write_slide(slide, image);
    write_file(png, encode_png(image));
  }
};

}  // namespace

TEST_CASE("slide: a pyramid has its levels and their true downsamples") {
  const Files files;
  const Slide slide(files.slide);

  REQUIRE(slide.level_count() == 3);
  CHECK(slide.size() == Size{1300, 1100});
  CHECK(slide.level_size(1) == Size{650, 550});
  CHECK(slide.level_downsample(2).x == 4.0);
  CHECK(slide.properties().vendor == "generic-tiff");
  CHECK_FALSE(slide.properties().objective_power);
}

TEST_CASE("slide: a level that is not there is an error that says how many there are") {
  const Files files;
  const Slide slide(files.slide);

  CHECK(contains(error_of([&] { slide.level_size(3); })->what(),
                 "no level 3, the slide has 3 levels"));
  CHECK(contains(error_of([&] { slide.read({0, 0, 8, 8}, -1); })->what(), "no level -1"));
}

TEST_CASE("slide: the first level within a dimension is chosen, else the last") {
  const Files files;
  const Slide slide(files.slide);

  CHECK(slide.level_within(5000) == 0);
  CHECK(slide.level_within(1299) == 1);
  CHECK(slide.level_within(10) == 2);
}

TEST_CASE("slide: a region beyond the slide is filled up with white") {
  const Files files;
  for (const auto& path : {files.slide, files.png}) {
    const Slide slide(path);

    const Image image = slide.read({1290, 1090, 20, 20}, 0);

    REQUIRE(image.size() == Size{20, 20});
    CHECK_FALSE(is_white(image.row(9) + 3 * 9));
    CHECK(is_white(image.row(9) + 3 * 10));
    CHECK(is_white(image.row(10) + 3 * 9));
    const Image outside = slide.read({-50, -50, 20, 20}, 0);
    CHECK(std::count(outside.bytes().begin(), outside.bytes().end(), 255) == 1200);
  }
}

TEST_CASE("slide: a region of a level has the level's number of pixels, rounded half to even") {
  const Files files;
  const Slide slide(files.slide);

  CHECK(slide.read({0, 0, 512, 256}, 1).size() == Size{256, 128});
  CHECK(slide.read({0, 0, 5, 7}, 1).size() == Size{2, 4});
  CHECK(slide.read({0, 0, 1, 1}, 2).size() == Size{1, 1});
}

TEST_CASE("slide: a whole level equals its regions") {
  const Files files;
  for (const auto& path : {files.slide, files.png}) {
    const Slide slide(path);

    const Image level = slide.read_level(1);

    REQUIRE(level.size() == slide.level_size(1));
    const Image part = slide.read({400, 600, 64, 64}, 1);
    for (std::int64_t y = 0; y < 32; ++y) {
      REQUIRE(std::equal(part.row(y), part.row(y) + 96, level.row(300 + y) + 3 * 200));
    }
  }
}

TEST_CASE("slide: a plain image gives its own pixels") {
  const Files files;
  const Slide slide(files.png);

  CHECK(slide.properties().vendor == "image");
  CHECK(slide.read_level(0).bytes() == files.image.bytes());
  const Image part = slide.read({210, 130, 3, 2}, 0);
  CHECK(std::equal(part.row(1), part.row(1) + 9, files.image.row(131) + 3 * 210));
}

TEST_CASE("slide: a plain image's levels are halved down to 512 pixels, rounded down") {
  const TempFolder folder;
  write_file(folder.path() / "a.png", encode_png(Image(2049, 700)));
  const Slide slide(folder.path() / "a.png");

  REQUIRE(slide.level_count() == 3);
  CHECK(slide.level_size(2) == Size{512, 175});
}

TEST_CASE("slide: a TIFF without tiles is read as a plain image") {
  const TempFolder folder;
  const Image image = tissue_image({100, 80}, {10, 10, 50, 50});
  test::write_plain_tiff(folder.path() / "plain.tif", image);

  const Slide slide(folder.path() / "plain.tif");

  CHECK(slide.properties().vendor == "image");
  CHECK(slide.read_level(0).bytes() == image.bytes());
}

TEST_CASE("slide: many threads read the same pixels as one") {
  const Files files;
  const Slide slide(files.slide);
  const auto read_all = [&](std::size_t threads) {
    std::vector<std::uint8_t> all;
    std::int64_t next = 0;
    ordered_map(
        threads,
        [&]() -> std::optional<Rect> {
          if (next == 64) return std::nullopt;
          const Rect tile{(next % 8) * 160, (next / 8) * 140, 160, 140};
          ++next;
          return tile;
        },
        [&] { return [&](Rect tile) { return slide.read(tile, 0); }; },
        [&](Image&& image) { all.insert(all.end(), image.bytes().begin(), image.bytes().end()); });
    return all;
  };

  CHECK(read_all(1) == read_all(8));
}

TEST_CASE("slide: what cannot be opened is named with its cause") {
  const TempFolder folder;
  replace_file(folder.path() / "letter.svs", "dear colleague");
  replace_file(folder.path() / "void.tiff", "");
  replace_file(folder.path() / "zeiss.czi", "ZISRAWFILE and more");
  replace_file(folder.path() / "half.tiff", std::string("II*\0\x08\0\0\0", 8));

  CHECK(contains(message(folder.path() / "none.svs"), "none.svs: there is no such file"));
  CHECK(contains(message(folder.path()), ": a folder, and a slide is a file"));
  CHECK(contains(message(folder.path() / "letter.svs"),
                 "neither a slide that OpenSlide knows nor a PNG, JPEG or TIFF image"));
  CHECK(contains(message(folder.path() / "void.tiff"), "the file is empty"));
  CHECK(contains(message(folder.path() / "zeiss.czi"), "a Zeiss CZI file, which OpenSlide "));
  CHECK(contains(message(folder.path() / "half.tiff"), "half.tiff: "));
}

TEST_CASE("slide: a truncated plain image is an error, not a picture with a white end") {
  const Files files;
  const std::vector<std::uint8_t> bytes = read_file(files.png);
  write_file(files.path() / "cut.png", bytes.data(), bytes.size() / 2);

  CHECK(contains(message(files.path() / "cut.png"), "cut.png: damaged PNG file"));
}

TEST_CASE("slide: a region whose data is damaged is an error, never white") {
  const Files files;
  std::vector<std::uint8_t> bytes = read_file(files.slide);
  // The first level's tiles lie at the beginning of the file; headers and directories stay as they
  // are.
  std::fill(bytes.begin() + 2000, bytes.begin() + 12000, std::uint8_t{0});
  write_file(files.path() / "damaged.tiff", bytes);

  const auto error_with = [&](SlideBackend backend) {
    return error_of([&] {
      const Slide slide(files.path() / "damaged.tiff", backend);
      slide.read({0, 0, 1300, 1100}, 0);
    });
  };
  const auto direct = error_with(SlideBackend::automatic);
  const auto openslide = error_with(SlideBackend::openslide);

  REQUIRE(direct);
  CHECK(direct->kind() == ErrorKind::input);
  CHECK(contains(direct->what(), "damaged.tiff: block "));
  CHECK(contains(direct->what(), " of level 0: damaged JPEG data ("));
  REQUIRE(openslide);
  CHECK(openslide->kind() == ErrorKind::input);
  CHECK(contains(openslide->what(), "damaged.tiff: OpenSlide: "));
}

TEST_CASE("slide: a real Aperio slide states its resolution") {
  const auto file = shared_file("data/slides/cmu-1-small-region.svs");
  SKIP_WITHOUT(file, "cmu-1-small-region.svs");
  const Slide slide(*file);

  CHECK(slide.properties().vendor == "aperio");
  CHECK(slide.properties().mpp_x == 0.499);
  CHECK(slide.properties().objective_power == 20.0);
}

TEST_CASE("slide: damaged slides of the test data fail with their causes") {
  const auto bad = shared_file("data/slides/bad");
  SKIP_WITHOUT(bad, "slides/bad");

  CHECK(contains(message(*bad / "unopenable.tiff"), "OpenSlide: Unsupported TIFF compression"));
  CHECK(contains(message(*bad / "small_dicom.dcm"), "a DICOM file, which OpenSlide "));
  CHECK(contains(message(*bad / "RGB-8bit.czi"), "a Zeiss CZI file, which OpenSlide "));
  CHECK(contains(message(*bad / "broken.svs"), "neither a slide that OpenSlide knows"));
  const auto unreadable = [&](SlideBackend backend) {
    const Slide slide(*bad / "unreadable.svs", backend);
    return std::string(error_of([&] { slide.read_level(0); })->what());
  };
  CHECK(contains(unreadable(SlideBackend::automatic),
                 "unreadable.svs: block 0 of level 0: damaged JPEG data ("));
  CHECK(contains(unreadable(SlideBackend::openslide), "unreadable.svs: OpenSlide: "));
}

TEST_CASE("slide: a slide names its reader") {
  const Files files;

  CHECK(Slide(files.slide).reader() == "direct");
  CHECK(Slide(files.slide, SlideBackend::direct).reader() == "direct");
  CHECK(Slide(files.slide, SlideBackend::openslide).reader() == "openslide");
  CHECK(Slide(files.png).reader() == "image");
  CHECK(Slide(files.slide).content() == Rect{0, 0, 1300, 1100});
}

TEST_CASE("slide: the direct reader refuses what it does not take") {
  const Files files;

  const auto error = error_of([&] { Slide slide(files.png, SlideBackend::direct); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::input);
  CHECK(contains(error->what(), "not a tiled JPEG TIFF that the direct reader takes"));
}
