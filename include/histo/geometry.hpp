#pragma once
/// Sizes and rectangles. Everything public is in level-0 pixels: x to the right, y downwards, the
/// origin at the slide's top left, whatever level the pixels are later read from.

#include <cstdint>

namespace histo {

struct Size {
  std::int64_t width = 0;
  std::int64_t height = 0;
};

/// A tile's place: its top left and its size, in level-0 pixels. May reach beyond the slide, where
/// all is white.
struct Rect {
  std::int64_t x = 0;
  std::int64_t y = 0;
  std::int64_t width = 0;
  std::int64_t height = 0;
};

/// A part of the plane whose sides need not be whole pixels.
struct Area {
  double x = 0.0;
  double y = 0.0;
  double width = 0.0;
  double height = 0.0;
};

constexpr bool operator==(const Size& a, const Size& b) {
  return a.width == b.width && a.height == b.height;
}
constexpr bool operator!=(const Size& a, const Size& b) { return !(a == b); }
constexpr bool operator==(const Rect& a, const Rect& b) {
  return a.x == b.x && a.y == b.y && a.width == b.width && a.height == b.height;
}
constexpr bool operator!=(const Rect& a, const Rect& b) { return !(a == b); }

/// How many level-0 pixels one pixel of a level or a mask covers, along each axis.
struct Downsample {
  double x = 1.0;
  double y = 1.0;
};

/// The nearest integer; a half goes to the even neighbour, as Python's `round` does. 0.5 -> 0, 1.5
/// -> 2, -0.5 -> 0. The value must fit into 64 bits.
std::int64_t round_half_even(double value);

/// The part of `a` that lies in `b`; its width and height are 0 where they do not meet.
Rect intersect(const Rect& a, const Rect& b);

}  // namespace histo
