#include <algorithm>
#include <cmath>
#include <vector>

#include "histo/error.hpp"
#include "histo/tissue.hpp"

namespace histo {

namespace {

constexpr std::uint8_t is_tissue = 1;
constexpr std::uint8_t is_covered = 2;

/// One side of a ring, in pixels of the mask. It meets the middles of rows first .. end - 1.
struct Edge {
  std::int64_t first;
  std::int64_t end;
  Point from;
  double slope;      ///< columns a row
  std::size_t ring;  ///< 0 the outline, then the holes
};

struct Crossing {
  std::size_t ring;
  double x;
};

/// The first of `count` pixels whose middle lies at or beyond a coordinate.
std::int64_t first_beyond(double coordinate, std::int64_t count) {
  return static_cast<std::int64_t>(
      std::clamp(std::ceil(coordinate - 0.5), 0.0, static_cast<double>(count)));
}

class PolygonPainter {
 public:
  PolygonPainter(Tissue& tissue, const Polygon& polygon)
      : mask_(tissue.mask),
        scale_x_(static_cast<double>(mask_.width()) / static_cast<double>(tissue.slide_size.width)),
        scale_y_(static_cast<double>(mask_.height()) /
                 static_cast<double>(tissue.slide_size.height)),
        covered_(static_cast<std::size_t>(mask_.width())) {
    add(polygon.outline, 0);
    for (std::size_t i = 0; i < polygon.holes.size(); ++i) add(polygon.holes[i], i + 1);
    std::sort(edges_.begin(), edges_.end(),
              [](const Edge& a, const Edge& b) { return a.first < b.first; });
  }

  /// Marks the pixels whose middle lies in the polygon.
  void paint() {
    std::vector<Edge> active;
    std::size_t next = 0;
    for (std::int64_t y = edges_.empty() ? mask_.height() : edges_.front().first;
         y < mask_.height() && (next < edges_.size() || !active.empty()); ++y) {
      active.erase(std::remove_if(active.begin(), active.end(),
                                  [y](const Edge& edge) { return edge.end <= y; }),
                   active.end());
      for (; next < edges_.size() && edges_[next].first == y; ++next) {
        active.push_back(edges_[next]);
      }
      crossings_.clear();
      for (const Edge& edge : active) {
        const double down = static_cast<double>(y) + 0.5 - edge.from.y;
        crossings_.push_back({edge.ring, edge.from.x + edge.slope * down});
      }
      std::sort(crossings_.begin(), crossings_.end(), [](const Crossing& a, const Crossing& b) {
        return a.ring != b.ring ? a.ring < b.ring : a.x < b.x;
      });
      paint_row(mask_.row(y));
    }
  }

 private:
  Point in_mask(const Point& point) const {
    constexpr double farthest = 1e12;  // beyond, differences would lose whole pixels
    if (!(std::abs(point.x) <= farthest && std::abs(point.y) <= farthest)) {
      throw Error(ErrorKind::internal, "a region has a point that lies nowhere");
    }
    return {point.x * scale_x_, point.y * scale_y_};
  }

  void add(const Ring& ring, std::size_t index) {
    for (std::size_t i = 0; i < ring.size(); ++i) {
      const Point a = in_mask(ring[i]);
      const Point b = in_mask(ring[(i + 1) % ring.size()]);
      const std::int64_t first = first_beyond(std::min(a.y, b.y), mask_.height());
      const std::int64_t end = first_beyond(std::max(a.y, b.y), mask_.height());
      if (first < end) edges_.push_back({first, end, a, (b.x - a.x) / (b.y - a.y), index});
    }
  }

  /// A ring meets a row an even number of times, and lies between each two.
  template <class Act>
  void for_each_span(const Act& act) const {
    for (std::size_t i = 0; i + 1 < crossings_.size(); i += 2) {
      act(first_beyond(crossings_[i].x, mask_.width()),
          first_beyond(crossings_[i + 1].x, mask_.width()), crossings_[i].ring);
    }
  }

  void paint_row(std::uint8_t* row) {
    for_each_span([this](std::int64_t begin, std::int64_t end, std::size_t ring) {
      std::fill(covered_.begin() + begin, covered_.begin() + end,
                ring == 0 ? is_covered : std::uint8_t{0});
    });
    for_each_span([&](std::int64_t begin, std::int64_t end, std::size_t ring) {
      if (ring != 0) return;
      for (std::int64_t x = begin; x < end; ++x) {
        row[x] = static_cast<std::uint8_t>(row[x] | covered_[static_cast<std::size_t>(x)]);
      }
    });
  }

  Mask& mask_;
  double scale_x_;
  double scale_y_;
  std::vector<Edge> edges_;
  std::vector<Crossing> crossings_;
  std::vector<std::uint8_t> covered_;  // of one row, right between the outline's crossings
};

/// Keeps the tissue pixels that carry the mark or those that do not; the marked share.
double keep(Tissue& tissue, const std::vector<RegionOfInterest>& regions, std::uint8_t wanted) {
  for (const RegionOfInterest& region : regions) {
    for (const Polygon& polygon : region.polygons) PolygonPainter(tissue, polygon).paint();
  }
  std::size_t covered = 0;
  const std::size_t all = tissue.mask.bytes().size();
  std::uint8_t* values = tissue.mask.data();
  for (std::size_t i = 0; i < all; ++i) {
    covered += values[i] / is_covered;
    values[i] = values[i] == wanted ? is_tissue : std::uint8_t{0};
  }
  return all == 0 ? 0.0 : static_cast<double>(covered) / static_cast<double>(all);
}

}  // namespace

double keep_inside(Tissue& tissue, const std::vector<RegionOfInterest>& regions) {
  return keep(tissue, regions, is_tissue | is_covered);
}

double keep_outside(Tissue& tissue, const std::vector<RegionOfInterest>& regions) {
  return keep(tissue, regions, is_tissue);
}

}  // namespace histo
