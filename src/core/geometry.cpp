#include "histo/geometry.hpp"

#include <algorithm>
#include <cmath>

namespace histo {

std::int64_t round_half_even(double value) {
  const double below = std::floor(value);
  const double rest = value - below;
  const auto integer = static_cast<std::int64_t>(below);
  if (rest < 0.5) return integer;
  if (rest > 0.5) return integer + 1;
  return integer % 2 == 0 ? integer : integer + 1;
}

Rect intersect(const Rect& a, const Rect& b) {
  const std::int64_t left = std::max(a.x, b.x);
  const std::int64_t top = std::max(a.y, b.y);
  const std::int64_t right = std::min(a.x + a.width, b.x + b.width);
  const std::int64_t bottom = std::min(a.y + a.height, b.y + b.height);
  return {left, top, std::max<std::int64_t>(right - left, 0),
          std::max<std::int64_t>(bottom - top, 0)};
}

}  // namespace histo
