#include <cstdint>

#include "histo/codec.hpp"
#include "histo/slide.hpp"

#include "core/files.hpp"
#include "slide/area.hpp"
#include "support/catch.hpp"
#include "support/noise.hpp"
#include "support/slides.hpp"

using namespace histo;
using histo::test::Approx;
using histo::test::TempFolder;

TEST_CASE("levels: the coarsest level that is fine enough is read") {
  const TempFolder folder;
  const auto file = folder.path() / "slide.tiff";
  test::write_pyramid(file,
                      {test::noise(1203, 1001), test::noise(601, 500), test::noise(300, 250)});
  const Slide slide(file);

  CHECK(slide.level_for({0.5, 0.5}) == 0);
  CHECK(slide.level_for({1.99, 1.99}) == 0);
  CHECK(slide.level_for({2.0, 2.0}) == 1);
  CHECK(slide.level_for({2.0 - 1e-12, 2.0}) == 1);
  CHECK(slide.level_for({9.0, 3.9}) == 1);
  CHECK(slide.level_for({9.0, 9.0}) == 2);
}

TEST_CASE("levels: the sampled levels of a plain image are never read") {
  const TempFolder folder;
  const auto file = folder.path() / "image.png";
  write_file(file, encode_png(test::noise(1200, 1100)));
  const Slide slide(file);

  REQUIRE(slide.level_count() == 2);
  CHECK(slide.level_for({2.0, 2.0}) == 0);
}

TEST_CASE("levels: a level's pitch is whole where its writer dropped a row or made one up") {
  CHECK(level_pitch_of({3236, 2638}, {404, 329}).y == 8.0);
  CHECK(level_pitch_of({3236, 2638}, {405, 330}).y == 8.0);
  CHECK(level_pitch_of({2603, 2397}, {867, 799}).x == 3.0);
  CHECK(level_pitch_of({20001, 15003}, {9, 7}).x == 2048.0);
  CHECK(level_pitch_of({2600, 2400}, {2600, 2400}).x == 1.0);
}

TEST_CASE("levels: a level of another size has its sizes' ratio along each axis") {
  CHECK(level_pitch_of({2600, 2400}, {1000, 1000}).x == Approx(2.6));
  CHECK(level_pitch_of({2600, 2400}, {1000, 1000}).y == Approx(2.4));
}

TEST_CASE("levels: a slide's content is its bounds as far as they lie on it") {
  const Size slide{1000, 800};

  CHECK(content_of(std::nullopt, slide) == Rect{0, 0, 1000, 800});
  CHECK(content_of(Rect{100, 50, 300, 200}, slide) == Rect{100, 50, 300, 200});
  CHECK(content_of(Rect{900, -50, 300, 200}, slide) == Rect{900, 0, 100, 150});
}

TEST_CASE("levels: impossible bounds are not believed") {
  const Rect whole{0, 0, 1000, 800};

  CHECK(content_of(Rect{2000, 0, 10, 10}, {1000, 800}) == whole);
  CHECK(content_of(Rect{0, 0, 0, 10}, {1000, 800}) == whole);
  CHECK(content_of(Rect{INT64_MAX - 1, 0, 10, 10}, {1000, 800}) == whole);
}
