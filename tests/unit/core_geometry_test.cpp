#include "histo/geometry.hpp"

#include "support/catch.hpp"

using namespace histo;

TEST_CASE("geometry: a half is rounded to the even neighbour, as Python does") {
  CHECK(round_half_even(0.5) == 0);
  CHECK(round_half_even(1.5) == 2);
  CHECK(round_half_even(2.5) == 2);
  CHECK(round_half_even(-0.5) == 0);
  CHECK(round_half_even(-1.5) == -2);
  CHECK(round_half_even(-2.5) == -2);
}

TEST_CASE("geometry: everything but a half is rounded to the nearest integer") {
  CHECK(round_half_even(2.4999999) == 2);
  CHECK(round_half_even(2.5000001) == 3);
  CHECK(round_half_even(-0.51) == -1);
  CHECK(round_half_even(7.0) == 7);
}

TEST_CASE("geometry: rectangles meet in their common part") {
  CHECK(intersect({0, 0, 10, 10}, {5, -5, 10, 10}) == Rect{5, 0, 5, 5});
  CHECK(intersect({-4, -4, 20, 20}, {0, 0, 8, 8}) == Rect{0, 0, 8, 8});
}

TEST_CASE("geometry: rectangles that do not meet have nothing in common") {
  const Rect nothing = intersect({0, 0, 4, 4}, {9, 9, 4, 4});

  CHECK(nothing.width == 0);
  CHECK(nothing.height == 0);
}
