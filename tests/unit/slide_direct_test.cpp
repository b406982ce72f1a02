#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "core/files.hpp"
#include "core/ordered_map.hpp"
#include "unit/slide_sources.hpp"

using namespace histo;
using namespace histo::test;

namespace {

/// The mean distance of one pixel value to the mean of those it stands for.
double distance_to_area_mean(const Image& small, const Image& full, int by) {
  double sum = 0;
  for (std::int64_t y = 0; y < small.height(); ++y) {
    for (std::int64_t i = 0; i < 3 * small.width(); ++i) {
      const std::int64_t x = i / 3 * by;
      double total = 0;
      int count = 0;
      for (std::int64_t row = y * by; row < std::min((y + 1) * by, full.height()); ++row) {
        for (std::int64_t column = x; column < std::min(x + by, full.width()); ++column, ++count) {
          total += full.row(row)[3 * column + i % 3];
        }
      }
      sum += std::abs(total / count - small.row(y)[i]);
    }
  }
  return sum / static_cast<double>(small.bytes().size());
}

}  // namespace

TEST_CASE("direct reader: pixels equal OpenSlide's in every layout of JPEG tiles") {
  std::vector<SlideLayout> layouts(7, layout_of({256, 128}, 3));
  layouts[1].is_rgb = true;
  layouts[2].across = layouts[2].down = 1;
  layouts[3].down = 1;
  layouts[4].shared_tables = false;
  layouts[5].mode = "w8";
  layouts[6].tile = {240, 240};
  layouts[6].is_rgb = true;
  layouts[6].description = "Aperio Image Library v11\n701x533|AppMag = 20|MPP = 0.5";
  for (const SlideLayout& layout : layouts) {
    const Files files(layout);
    const Source openslide = open_with_openslide(files.slide);
    const Source source = direct(files.slide);

    REQUIRE(as_direct(source));
    CHECK(source->level_sizes() == openslide->level_sizes());
    CHECK(source->properties().vendor == openslide->properties().vendor);
    CHECK(source->properties().mpp_x == openslide->properties().mpp_x);
    CHECK(different(*source, *openslide, 100) == 0);
    for (int level = 0; level < 3; ++level) {
      CHECK(source->read_level(level).bytes() == openslide->read_level(level).bytes());
    }
  }
}

TEST_CASE("direct reader: pixels equal OpenSlide's on the real slides") {
  const auto folder = shared_file("data/slides");
  SKIP_WITHOUT(folder, "slides");
  for (const char* name : {"prostate-ink.tiff", "cmu-1-small-region.svs", "tissue-array.tiff"}) {
    const Source source = direct(*folder / name);

    CHECK(as_direct(source));
    CHECK(different(*source, *open_with_openslide(*folder / name), 250) == 0);
  }
}

TEST_CASE("direct reader: a shrunk level is within two grey levels of its pixels' means") {
  const Files files(layout_of({128, 128}, 1));
  std::vector<fs::path> paths = {files.slide};
  if (const auto real = shared_file("data/slides/prostate-ink.tiff")) paths.push_back(*real);
  for (const fs::path& path : paths) {
    const Source source = direct(path);
    const Image full = source->read_level(0);
    for (const int by : {1, 2, 4, 8}) {
      const Size size{(full.width() + by - 1) / by, (full.height() + by - 1) / by};

      const Image small = source->read_reduced(0, 0, size, 0, by);

      CHECK(distance_to_area_mean(small, full, by) < (by == 1 ? 1e-9 : 2.0));
    }
  }
}

TEST_CASE("direct reader: what a tile holds beyond the level does not leak into a shrunk level") {
  TempFolder folder;
  const fs::path slide = folder.path() / "white.tiff";
  test::write_slide(slide, Image(301, 203, 250), layout_of({256, 256}, 1));
  const Source source = direct(slide);

  const Image small = source->read_reduced(30, 20, {8, 6}, 0, 8);

  // 301 pixels shrink to 38, 203 to 26; JPEG's own error beside the black padding is a few levels.
  CHECK(*std::min_element(small.bytes().begin(), small.bytes().end()) > 240);
  const Image outside = source->read_reduced(38, 26, {4, 4}, 0, 8);
  CHECK(*std::min_element(outside.bytes().begin(), outside.bytes().end()) == 255);
}

TEST_CASE("direct reader: a region of a shrunk level is that part of the whole") {
  const Files files;
  const Source source = direct(files.slide);
  const Image whole = source->read_reduced(0, 0, {176, 134}, 0, 4);

  const Image part = source->read_reduced(50, 60, {70, 30}, 0, 4);

  for (std::int64_t y = 0; y < 30; ++y) {
    REQUIRE(std::equal(part.row(y), part.row(y) + 3 * 70, whole.row(60 + y) + 3 * 50));
  }
}

TEST_CASE("direct reader: the largest power of two that is wanted is offered, up to eight") {
  const Files files(layout_of({240, 240}, 1));
  const Source source = direct(files.slide);

  std::vector<int> offered;
  for (const int wanted : {1, 2, 3, 4, 7, 8, 100}) offered.push_back(source->reduction(0, wanted));
  CHECK(offered == std::vector<int>{1, 2, 2, 4, 4, 8, 8});
  CHECK(open_with_openslide(files.slide)->reduction(0, 8) == 1);
}

TEST_CASE("every reader: pixels of a level can be named in the level's own frame") {
  const Files files(layout_of({128, 128}, 2));
  test::write_plain_tiff(files.path() / "plain.tif", tissue_image({1100, 600}, {0, 0, 900, 500}));
  std::vector<Source> sources;
  sources.push_back(direct(files.slide));
  sources.push_back(open_with_openslide(files.slide));
  sources.push_back(open_as_image(files.path() / "plain.tif"));
  for (const Source& source : sources) {
    const Image whole = source->read_level(0);

    const Image part = source->read_reduced(33, 57, {100, 80}, 0, 1);

    REQUIRE(part.size() == Size{100, 80});
    CHECK(std::equal(part.row(79), part.row(79) + 300, whole.row(57 + 79) + 3 * 33));
  }
}

TEST_CASE("direct reader: overlapping tiles, row by row, decode each block once") {
  const TempFolder folder;
  const fs::path slide = folder.path() / "wide.tiff";
  test::write_slide(slide, Image(20480, 1280, 200), layout_of({256, 256}, 1));
  const Source source = direct(slide);

  for (std::int64_t y = 0; y + 512 <= 1280; y += 256) {
    for (std::int64_t x = 0; x + 512 <= 20480; x += 256) source->read(x, y, {512, 512}, 0);
  }

  REQUIRE(as_direct(source));
  CHECK(as_direct(source)->decoded_blocks() == 80 * 5);
}

TEST_CASE("direct reader: many threads read the same pixels as one, and decode each block once") {
  const Files files(layout_of({64, 64}, 1));
  const auto read_all = [&](std::size_t threads) {
    const Source source = direct(files.slide);
    std::vector<std::uint8_t> all;
    std::int64_t next = 0;
    ordered_map(
        threads,
        [&]() -> std::optional<std::int64_t> {
          return next < 300 ? std::optional(next++) : std::nullopt;
        },
        [&] {
          return [&](std::int64_t i) {
            return source->read(i % 20 * 32, i / 20 * 32, {100, 100}, 0);
          };
        },
        [&](Image&& image) { all.insert(all.end(), image.bytes().begin(), image.bytes().end()); });
    CHECK(as_direct(source)->decoded_blocks() == 11 * 9);
    return all;
  };

  CHECK(read_all(1) == read_all(8));
}

TEST_CASE("direct reader: an Aperio slide with a tile left out is OpenSlide's to fill") {
  SlideLayout layout;
  layout.description = "Aperio Image Library v11\n701x533|AppMag = 20|MPP = 0.5";
  layout.left_out = {1};
  const Files files(layout);
  const Source source = direct(files.slide);

  CHECK_FALSE(as_direct(source));
  const Image gap = source->read(256, 0, {256, 256}, 0);
  CHECK(*std::min_element(gap.bytes().begin(), gap.bytes().end()) == 255);
}

TEST_CASE(
    "direct reader: damage between a level's pixels, where OpenSlide reads, is an error too") {
  const Files files(layout_of({64, 64}, 2));
  const TiffDirectory second = read_tiff_directories(FileBytes(files.slide))[1];
  std::vector<std::uint8_t> bytes = read_file(files.slide);
  const auto at = static_cast<std::ptrdiff_t>(second.values(tile_offsets)[2] +
                                              second.values(tile_byte_counts)[2] / 2);
  bytes[static_cast<std::size_t>(at)] = 0xff;
  bytes[static_cast<std::size_t>(at) + 1] = 0xd9;
  write_file(files.slide, bytes);
  const Source source = direct(files.slide);

  REQUIRE(as_direct(source));
  const auto error = error_of([&] { source->read(273, 0, {40, 40}, 1); });
  REQUIRE(error);
  CHECK(contains(error->what(), "block 2 of level 1: damaged JPEG data ("));
}

TEST_CASE("direct reader: a slide that does not fit stays with OpenSlide") {
  SlideLayout deflate;
  deflate.compressed_by_deflate = true;
  SlideLayout turned;
  turned.orientation = 3;
  for (const SlideLayout& layout : {deflate, turned}) {
    const Files files(layout);

    CHECK_FALSE(as_direct(direct(files.slide)));
  }
  const auto ndpi = shared_file("data/slides/fluorescence-dapi.ndpi");
  if (ndpi) CHECK_FALSE(as_direct(direct(*ndpi)));
}

namespace {

/// A reader of the right sizes that has its own view of the pixels.
class Painted : public PixelSource {
 public:
  explicit Painted(Source truth) : truth_(std::move(truth)) {}
  const std::vector<Size>& level_sizes() const override { return truth_->level_sizes(); }
  const SlideProperties& properties() const override { return truth_->properties(); }
  Image read(std::int64_t x, std::int64_t y, Size size, int level) const override {
    Image image = truth_->read(x, y, size, level);
    image.row(size.height / 2)[0] ^= 1;
    return image;
  }
  Image read_level(int level) const override { return truth_->read_level(level); }
  Image read_reduced(std::int64_t x, std::int64_t y, Size size, int level,
                     int reduction) const override {
    return truth_->read_reduced(x, y, size, level, reduction);
  }

 private:
  Source truth_;
};

}  // namespace

TEST_CASE("direct reader: a slide of which OpenSlide has other pixels stays with OpenSlide") {
  const Files files;
  auto painted = std::make_unique<Painted>(open_with_openslide(files.slide));
  const PixelSource* given = painted.get();

  CHECK(with_direct_reading(files.slide, std::move(painted)).get() == given);
}
