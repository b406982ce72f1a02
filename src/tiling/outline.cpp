#include "histo/outline.hpp"

#include <algorithm>
#include <limits>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "histo/error.hpp"

namespace histo {

namespace {

constexpr std::size_t none = std::numeric_limits<std::size_t>::max();

/// A piece of a vertical side, as long as it can be: covered on one side of it, free on the other.
/// One begins or ends at every corner of the union, and two of each at a corner in which covered
/// places meet diagonally.
struct Side {
  std::int64_t x = 0;
  std::int64_t top = 0;
  std::int64_t bottom = 0;
  bool covers_left = false;  ///< else the right
  std::size_t above = none;  ///< the side that ends where this one begins
  std::size_t below = none;  ///< the side that begins where this one ends
  std::size_t left = none;   ///< the next one to the left, just below this one's top
  std::size_t next = none;   ///< the one that follows around the same covered place

  /// Walking around a polygon with the covered place at one's left, y taken as upwards: from `top`
  /// to `bottom` if it lies at smaller x.
  std::int64_t start() const { return covers_left ? top : bottom; }
  std::int64_t end() const { return covers_left ? bottom : top; }
};

/// Moves a line down over the rectangles and collects the sides of what they cover.
class Sweep {
 public:
  explicit Sweep(const std::vector<Rect>& tiles) {
    for (const Rect& tile : tiles) {
      columns_.push_back(tile.x);
      columns_.push_back(tile.x + tile.width);
    }
    std::sort(columns_.begin(), columns_.end());
    columns_.erase(std::unique(columns_.begin(), columns_.end()), columns_.end());
    covering_.resize(columns_.size());
    sides_at_.resize(columns_.size(), none);
    for (const Rect& tile : tiles) {
      const auto [from, to] = std::pair{column(tile.x), column(tile.x + tile.width)};
      changes_.push_back({tile.y, from, to, 1});
      changes_.push_back({tile.y + tile.height, from, to, -1});
    }
    std::sort(changes_.begin(), changes_.end(),
              [](const Change& a, const Change& b) { return a.y < b.y; });
  }

  std::vector<Side> sides() {
    for (auto change = changes_.begin(); change != changes_.end();) {
      const std::int64_t y = change->y;
      std::vector<std::pair<std::size_t, int>> touched;  // a column, and how it changes
      for (; change != changes_.end() && change->y == y; ++change) {
        for (std::size_t c = change->from; c < change->to; ++c) touched.push_back({c, change->by});
      }
      move_to(y, touched);
    }
    return std::move(sides_);
  }

 private:
  /// From here down the columns `from` .. `to` - 1 are covered once more, or once less.
  struct Change {
    std::int64_t y = 0;
    std::size_t from = 0;
    std::size_t to = 0;
    int by = 0;
  };

  /// The sides at one edge between columns that end and begin at the sweep's line.
  struct Meeting {
    std::size_t edge = 0;
    std::size_t ends = none;
    std::size_t begins = none;
  };

  std::size_t column(std::int64_t x) const {
    return static_cast<std::size_t>(std::lower_bound(columns_.begin(), columns_.end(), x) -
                                    columns_.begin());
  }

  bool is_covered(std::size_t column) const { return covering_[column] > 0; }

  void move_to(std::int64_t y, std::vector<std::pair<std::size_t, int>>& touched) {
    std::sort(touched.begin(), touched.end());
    std::vector<std::size_t> changed;  // columns that are covered now and were not, or vice versa
    for (std::size_t i = 0; i < touched.size();) {
      const std::size_t column = touched[i].first;
      const bool before = is_covered(column);
      for (; i < touched.size() && touched[i].first == column; ++i) {
        covering_[column] += touched[i].second;
      }
      if (is_covered(column) != before) changed.push_back(column);
    }
    std::vector<Meeting> meetings;  // sorted by their edge
    for (const std::size_t column : changed) {
      for (const std::size_t edge : {column, column + 1}) {
        if (meetings.empty() || meetings.back().edge < edge) meet(y, edge, meetings);
      }
    }
    for (const Meeting& meeting : meetings) find_left_neighbour(meeting);
    connect(changed, meetings);
  }

  /// Ends and begins the sides at an edge as the columns beside it demand.
  void meet(std::int64_t y, std::size_t edge, std::vector<Meeting>& meetings) {
    const bool left = edge > 0 && is_covered(edge - 1);
    const bool right = is_covered(edge);
    const std::size_t old = sides_at_[edge];
    if (old == none ? left == right : left != right && sides_[old].covers_left == left) return;
    Meeting meeting{edge, old, none};
    if (old != none) sides_[old].bottom = y;
    if (left != right) {
      meeting.begins = sides_.size();
      sides_.push_back({columns_[edge], y, y, left, old, none, none, none});
      if (old != none) sides_[old].below = meeting.begins;
    }
    if (old == none) open_.insert(edge);
    if (meeting.begins == none) open_.erase(edge);
    sides_at_[edge] = meeting.begins;
    meetings.push_back(meeting);
  }

  void find_left_neighbour(const Meeting& meeting) {
    if (meeting.begins == none || !sides_[meeting.begins].covers_left) return;
    const auto neighbour = std::prev(open_.find(meeting.edge));
    sides_[meeting.begins].left = sides_at_[*neighbour];
  }

  /// Joins the sides at both ends of each stretch of the line along which the cover changes.
  void connect(const std::vector<std::size_t>& changed, const std::vector<Meeting>& meetings) {
    auto left = meetings.begin();
    for (std::size_t i = 0; i < changed.size();) {
      const bool covered_below = is_covered(changed[i]);
      std::size_t end = i + 1;
      while (end < changed.size() && changed[end] == changed[end - 1] + 1 &&
             is_covered(changed[end]) == covered_below) {
        ++end;
      }
      while (left->edge < changed[i]) ++left;
      auto right = left;
      while (right->edge < changed[end - 1] + 1) ++right;
      // Where two sides meet, the one around the same covered place.
      const auto side_of = [covered_below](const Meeting& meeting) {
        if (meeting.ends == none) return meeting.begins;
        return meeting.begins != none && covered_below ? meeting.begins : meeting.ends;
      };
      if (covered_below) {
        sides_[side_of(*left)].next = side_of(*right);
      } else {
        sides_[side_of(*right)].next = side_of(*left);
      }
      left = right;
      i = end;
    }
  }

  std::vector<std::int64_t> columns_;  ///< where they begin; the last one is none
  std::vector<int> covering_;          ///< rectangles over each column at the sweep's line
  std::vector<std::size_t> sides_at_;  ///< the side that crosses the line where a column begins
  std::set<std::size_t> open_;         ///< where there is one
  std::vector<Change> changes_;
  std::vector<Side> sides_;
};

/// A place in a ring, and the side that begins there and goes down.
struct Corner {
  std::int64_t x = 0;
  std::int64_t y = 0;
  std::size_t down = none;
};

bool comes_before(const Corner& a, const Corner& b) {
  return std::tie(a.y, a.x) < std::tie(b.y, b.x);
}

/// Begins with its topmost corner, of several the leftmost.
using Corners = std::vector<Corner>;

/// Walks along the sides. A walk that comes to a corner for the second time has gone around
/// something free that touches itself or the outside there: what lies between becomes a ring.
class Walker {
 public:
  explicit Walker(const std::vector<Side>& sides)
      : sides_(sides), visited_(sides.size()), places_(sides.size(), none) {}

  std::vector<Corners> rings() {
    for (std::size_t i = 0; i < sides_.size(); ++i) {
      if (!visited_[i]) walk(i);
    }
    return std::move(rings_);
  }

 private:
  void walk(std::size_t first) {
    Corners path;
    std::size_t at = first;
    do {
      const Side& side = sides_[at];
      visited_[at] = true;
      const std::size_t crossing = side.above == none ? none : at;
      const Corner top{side.x, side.top, at};
      const Corner bottom{side.x, side.bottom, side.below};
      visit(path, side.covers_left ? top : bottom, side.covers_left ? crossing : side.below);
      visit(path, side.covers_left ? bottom : top, side.covers_left ? side.below : crossing);
      at = side.next;
    } while (at != first);
    keep(path.begin(), path.end());
  }

  /// `crossing` names a corner in which four sides meet.
  void visit(Corners& path, const Corner& corner, std::size_t crossing) {
    if (crossing != none) {
      const std::size_t place = places_[crossing];
      if (place < path.size() && path[place].x == corner.x && path[place].y == corner.y) {
        const auto begin = path.begin() + static_cast<std::ptrdiff_t>(place);
        keep(begin, path.end());
        path.erase(begin, path.end());
      }
      places_[crossing] = path.size();
    }
    path.push_back(corner);
  }

  void keep(Corners::const_iterator begin, Corners::const_iterator end) {
    Corners ring(begin, end);
    std::rotate(ring.begin(), std::min_element(ring.begin(), ring.end(), comes_before), ring.end());
    rings_.push_back(std::move(ring));
  }

  const std::vector<Side>& sides_;
  std::vector<bool> visited_;
  std::vector<std::size_t> places_;  ///< in the path, of the corners that are crossings
  std::vector<Corners> rings_;
};

Ring points_of(const Corners& corners) {
  Ring ring;
  ring.reserve(corners.size());
  for (const Corner& corner : corners) {
    ring.push_back({static_cast<double>(corner.x), static_cast<double>(corner.y)});
  }
  return ring;
}

/// A hole belongs to the polygon whose side is the next one to the left of its first corner, or
/// whose hole's.
std::vector<Polygon> assembled(const std::vector<Side>& sides, const std::vector<Corners>& rings) {
  std::vector<std::size_t> ring_of(sides.size(), none);
  for (std::size_t i = 0; i < rings.size(); ++i) {
    const Corners& ring = rings[i];
    for (std::size_t j = 0; j < ring.size(); ++j) {
      const Corner& next = ring[(j + 1) % ring.size()];
      if (ring[j].x == next.x) ring_of[(ring[j].y < next.y ? ring[j] : next).down] = i;
    }
  }
  std::vector<Polygon> polygons;
  std::vector<std::size_t> polygon_of(rings.size(), none);
  for (std::size_t i = 0; i < rings.size(); ++i) {
    const Side& first = sides[rings[i].front().down];
    if (first.covers_left) {
      polygon_of[i] = polygon_of[ring_of[first.left]];
      polygons[polygon_of[i]].holes.push_back(points_of(rings[i]));
    } else {
      polygon_of[i] = polygons.size();
      polygons.push_back({points_of(rings[i]), {}});
    }
  }
  return polygons;
}

}  // namespace

std::vector<Polygon> outline_of(const std::vector<Rect>& tiles) {
  for (const Rect& tile : tiles) {
    if (tile.width > 0 && tile.height > 0) continue;
    throw Error(ErrorKind::internal, "outline_of was given a tile of " +
                                         std::to_string(tile.width) + " x " +
                                         std::to_string(tile.height) + " pixels");
  }
  const std::vector<Side> sides = Sweep(tiles).sides();
  std::vector<Corners> rings = Walker(sides).rings();
  // No two begin at one corner: from there a ring goes down and to the right.
  std::sort(rings.begin(), rings.end(),
            [](const Corners& a, const Corners& b) { return comes_before(a.front(), b.front()); });
  return assembled(sides, rings);
}

}  // namespace histo
