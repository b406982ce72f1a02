#pragma once
/// What lies where on the demo's slide. All lengths are level-0 pixels.

#include <cstdint>
#include <vector>

#include "histo/geometry.hpp"

#include "demo_slide/noise.hpp"
#include "demo_slide/textures.hpp"

namespace histo::demo {

/// A rectangle that one texture fills, but for its rounded corners and wavy border. Stroma lies
/// between the fields.
struct Field {
  Rect rect;
  Texture texture = Texture::stroma;
};

/// A band of tissue that lies double. Straight from `from` to `to`, then bent by the painter.
struct Fold {
  Point from;
  Point to;
  float half_width = 0.0F;
};

/// A felt-tip stroke: straight parts between the points.
struct PenStroke {
  std::vector<Point> points;
  float half_width = 0.0F;
};

struct Layout {
  Size size;
  std::uint32_t seed = 1;
  float scale = 1.0F;        ///< 1 for a slide of 8192 pixels' height
  std::vector<Rect> pieces;  ///< rounded and made irregular by the painter
  std::vector<Field> fields;
  Fold fold;
  PenStroke pen;
};

/// Three pieces of tissue with six textures in two or three places each. The slide is `height`
/// pixels high and a quarter wider; pieces and fields grow with it, cells do not.
Layout make_layout(std::int64_t height, std::uint32_t seed);

}  // namespace histo::demo
