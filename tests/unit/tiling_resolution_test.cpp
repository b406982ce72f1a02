#include <cmath>
#include <string>

#include "histo/error.hpp"
#include "histo/resolution.hpp"
#include "histo/tiling.hpp"

#include "support/catch.hpp"

using namespace histo;
using histo::test::Approx;
using histo::test::contains;
using histo::test::error_of;

namespace {

ResolutionOptions at(double mpp, double tolerance = 0.004) {
  ResolutionOptions options;
  options.mpp = mpp;
  options.mpp_tolerance = tolerance;
  return options;
}

SlideScale slide_of(double mpp_x, double mpp_y) {
  return {mpp_x, mpp_y, {{1.0, 1.0}, {2.0, 2.0}, {4.0, 4.0}, {16.0, 16.0}}};
}

std::string usage(const ResolutionOptions& options) {
  const auto error = error_of([&] { validate(options); });
  return error && error->kind() == ErrorKind::usage ? error->what() : "no usage error";
}

std::string input_error(const SlideScale& slide, const ResolutionOptions& options) {
  const auto error = error_of([&] { resolve_resolution(slide, {512, 512}, options); });
  return error && error->kind() == ErrorKind::input ? error->what() : "no input error";
}

}  // namespace

TEST_CASE("resolution: a level of just the wanted micrometres is taken as it is") {
  const Resolution found = resolve_resolution(slide_of(0.25, 0.25), {512, 256}, at(0.5));

  REQUIRE(found.level);
  CHECK(*found.level == 1);
  CHECK(found.scale.x == 2.0);
  CHECK(found.mpp_x == 0.5);
  CHECK(found.tile_width == 1024.0);
  CHECK(found.tile == Size{1024, 512});
}

TEST_CASE("resolution: within the tolerance the level's own micrometres are what is reported") {
  const Resolution found = resolve_resolution(slide_of(0.2495, 0.2505), {512, 512}, at(1.0));

  REQUIRE(found.level);
  CHECK(*found.level == 2);
  CHECK(found.mpp_x == Approx(0.998));
  CHECK(found.mpp_y == Approx(1.002));
  CHECK(found.tile == Size{2048, 2048});
}

TEST_CASE("resolution: the tolerance's bound belongs to it, also where doubles round") {
  // 4 * 0.2278 is not 0.9112 to the last bit.
  CHECK(resolve_resolution(slide_of(0.2278, 0.2278), {512, 512}, at(0.9112, 0.0)).level == 2);
  CHECK(resolve_resolution(slide_of(0.25, 0.25), {512, 512}, at(1.0 / 1.004)).level == 2);
  CHECK_FALSE(resolve_resolution(slide_of(0.25, 0.25), {512, 512}, at(1.0 / 1.0041)).level);
}

TEST_CASE("resolution: of several levels within the tolerance the nearest is taken") {
  const SlideScale slide{0.25, 0.25, {{1.0, 1.0}, {3.9, 3.9}, {4.0, 4.0}, {4.1, 4.1}}};

  CHECK(resolve_resolution(slide, {512, 512}, at(1.0, 0.05)).level == 2);
  CHECK(resolve_resolution(slide, {512, 512}, at(0.96, 0.05)).level == 1);
}

TEST_CASE("resolution: beyond the tolerance tiles are resampled to exactly what was asked for") {
  const Resolution found = resolve_resolution(slide_of(0.2278, 0.2278), {512, 512}, at(0.5));

  CHECK_FALSE(found.level);
  CHECK(found.mpp_x == 0.5);
  CHECK(found.mpp_y == 0.5);
  CHECK(found.scale.x == Approx(0.5 / 0.2278));
  CHECK(found.tile_width == Approx(512 * 0.5 / 0.2278));
  CHECK(found.tile == Size{1124, 1124});
}

TEST_CASE("resolution: pixels that are not square are made square") {
  const Resolution found = resolve_resolution(slide_of(0.25, 0.5), {512, 512}, at(1.0));

  CHECK_FALSE(found.level);
  CHECK(found.scale.x == 4.0);
  CHECK(found.scale.y == 2.0);
  CHECK(found.tile == Size{2048, 1024});
}

TEST_CASE("resolution: --slide-mpp goes before what the slide states") {
  ResolutionOptions options = at(0.5);
  options.slide_mpp = 0.5;

  CHECK(resolve_resolution(slide_of(0.25, 0.25), {512, 512}, options).level == 0);
  CHECK(resolve_resolution({{}, {}, {{1.0, 1.0}}}, {512, 512}, options).level == 0);
}

TEST_CASE("resolution: a slide without micrometres is refused with the options that help") {
  const std::string sentence =
      "the slide states no micrometres per pixel; give it with --slide-mpp X, or --slides-csv FILE "
      "with columns slide,mpp";
  const SlideScale unknown{{}, {}, {{1.0, 1.0}}};
  const SlideScale half_known{0.25, {}, {{1.0, 1.0}}};
  const SlideScale absurd{HUGE_VAL, 0.25, {{1.0, 1.0}}};

  CHECK(input_error(unknown, at(0.5)) == sentence);
  CHECK(input_error(half_known, at(0.5)) == sentence);
  CHECK(input_error(absurd, at(0.5)) == sentence);
}

TEST_CASE("resolution: a slide coarser than asked for is refused unless it may be enlarged") {
  CHECK(input_error(slide_of(0.499, 0.499), at(0.25)) ==
        "the slide has 0.499 micrometres per pixel, coarser than --mpp 0.25; --upsample enlarges "
        "its pixels");
  CHECK(contains(input_error(slide_of(0.25, 0.5), at(0.3)), "0.25 x 0.5 micrometres per pixel"));
  CHECK(input_error(slide_of(0.2505, 0.2505), at(0.25)) == "no input error");

  ResolutionOptions options = at(0.25);
  options.upsample = true;
  const Resolution found = resolve_resolution(slide_of(0.5, 0.5), {512, 512}, options);
  CHECK_FALSE(found.level);
  CHECK(found.scale.x == 0.5);
  CHECK(found.mpp_x == 0.25);
  CHECK(found.tile == Size{256, 256});
}

TEST_CASE("resolution: a tile has at least one pixel and its length never overflows") {
  ResolutionOptions tiny = at(1e-6);
  tiny.upsample = true;

  CHECK(resolve_resolution(slide_of(0.25, 0.25), {1, 1}, tiny).tile == Size{1, 1});
  CHECK(resolve_resolution(slide_of(0.25, 0.25), {512, 512}, at(1e300)).tile.width > 1'000'000'000);
}

TEST_CASE("resolution: options out of range are named with their values") {
  ResolutionOptions slide_mpp;
  slide_mpp.slide_mpp = -0.25;

  CHECK(usage(at(0.0)) == "--mpp must be a positive number of micrometres, got 0");
  CHECK(usage(at(HUGE_VAL)) == "--mpp must be a positive number of micrometres, got inf");
  CHECK(usage(at(std::nan(""))) == "--mpp must be a positive number of micrometres, got nan");
  CHECK(usage(slide_mpp) == "--slide-mpp must be a positive number of micrometres, got -0.25");
  CHECK(usage(at(0.5, 0.5)) == "--mpp-tolerance must lie in [0, 0.5), got 0.5");
  CHECK(usage(at(0.5, -0.1)) == "--mpp-tolerance must lie in [0, 0.5), got -0.1");
  CHECK(usage(at(0.5, 0.0)) == "no usage error");
}

TEST_CASE("resolution: asking for none is a bug of the caller") {
  const auto error = error_of([] { resolve_resolution(slide_of(0.25, 0.25), {512, 512}, {}); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::internal);
  CHECK(contains(error->what(), "no micrometres per pixel were asked for"));
}
