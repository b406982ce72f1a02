#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "histo/outline.hpp"

#include "support/catch.hpp"

using histo::ErrorKind;
using histo::outline_of;
using histo::Point;
using histo::Polygon;
using histo::Rect;
using histo::Ring;
using histo::test::error_of;

namespace {

/// Twice the shoelace formula's area; exact, since all coordinates are whole.
double twice_area(const Ring& ring) {
  double sum = 0.0;
  for (std::size_t i = 0; i < ring.size(); ++i) {
    const Point& a = ring[i];
    const Point& b = ring[(i + 1) % ring.size()];
    sum += a.x * b.y - b.x * a.y;
  }
  return sum;
}

double area(const std::vector<Polygon>& polygons) {
  double sum = 0.0;
  for (const Polygon& polygon : polygons) {
    sum += twice_area(polygon.outline);
    for (const Ring& hole : polygon.holes) sum += twice_area(hole);
  }
  return 0.5 * sum;
}

using Corner = std::pair<double, double>;

std::vector<Corner> corners(const Ring& ring) {
  std::vector<Corner> result;
  for (const Point& point : ring) result.emplace_back(point.x, point.y);
  return result;
}

/// Of unit squares, seen from the middle of one: whether a ring goes around it.
bool is_inside(const Ring& ring, int x, int y) {
  bool inside = false;
  for (std::size_t i = 0; i < ring.size(); ++i) {
    const Point& a = ring[i];
    const Point& b = ring[(i + 1) % ring.size()];
    const auto [low, high] = std::minmax(a.y, b.y);
    if (a.x == b.x && a.x > x + 0.5 && low < y + 0.5 && y + 0.5 < high) inside = !inside;
  }
  return inside;
}

constexpr int side = 12;
using Cells = std::vector<int>;  // side x side

int& at(Cells& cells, int x, int y) { return cells[static_cast<std::size_t>(y * side + x)]; }

/// 0 where nothing covers a cell, else the number of its piece, from 1 in the order of reading;
/// pieces share sides.
Cells pieces_of(const std::vector<Rect>& tiles) {
  Cells cells(side * side, 0);
  for (const Rect& tile : tiles) {
    for (std::int64_t y = tile.y; y < tile.y + tile.height; ++y) {
      for (std::int64_t x = tile.x; x < tile.x + tile.width; ++x) {
        at(cells, static_cast<int>(x), static_cast<int>(y)) = -1;
      }
    }
  }
  int piece = 0;
  for (int start = 0; start < side * side; ++start) {
    if (cells[static_cast<std::size_t>(start)] != -1) continue;
    ++piece;
    std::vector<int> open{start};
    while (!open.empty()) {
      const int cell = open.back();
      open.pop_back();
      const int x = cell % side;
      const int y = cell / side;
      if (at(cells, x, y) != -1) continue;
      at(cells, x, y) = piece;
      if (x > 0) open.push_back(cell - 1);
      if (x < side - 1) open.push_back(cell + 1);
      if (y > 0) open.push_back(cell - side);
      if (y < side - 1) open.push_back(cell + side);
    }
  }
  return cells;
}

Cells pieces_of(const std::vector<Polygon>& polygons) {
  Cells cells(side * side, 0);
  for (std::size_t i = 0; i < polygons.size(); ++i) {
    for (int y = 0; y < side; ++y) {
      for (int x = 0; x < side; ++x) {
        if (!is_inside(polygons[i].outline, x, y)) continue;
        const bool in_hole = std::any_of(polygons[i].holes.begin(), polygons[i].holes.end(),
                                         [&](const Ring& hole) { return is_inside(hole, x, y); });
        if (!in_hole) at(cells, x, y) += static_cast<int>(i) + 1;
      }
    }
  }
  return cells;
}

/// What is wrong with a ring that must have a positive area, or a negative one.
std::string flaw_of(const Ring& ring, double sign) {
  if (ring.size() < 4) return "fewer than four corners";
  std::set<Corner> seen;
  for (std::size_t i = 0; i < ring.size(); ++i) {
    const Point& a = ring[i];
    const Point& b = ring[(i + 1) % ring.size()];
    const Point& c = ring[(i + 2) % ring.size()];
    if (!seen.insert({a.x, a.y}).second) return "a corner twice";
    if ((a.x == b.x) == (a.y == b.y)) return "a slanting side";
    if ((a.x == b.x) == (b.x == c.x)) return "no turn at a corner";
    if (std::pair(a.y, a.x) < std::pair(ring[0].y, ring[0].x)) return "another first corner";
  }
  return twice_area(ring) * sign > 0 ? "" : "wrong direction";
}

std::vector<std::string> flaws_of(const std::vector<Polygon>& polygons) {
  std::vector<std::string> flaws;
  const auto note = [&flaws](const std::string& flaw) {
    if (!flaw.empty()) flaws.push_back(flaw);
  };
  for (const Polygon& polygon : polygons) {
    note(flaw_of(polygon.outline, 1.0));
    for (const Ring& hole : polygon.holes) note(flaw_of(hole, -1.0));
  }
  return flaws;
}

/// Squares of side 1 wherever the drawing has a '#'.
std::vector<Rect> drawn(const std::vector<std::string>& lines) {
  std::vector<Rect> tiles;
  for (std::size_t y = 0; y < lines.size(); ++y) {
    for (std::size_t x = 0; x < lines[y].size(); ++x) {
      if (lines[y][x] == '#') {
        tiles.push_back({static_cast<std::int64_t>(x), static_cast<std::int64_t>(y), 1, 1});
      }
    }
  }
  return tiles;
}

std::vector<Rect> random_tiles(std::mt19937& random, int count, int longest) {
  std::vector<Rect> tiles;
  const auto up_to = [&random](int most) {
    return static_cast<std::int64_t>(random() % static_cast<unsigned>(most));
  };
  for (int i = 0; i < count; ++i) {
    const std::int64_t width = 1 + up_to(longest);
    const std::int64_t height = 1 + up_to(longest);
    tiles.push_back({up_to(side + 1 - static_cast<int>(width)),
                     up_to(side + 1 - static_cast<int>(height)), width, height});
  }
  return tiles;
}

}  // namespace

TEST_CASE("outline: one tile gives its four corners, the top left first") {
  const auto polygons = outline_of({{512, 1024, 256, 128}});

  REQUIRE(polygons.size() == 1);
  CHECK(polygons[0].holes.empty());
  CHECK(corners(polygons[0].outline) ==
        std::vector<Corner>{{512, 1024}, {768, 1024}, {768, 1152}, {512, 1152}});
}

TEST_CASE("outline: no tiles give no polygons") { CHECK(outline_of({}).empty()); }

TEST_CASE("outline: neighbours and overlapping tiles make one polygon without points between") {
  for (const std::int64_t step : {4, 8}) {
    std::vector<Rect> tiles;
    for (std::int64_t y = 0; y <= 40; y += step) {
      for (std::int64_t x = 0; x <= 40; x += step) tiles.push_back({x, y, 8, 8});
    }

    const auto polygons = outline_of(tiles);

    REQUIRE(polygons.size() == 1);
    CHECK(corners(polygons[0].outline) == std::vector<Corner>{{0, 0}, {48, 0}, {48, 48}, {0, 48}});
  }
}

TEST_CASE("outline: the same tile twice is there once") {
  CHECK(area(outline_of({{3, 4, 5, 6}, {3, 4, 5, 6}})) == 30.0);
}

TEST_CASE("outline: tiles that lie apart are polygons in the order of reading") {
  const auto polygons = outline_of({{90, 50, 10, 10}, {50, 0, 10, 10}, {0, 50, 10, 10}});

  REQUIRE(polygons.size() == 3);
  CHECK(corners(polygons[0].outline)[0] == Corner{50, 0});
  CHECK(corners(polygons[1].outline)[0] == Corner{0, 50});
  CHECK(corners(polygons[2].outline)[0] == Corner{90, 50});
}

TEST_CASE("outline: what is left free inside is a hole, turning the other way") {
  const auto polygons = outline_of(drawn({"####",  //
                                          "#..#",  //
                                          "####"}));

  REQUIRE(polygons.size() == 1);
  REQUIRE(polygons[0].holes.size() == 1);
  CHECK(corners(polygons[0].holes[0]) == std::vector<Corner>{{1, 1}, {1, 2}, {3, 2}, {3, 1}});
  CHECK(area(polygons) == 10.0);
}

TEST_CASE("outline: an island in a hole is a polygon of its own") {
  const auto polygons = outline_of(drawn({"#####",  //
                                          "#...#",  //
                                          "#.#.#",  //
                                          "#...#",  //
                                          "#####"}));

  REQUIRE(polygons.size() == 2);
  CHECK(polygons[0].holes.size() == 1);
  CHECK(corners(polygons[1].outline)[0] == Corner{2, 2});
}

TEST_CASE("outline: holes belong to the polygon around them, whatever lies between") {
  const auto polygons = outline_of(drawn({"###.######",  //
                                          "#.#.#.##.#",  //
                                          "###.######"}));

  REQUIRE(polygons.size() == 2);
  CHECK(polygons[0].holes.size() == 1);
  REQUIRE(polygons[1].holes.size() == 2);
  CHECK(corners(polygons[1].holes[0])[0] == Corner{5, 1});
  CHECK(corners(polygons[1].holes[1])[0] == Corner{8, 1});
}

TEST_CASE("outline: tiles that meet in a corner only are two polygons") {
  for (const auto& lines : {std::vector<std::string>{"#.", ".#"}, {".#", "#."}}) {
    const auto polygons = outline_of(drawn(lines));

    REQUIRE(polygons.size() == 2);
    CHECK(polygons[0].outline.size() == 4);
    CHECK(polygons[1].outline.size() == 4);
  }
}

TEST_CASE("outline: an arm that touches its own side in a corner leaves a hole, not a loop") {
  for (const auto& lines : {std::vector<std::string>{".##", "#.#", "###"},  //
                            {"##.", "#.#", "###"},
                            {"###", "#.#", "##."},
                            {"###", "#.#", ".##"}}) {
    const auto polygons = outline_of(drawn(lines));

    REQUIRE(polygons.size() == 1);
    CHECK(polygons[0].holes.size() == 1);
    CHECK(flaws_of(polygons).empty());
    CHECK(area(polygons) == 7.0);
  }
}

TEST_CASE("outline: free places that meet in a corner are two holes") {
  const auto polygons = outline_of(drawn({"####",  //
                                          "#.##",  //
                                          "##.#",  //
                                          "####"}));

  REQUIRE(polygons.size() == 1);
  CHECK(polygons[0].holes.size() == 2);
  CHECK(flaws_of(polygons).empty());
}

TEST_CASE("outline: random tiles give each piece its polygon, valid and cell by cell the same") {
  std::mt19937 random(7);
  std::size_t holes = 0;
  for (int round = 0; round < 3000; ++round) {
    const int longest = 1 + round % 4;
    const int count = 1 + static_cast<int>(random() % 300U) / (longest * longest);
    const std::vector<Rect> tiles = random_tiles(random, count, longest);

    const auto polygons = outline_of(tiles);

    const Cells expected = pieces_of(tiles);
    const Cells found = pieces_of(polygons);
    // The order of pieces is that of their first cells, as the order of polygons is of corners.
    REQUIRE(found == expected);
    REQUIRE(flaws_of(polygons) == std::vector<std::string>{});
    REQUIRE(area(polygons) ==
            static_cast<double>(side * side - std::count(expected.begin(), expected.end(), 0)));
    for (const Polygon& polygon : polygons) holes += polygon.holes.size();
  }
  CHECK(holes > 1000);
}

TEST_CASE("outline: the order of the tiles does not matter") {
  std::mt19937 random(3);
  std::vector<Rect> tiles = random_tiles(random, 60, 2);
  const auto first = outline_of(tiles);
  std::reverse(tiles.begin(), tiles.end());
  std::rotate(tiles.begin(), tiles.begin() + 17, tiles.end());

  const auto second = outline_of(tiles);

  REQUIRE(second.size() == first.size());
  for (std::size_t i = 0; i < first.size(); ++i) {
    CHECK(corners(second[i].outline) == corners(first[i].outline));
    REQUIRE(second[i].holes.size() == first[i].holes.size());
    for (std::size_t j = 0; j < first[i].holes.size(); ++j) {
      CHECK(corners(second[i].holes[j]) == corners(first[i].holes[j]));
    }
  }
}

TEST_CASE("outline: tiles may begin left of the slide and above it") {
  CHECK(area(outline_of({{-100, -50, 200, 100}, {-20, -10, 10, 10}})) == 20000.0);
}

TEST_CASE("outline: a chessboard of 100,000 tiles keeps its exact area") {
  std::vector<Rect> tiles;
  double expected = 0.0;
  for (std::int64_t y = 0; y < 450; ++y) {
    for (std::int64_t x = 0; x < 450; ++x) {
      if ((x + y) % 2 != 0) continue;
      tiles.push_back({x * 511, y * 513, 511, 513});
      expected += 511.0 * 513.0;
    }
  }

  const auto polygons = outline_of(tiles);

  CHECK(polygons.size() == tiles.size());
  CHECK(area(polygons) == expected);
}

TEST_CASE("outline: a tile without pixels is refused") {
  const auto error = error_of([] { outline_of({{0, 0, 8, 8}, {0, 0, 8, 0}}); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::internal);
  CHECK(std::string(error->what()) == "outline_of was given a tile of 8 x 0 pixels");
}
