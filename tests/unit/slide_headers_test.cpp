#include <cstdint>
#include <string>
#include <vector>

#include "histo/codec.hpp"
#include "histo/error.hpp"
#include "histo/slide.hpp"

#include "core/files.hpp"
#include "support/catch.hpp"
#include "support/noise.hpp"
#include "support/slides.hpp"

using namespace histo;
using histo::test::contains;
using histo::test::error_of;
using histo::test::shared_file;
using histo::test::TempFolder;

namespace {

void check_same_headers(const std::filesystem::path& file) {
  const Slide slide(file);
  const Slide headers = Slide::headers_of(file);

  REQUIRE(headers.level_count() == slide.level_count());
  for (int level = 0; level < slide.level_count(); ++level) {
    CHECK(headers.level_size(level) == slide.level_size(level));
    CHECK(headers.level_pitch(level).x == slide.level_pitch(level).x);
  }
  CHECK(headers.content() == slide.content());
  CHECK(headers.properties().vendor == slide.properties().vendor);
  CHECK(headers.properties().mpp_x == slide.properties().mpp_x);
  CHECK(headers.properties().mpp_y == slide.properties().mpp_y);
  CHECK(headers.properties().objective_power == slide.properties().objective_power);
  CHECK(headers.path() == file);
}

std::vector<std::uint8_t> first_half(const std::vector<std::uint8_t>& bytes) {
  return {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(bytes.size() / 2)};
}

void check_refused(const std::filesystem::path& file, const std::string& sentence) {
  const auto error = error_of([&] { Slide::headers_of(file); });
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::input);
  CHECK(contains(error->what(), file.string() + ": "));
  CHECK(contains(error->what(), sentence));
}

}  // namespace

TEST_CASE("slide headers: a pyramid's are those of the open slide") {
  const TempFolder folder;
  test::write_slide(folder.path() / "slide.tiff", test::noise(1300, 1100));

  check_same_headers(folder.path() / "slide.tiff");
}

TEST_CASE("slide headers: a plain image's are those of the open image") {
  const TempFolder folder;
  const Image image = test::noise(1301, 1027);
  write_file(folder.path() / "a.png", encode_png(image));
  write_file(folder.path() / "a.jpeg", encode_jpeg(image, 80));
  test::write_plain_tiff(folder.path() / "a.tiff", image);

  for (const char* const name : {"a.png", "a.jpeg", "a.tiff"}) {
    check_same_headers(folder.path() / name);
  }
}

TEST_CASE("slide headers: a scanner's are those of the open slide") {
  for (const char* const name :
       {"data/slides/cmu-1-small-region.svs", "data/slides/fluorescence-dapi.ndpi",
        "data/slides/tissue-array.tiff"}) {
    const auto file = shared_file(name);
    SKIP_WITHOUT(file, name);
    check_same_headers(*file);
  }
}

TEST_CASE("slide headers: what lies behind them is not looked at") {
  const TempFolder folder;
  const Image image = test::noise(600, 500);
  write_file(folder.path() / "a.png", first_half(encode_png(image)));
  write_file(folder.path() / "a.jpeg", first_half(encode_jpeg(image, 80)));

  for (const char* const name : {"a.png", "a.jpeg"}) {
    CHECK(error_of([&] { const Slide slide(folder.path() / name); }));
    CHECK(Slide::headers_of(folder.path() / name).size() == Size{600, 500});
  }
}

TEST_CASE("slide headers: a JPEG's frame is found behind fill bytes and other segments") {
  const TempFolder folder;
  std::vector<std::uint8_t> bytes = encode_jpeg(test::noise(40, 30), 80);
  const std::vector<std::uint8_t> comment = {0xff, 0xff, 0xff, 0xfe, 0x00, 0x04, 0xff, 0xc0};
  bytes.insert(bytes.begin() + 2, comment.begin(), comment.end());
  write_file(folder.path() / "a.jpeg", bytes);

  CHECK(Slide::headers_of(folder.path() / "a.jpeg").size() == Size{40, 30});
}

TEST_CASE("slide headers: an image that ends before its size is refused") {
  const TempFolder folder;
  const Image image = test::noise(40, 30);
  std::vector<std::uint8_t> png = encode_png(image);
  png.resize(20);
  std::vector<std::uint8_t> jpeg = encode_jpeg(image, 80);
  jpeg.resize(30);
  write_file(folder.path() / "a.png", png);
  write_file(folder.path() / "a.jpeg", jpeg);

  check_refused(folder.path() / "a.png", "the image states no width and height");
  check_refused(folder.path() / "a.jpeg", "the image states no width and height");
}

TEST_CASE("slide headers: an image that states no width is refused") {
  const TempFolder folder;
  std::vector<std::uint8_t> png = encode_png(test::noise(40, 30));
  for (std::size_t i = 16; i < 20; ++i) png[i] = 0;
  write_file(folder.path() / "a.png", png);

  check_refused(folder.path() / "a.png", "the image states no width and height");
}

TEST_CASE("slide headers: a plain TIFF of more pixels than can be held is refused") {
  const TempFolder folder;
  // Little-endian, one directory: 100,000 x 100,000 pixels, no data.
  const std::vector<std::uint8_t> tiff = {
      'I',  'I', 42, 0, 8, 0, 0, 0,                    // the directory lies at 8
      2,    0,                                         // two entries
      0x00, 1,   4,  0, 1, 0, 0, 0, 0xa0, 0x86, 1, 0,  // ImageWidth
      0x01, 1,   4,  0, 1, 0, 0, 0, 0xa0, 0x86, 1, 0,  // ImageLength
      0,    0,   0,  0};
  write_file(folder.path() / "a.tiff", tiff);

  check_refused(folder.path() / "a.tiff", "100000 x 100000 pixels without a pyramid are too many");
}

TEST_CASE("slide headers: a file that is no slide is refused as when it is opened") {
  const TempFolder folder;
  write_file(folder.path() / "a.svs", {'n', 'o', 't', 'h', 'i', 'n', 'g', '!', '!'});
  write_file(folder.path() / "empty.svs", std::vector<std::uint8_t>());

  check_refused(folder.path() / "a.svs", "neither a slide that OpenSlide knows nor a PNG");
  check_refused(folder.path() / "empty.svs", "the file is empty");
  check_refused(folder.path() / "none.svs", "there is no such file");
}

TEST_CASE("slide headers: a backend that does not take the file refuses it") {
  const TempFolder folder;
  write_file(folder.path() / "a.png", encode_png(test::noise(40, 30)));
  for (const SlideBackend backend : {SlideBackend::openslide, SlideBackend::direct}) {
    CHECK(error_of([&] { Slide::headers_of(folder.path() / "a.png", backend); }));
  }
  CHECK(Slide::headers_of(folder.path() / "a.png", SlideBackend::image).reader() == "image");
}

TEST_CASE("slide headers: a plain image's pixels cannot be read from them") {
  const TempFolder folder;
  write_file(folder.path() / "a.png", encode_png(test::noise(40, 30)));
  const Slide headers = Slide::headers_of(folder.path() / "a.png");

  const auto error = error_of([&] { headers.read_level(0); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::internal);
  CHECK(contains(error->what(), "a slide's headers have no pixels"));
}
