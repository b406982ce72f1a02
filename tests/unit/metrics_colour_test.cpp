#include <cmath>

#include "histo/metrics.hpp"

#include "support/catch.hpp"

using histo::colour_moments;
using histo::ColourMoments;
using histo::Image;
using histo::test::Approx;
using histo::test::contains;
using histo::test::error_of;

TEST_CASE("colour: mean and deviation are those of all pixels, a channel at a time") {
  Image image(2, 2, 10);
  image.row(0)[0] = 50;  // red of one pixel in four

  const ColourMoments moments = colour_moments(image);

  CHECK(moments.mean[0] == Approx(20.0));
  CHECK(moments.deviation[0] == Approx(std::sqrt(300.0)));  // (900 + 3 * 100) / 4
  CHECK(moments.mean[1] == 10.0);
  CHECK(moments.deviation[1] == 0.0);
}

TEST_CASE("colour: an image without pixels is an error") {
  CHECK(contains(error_of([] { colour_moments(Image()); })->what(), "without pixels"));
}
