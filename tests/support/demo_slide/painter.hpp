#pragma once
/// From the layout to pixels.

#include <array>
#include <cstdint>
#include <vector>

#include "histo/image.hpp"

#include "demo_slide/layout.hpp"

namespace histo::demo {

/// The bare glass between pieces, RGB.
constexpr std::array<int, 3> glass{242, 240, 243};

/// What changes slowly from place to place, all in pixels but for the last two.
struct Ground {
  float border = 0.0F;     ///< distance beyond the tissue's border; negative inside
  float cleft = 0.0F;      ///< distance from a tear; negative inside one
  Point shift;             ///< from a place to the one whose field it shows
  float thickness = 1.0F;  ///< of the section, 1 on the whole
};

/// Thread rule: const use from many threads.
class Painter {
 public:
  explicit Painter(const Layout& layout);

  /// `count` rows of the slide from `first` on, as wide as the slide; `first` is a multiple of 4. A
  /// row depends on nothing but its number.
  Image rows(std::int64_t first, std::int64_t count) const;

 private:
  Ground ground_at(const Point& p) const;
  std::vector<Ground> ground_row(float y) const;
  Texture texture_at(const Point& p) const;
  Stain stain_at(const Point& p, const Ground& ground) const;
  void fold(const Point& p, Stain& stain) const;
  float ink_at(const Point& p) const;
  void paint(const Point& p, const Ground& ground, std::uint8_t* rgb) const;
  float transmission(float density) const;

  Layout layout_;
  std::uint32_t seed_;
  std::vector<float> transmission_;  ///< by optical density in steps
};

}  // namespace histo::demo
