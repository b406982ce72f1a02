#include <cmath>
#include <limits>

#include "histo/error.hpp"
#include "histo/tissue.hpp"

#include "support/catch.hpp"

using namespace histo;
using histo::test::Approx;
using histo::test::error_of;

namespace {

std::string drawn(const Mask& mask) {
  std::string text;
  for (std::int64_t y = 0; y < mask.height(); ++y) {
    for (std::int64_t x = 0; x < mask.width(); ++x) text += mask.row(y)[x] == 1 ? '#' : '.';
    text += '\n';
  }
  return text;
}

// A mask of nothing but tissue.
Tissue all_tissue(Size mask, Size slide) {
  Tissue tissue;
  tissue.slide_size = slide;
  tissue.mask = Mask(mask.width, mask.height, 1);
  return tissue;
}

Ring box(double left, double top, double right, double bottom) {
  return {{left, top}, {right, top}, {right, bottom}, {left, bottom}};
}

RegionOfInterest region(Ring outline, std::vector<Ring> holes = {}) {
  return {"", {{std::move(outline), std::move(holes)}}};
}

// Even-odd by a ray to the left, the slow way.
bool lies_in(const Ring& ring, double x, double y) {
  bool inside = false;
  for (std::size_t i = 0; i < ring.size(); ++i) {
    const Point& a = ring[i];
    const Point& b = ring[(i + 1) % ring.size()];
    if ((a.y <= y) == (b.y <= y)) continue;
    if (a.x + (y - a.y) * (b.x - a.x) / (b.y - a.y) <= x) inside = !inside;
  }
  return inside;
}

}  // namespace

TEST_CASE("regions: only tissue inside stays, or only tissue outside") {
  Tissue inside = all_tissue({6, 4}, {60, 40});
  inside.mask.row(1)[2] = 0;
  Tissue outside = inside;
  const std::vector<RegionOfInterest> regions = {region(box(10, 10, 40, 30))};

  const double share = keep_inside(inside, regions);

  CHECK(drawn(inside.mask) == "......\n.#.#..\n.###..\n......\n");
  CHECK(share == Approx(6.0 / 24));
  CHECK(keep_outside(outside, regions) == Approx(6.0 / 24));
  CHECK(drawn(outside.mask) == "######\n#...##\n#...##\n######\n");
}

TEST_CASE("regions: holes are outside, and other regions may lie in them") {
  Tissue tissue = all_tissue({9, 9}, {9, 9});

  keep_inside(tissue, {region(box(0, 0, 9, 9), {box(1, 1, 8, 8)}), region(box(3, 3, 6, 6)),
                       region(box(4, 4, 5, 5))});

  CHECK(drawn(tissue.mask) ==
        "#########\n#.......#\n#.......#\n#..###..#\n#..###..#\n#..###..#\n#.......#\n#.......#\n"
        "#########\n");
}

TEST_CASE("regions: a hole takes nothing from a polygon below it, and nothing beyond its outline") {
  Tissue tissue = all_tissue({6, 2}, {6, 2});

  keep_inside(tissue, {region(box(2, 0, 4, 2)), region(box(0, 0, 3, 2), {box(1, 0, 9, 2)})});

  CHECK(drawn(tissue.mask) == "#.##..\n#.##..\n");
}

TEST_CASE("regions: the middle of a pixel decides, and neighbours share no pixel") {
  const auto covered = [](double left, double right) {
    Tissue tissue = all_tissue({4, 1}, {4, 1});
    keep_inside(tissue, {region(box(left, 0, right, 1))});
    return drawn(tissue.mask);
  };

  CHECK(covered(0.4, 2.4) == "##..\n");
  CHECK(covered(0.6, 2.6) == ".##.\n");
  CHECK(covered(0, 1.5) == "#...\n");
  CHECK(covered(1.5, 4) == ".###\n");
}

TEST_CASE("regions: what leaves the slide is cut off, and what misses it covers nothing") {
  Tissue tissue = all_tissue({3, 3}, {300, 300});
  Tissue missed = tissue;

  CHECK(keep_inside(tissue, {region(box(-1e9, -500, 100, 1e9))}) == Approx(1.0 / 3));
  CHECK(drawn(tissue.mask) == "#..\n#..\n#..\n");
  CHECK(keep_inside(missed, {region(box(400, 400, 500, 500))}) == 0.0);
  CHECK(tissue_share(missed) == 0.0);
}

TEST_CASE("regions: without any, nothing is inside and all is outside") {
  Tissue inside = all_tissue({2, 2}, {2, 2});
  Tissue outside = inside;

  CHECK(keep_inside(inside, {}) == 0.0);
  CHECK(keep_outside(outside, {}) == 0.0);
  CHECK(tissue_share(inside) == 0.0);
  CHECK(tissue_share(outside) == 1.0);
}

TEST_CASE("regions: each axis has its own scale") {
  Tissue tissue = all_tissue({4, 4}, {400, 40});

  keep_inside(tissue, {region(box(0, 0, 200, 10))});

  CHECK(drawn(tissue.mask) == "##..\n....\n....\n....\n");
}

TEST_CASE("regions: crooked rings are filled by the even-odd rule") {
  // A star whose arms cross, with points off the pixels' grid.
  Ring star;
  for (int i = 0; i < 7; ++i) {
    const double angle = 3.0 * i * 2.0 * 3.14159265358979 / 7.0;
    star.push_back({50.3 + 47.1 * std::cos(angle), 39.7 + 45.9 * std::sin(angle)});
  }
  const Ring hole = {{40.2, 30.1}, {60.9, 35.5}, {45.5, 50.3}};
  Tissue tissue = all_tissue({100, 80}, {100, 80});

  keep_inside(tissue, {region(star, {hole})});

  std::size_t wrong = 0;
  for (std::int64_t y = 0; y < 80; ++y) {
    for (std::int64_t x = 0; x < 100; ++x) {
      const double middle_x = static_cast<double>(x) + 0.5;
      const double middle_y = static_cast<double>(y) + 0.5;
      const bool wanted = lies_in(star, middle_x, middle_y) && !lies_in(hole, middle_x, middle_y);
      if ((tissue.mask.row(y)[x] == 1) != wanted) ++wrong;
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("regions: a ring that is closed by its first point is the same ring") {
  Tissue closed = all_tissue({5, 5}, {5, 5});
  Tissue open = closed;
  Ring ring = {{0, 0}, {5, 0}, {0, 5}};

  keep_inside(open, {region(ring)});
  ring.push_back(ring.front());
  keep_inside(closed, {region(ring)});

  CHECK(open.mask.bytes() == closed.mask.bytes());
  CHECK(tissue_share(open) > 0);
}

TEST_CASE("regions: a point that is no place is refused") {
  for (const double bad : {std::nan(""), std::numeric_limits<double>::infinity(), 1e13}) {
    Tissue tissue = all_tissue({5, 5}, {5, 5});

    const auto error = error_of([&] { keep_inside(tissue, {region({{0, 0}, {bad, 1}, {3, 4}})}); });

    REQUIRE(error);
    CHECK(error->kind() == ErrorKind::internal);
    CHECK(std::string(error->what()) == "a region has a point that lies nowhere");
  }
}
