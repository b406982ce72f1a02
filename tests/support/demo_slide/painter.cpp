#include "demo_slide/painter.hpp"

#include <algorithm>
#include <cstddef>

namespace histo::demo {

namespace {

constexpr float density_steps = 1000.0F;  // of one unit of optical density
constexpr float most_density = 3.0F;
constexpr std::int64_t ground_step = 4;  // pixels from one point of the ground to the next

/// Absorption in red, green and blue of each dye.
constexpr std::array<float, 3> haematoxylin{0.70F, 0.80F, 0.42F};
constexpr std::array<float, 3> eosin{0.10F, 0.68F, 0.30F};
constexpr std::array<float, 3> mucin_blue{0.50F, 0.40F, 0.13F};
constexpr std::array<float, 3> green_ink{0.85F, 0.22F, 0.62F};

/// How far outside a box with rounded corners; negative inside.
float outside(const Rect& box, const Point& p, float corner) {
  const Point half{static_cast<float>(box.width) * 0.5F, static_cast<float>(box.height) * 0.5F};
  const Point centre{static_cast<float>(box.x) + half.x, static_cast<float>(box.y) + half.y};
  const Point beyond{std::abs(p.x - centre.x) - half.x + corner,
                     std::abs(p.y - centre.y) - half.y + corner};
  const Point positive{std::max(beyond.x, 0.0F), std::max(beyond.y, 0.0F)};
  return length(positive) + std::min(std::max(beyond.x, beyond.y), 0.0F) - corner;
}

/// Where `p` lies along a segment, in [0, 1], and how far from it: to its left as if it went on,
/// and in all.
struct Projection {
  float along = 0.0F;
  float left = 0.0F;
  float distance = 0.0F;
};

Projection project(const Point& p, const Point& from, const Point& to) {
  const Point course = to - from;
  const Point offset = p - from;
  const float size = length(course);
  Projection place;
  place.along = clamp01(dot(offset, course) / (size * size));
  place.left = (course.x * offset.y - course.y * offset.x) / size;
  place.distance = length(offset - course * place.along);
  return place;
}

Ground between(const Ground& a, const Ground& b, float share) {
  return {mix(a.border, b.border, share),
          mix(a.cleft, b.cleft, share),
          {mix(a.shift.x, b.shift.x, share), mix(a.shift.y, b.shift.y, share)},
          mix(a.thickness, b.thickness, share)};
}

}  // namespace

Painter::Painter(const Layout& layout) : layout_(layout), seed_(layout.seed * 4096U) {
  // 10 ^ -0.001, multiplied up: no exponential function, so no difference between mathematics
  // libraries.
  constexpr double step = 0.99770006382255331;
  double value = 1.0;
  for (std::size_t i = 0; i <= static_cast<std::size_t>(density_steps * most_density); ++i) {
    transmission_.push_back(static_cast<float>(value));
    value *= step;
  }
}

float Painter::transmission(float density) const {
  return transmission_[static_cast<std::size_t>(std::clamp(density, 0.0F, most_density) *
                                                density_steps)];
}

Ground Painter::ground_at(const Point& p) const {
  const float scale = layout_.scale;
  Ground ground;
  ground.border = 1.0e9F;
  for (const Rect& piece : layout_.pieces) {
    const auto corner = 0.38F * static_cast<float>(std::min(piece.width, piece.height));
    ground.border = std::min(ground.border, outside(piece, p, corner));
  }
  if (ground.border > 450.0F * scale + 40.0F) return ground;
  ground.border += 170.0F * scale * signed_noise(p, 1900.0F * scale, seed_ + 1) +
                   75.0F * scale * rough_noise(p, 620.0F * scale, seed_ + 2) +
                   16.0F * signed_noise(p, 110.0F, seed_ + 5) +
                   5.0F * signed_noise(p, 24.0F, seed_ + 6);
  // Shrinkage tears tissue along thin, branching clefts.
  const float torn = smooth_step(0.3F, 0.8F, signed_noise(p, 1100.0F * scale, seed_ + 7));
  const Point frayed = warped(p, 60.0F, 8.0F, seed_ + 8);
  ground.cleft = std::abs(rough_noise(frayed, 640.0F, seed_ + 20)) * 640.0F - 15.0F * torn + 1.0F;
  ground.shift = warped(p, 900.0F * scale, 190.0F * scale, seed_ + 24) - p +
                 (warped(p, 260.0F * scale, 80.0F * scale, seed_ + 32) - p) +
                 (warped(p, 42.0F, 10.0F, seed_ + 40) - p);
  ground.thickness = 1.0F + 0.11F * rough_noise(p, 1500.0F * scale, seed_ + 48);
  return ground;
}

/// The ground at every fourth pixel of the row at `y`, one more than the width needs.
std::vector<Ground> Painter::ground_row(float y) const {
  std::vector<Ground> row;
  for (std::int64_t x = 0; x < layout_.size.width + ground_step; x += ground_step) {
    row.push_back(ground_at({static_cast<float>(x), y}));
  }
  return row;
}

Texture Painter::texture_at(const Point& p) const {
  // A field's rectangle is its core, blown up by this much: so its corners are round.
  const float reach = 430.0F * layout_.scale;
  for (const Field& field : layout_.fields) {
    const auto left = static_cast<float>(field.rect.x);
    const auto top = static_cast<float>(field.rect.y);
    const auto right = left + static_cast<float>(field.rect.width);
    const auto bottom = top + static_cast<float>(field.rect.height);
    const Point core{std::clamp(p.x, left + reach, right - reach),
                     std::clamp(p.y, top + reach, bottom - reach)};
    if (dot(p - core, p - core) < reach * reach) return field.texture;
  }
  return Texture::stroma;
}

Stain Painter::stain_at(const Point& p, const Ground& ground) const {
  const float cover =
      (1.0F - smooth_step(-1.5F, 1.5F, ground.border)) * smooth_step(-1.0F, 1.5F, ground.cleft);
  if (cover <= 0.0F) return {};
  Stain stain = stain_of(texture_at(p + ground.shift), p, seed_);
  // Sections take up more eosin along their border.
  const float rim = smooth_step(-34.0F, -2.0F, ground.border);
  stain.haematoxylin *= ground.thickness * cover;
  stain.eosin = (stain.eosin * ground.thickness + 0.06F * rim) * cover;
  stain.mucin *= ground.thickness * cover;
  return stain;
}

void Painter::fold(const Point& p, Stain& stain) const {
  const Projection place = project(p, layout_.fold.from, layout_.fold.to);
  const float reach = layout_.fold.half_width;
  if (place.distance > 4.0F * reach) return;
  const float across = place.left + 1.6F * reach * signed_noise(p, 11.0F * reach, seed_ + 700) +
                       0.22F * reach * signed_noise(p, 1.3F * reach, seed_ + 701);
  const float taper = std::min(1.0F, 7.0F * place.along * (1.0F - place.along));
  const float half_width =
      reach * taper * (0.75F + 0.4F * signed_noise(p, 5.0F * reach, seed_ + 702));
  const float inside = half_width - std::abs(across);
  const float doubled = smooth_step(-1.5F, 1.5F, inside);
  if (doubled <= 0.0F) return;
  // The upper layer is the tissue from beyond the fold, turned over.
  const Point course = layout_.fold.to - layout_.fold.from;
  const Point normal = Point{-course.y, course.x} * (1.0F / length(course));
  const Point source = p + normal * (2.0F * (half_width - across));
  const Stain upper = stain_at(source, ground_at(source));
  const float crease = 0.12F * (1.0F - smooth_step(0.0F, 9.0F, inside));
  stain.haematoxylin += doubled * (upper.haematoxylin + 0.04F + crease);
  stain.eosin += doubled * (upper.eosin + 0.06F + crease);
  stain.mucin += doubled * upper.mucin;
}

float Painter::ink_at(const Point& p) const {
  const float reach = layout_.pen.half_width;
  Projection nearest{0.0F, 0.0F, 1.0e9F};
  for (std::size_t i = 0; i + 1 < layout_.pen.points.size(); ++i) {
    const Projection place = project(p, layout_.pen.points[i], layout_.pen.points[i + 1]);
    if (place.distance < nearest.distance) nearest = place;
  }
  if (nearest.distance > 1.5F * reach) return 0.0F;
  const float depth = reach - nearest.distance +
                      0.16F * reach * signed_noise(p, 1.4F * reach, seed_ + 720) +
                      5.0F * signed_noise(p, 14.0F, seed_ + 721);
  // Felt leaves streaks along the stroke, and ink gathers at its border.
  const float streak = noise(nearest.left / 11.0F, nearest.along * 4.0F, seed_ + 722);
  const float pool = 0.16F * (1.0F - smooth_step(0.0F, 16.0F, depth));
  return smooth_step(-3.0F, 3.0F, depth) *
         (0.34F + 0.24F * streak + pool + 0.05F * signed_noise(p, 40.0F, seed_ + 723));
}

void Painter::paint(const Point& p, const Ground& ground, std::uint8_t* rgb) const {
  Stain stain;
  if (ground.border < 2.0F) {
    stain = stain_at(p, ground);
    if (ground.border < -2.0F) fold(p, stain);
  }
  const float ink = ink_at(p);
  const std::uint32_t bits = hash(static_cast<int>(p.x), static_cast<int>(p.y), seed_ + 77);
  for (std::uint32_t channel = 0; channel < 3; ++channel) {
    const float density = stain.haematoxylin * haematoxylin[channel] +
                          stain.eosin * eosin[channel] + stain.mucin * mucin_blue[channel] +
                          ink * green_ink[channel];
    const float sensor = 2.4F * (unit(bits, channel) - 0.5F);
    const float light = static_cast<float>(glass[channel]) * transmission(density) + sensor;
    rgb[channel] = static_cast<std::uint8_t>(std::clamp(light + 0.5F, 0.0F, 255.0F));
  }
}

Image Painter::rows(std::int64_t first, std::int64_t count) const {
  Image image(layout_.size.width, count);
  std::vector<Ground> above;
  std::vector<Ground> below = ground_row(static_cast<float>(first));
  for (std::int64_t y = 0; y < count; ++y) {
    if (y % ground_step == 0) {
      above = std::move(below);
      below = ground_row(static_cast<float>(first + y + ground_step));
    }
    const float down = static_cast<float>(y % ground_step) / static_cast<float>(ground_step);
    std::uint8_t* rgb = image.row(y);
    for (std::int64_t x = 0; x < layout_.size.width; ++x, rgb += 3) {
      const auto i = static_cast<std::size_t>(x / ground_step);
      const float right = static_cast<float>(x % ground_step) / static_cast<float>(ground_step);
      const Ground ground = between(between(above[i], above[i + 1], right),
                                    between(below[i], below[i + 1], right), down);
      paint({static_cast<float>(x), static_cast<float>(first + y)}, ground, rgb);
    }
  }
  return image;
}

}  // namespace histo::demo
