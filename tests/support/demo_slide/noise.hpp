#pragma once
/// Repeatable noise from hashes alone: the standard distributions and the mathematics library may
/// round differently from one system to the next, and the demo's slide is to be the same
/// everywhere.

#include <cmath>
#include <cstdint>

namespace histo::demo {

/// A place in level-0 pixels.
struct Point {
  float x = 0.0F;
  float y = 0.0F;
};

inline Point operator+(const Point& a, const Point& b) { return {a.x + b.x, a.y + b.y}; }
inline Point operator-(const Point& a, const Point& b) { return {a.x - b.x, a.y - b.y}; }
inline Point operator*(const Point& a, float scale) { return {a.x * scale, a.y * scale}; }
inline float dot(const Point& a, const Point& b) { return a.x * b.x + a.y * b.y; }
// The square root is the one function that IEEE 754 rounds the same way everywhere.
inline float length(const Point& a) { return std::sqrt(dot(a, a)); }

/// 32 mixed bits for a lattice point; `salt` tells one use of the noise from another.
inline std::uint32_t hash(int x, int y, std::uint32_t salt) {
  std::uint32_t bits = static_cast<std::uint32_t>(x) * 0x9E3779B1U ^
                       static_cast<std::uint32_t>(y) * 0x85EBCA77U ^ salt * 0xC2B2AE3DU;
  bits ^= bits >> 15U;
  bits *= 0x2C1B3C6DU;
  bits ^= bits >> 12U;
  bits *= 0x297A2D39U;
  bits ^= bits >> 15U;
  return bits;
}

/// A number in [0, 1) from a hash; `turn` draws further ones from the same hash.
inline float unit(std::uint32_t bits, std::uint32_t turn = 0) {
  std::uint32_t mixed = bits + turn * 0x9E3779B9U;
  mixed ^= mixed >> 16U;
  mixed *= 0x7FEB352DU;
  mixed ^= mixed >> 15U;
  mixed *= 0x846CA68BU;
  return static_cast<float>(mixed >> 8U) * (1.0F / 16777216.0F);
}

inline float clamp01(float value) { return value < 0.0F ? 0.0F : (value > 1.0F ? 1.0F : value); }

/// 0 up to `from`, 1 beyond `to`, smooth between; `from` below `to`.
inline float smooth_step(float from, float to, float value) {
  const float t = clamp01((value - from) / (to - from));
  return t * t * (3.0F - 2.0F * t);
}

inline float mix(float a, float b, float share) { return a + (b - a) * share; }

inline int floor_to_int(float value) {
  const int cut = static_cast<int>(value);
  return value < static_cast<float>(cut) ? cut - 1 : cut;
}

/// A lattice point's own number in [0, 1).
inline float lattice_value(int x, int y, std::uint32_t salt) {
  return static_cast<float>(hash(x, y, salt) >> 8U) * (1.0F / 16777216.0F);
}

/// Value noise in [0, 1] on the unit lattice, smooth between its points.
inline float noise(float x, float y, std::uint32_t salt) {
  const int column = floor_to_int(x);
  const int row = floor_to_int(y);
  const float fx = x - static_cast<float>(column);
  const float fy = y - static_cast<float>(row);
  const float sx = fx * fx * (3.0F - 2.0F * fx);
  const float sy = fy * fy * (3.0F - 2.0F * fy);
  const float top = mix(lattice_value(column, row, salt), lattice_value(column + 1, row, salt), sx);
  const float bottom =
      mix(lattice_value(column, row + 1, salt), lattice_value(column + 1, row + 1, salt), sx);
  return mix(top, bottom, sy);
}

/// The same with a feature size in pixels, in [-1, 1].
inline float signed_noise(const Point& p, float size, std::uint32_t salt) {
  return 2.0F * noise(p.x / size, p.y / size, salt) - 1.0F;
}

/// Three octaves of signed_noise, in about [-1, 1].
inline float rough_noise(const Point& p, float size, std::uint32_t salt) {
  return (signed_noise(p, size, salt) + 0.5F * signed_noise(p, size * 0.5F, salt + 1) +
          0.25F * signed_noise(p, size * 0.25F, salt + 2)) /
         1.4F;
}

/// `p` moved by up to `reach` pixels in each direction, smoothly over `size` pixels.
inline Point warped(const Point& p, float size, float reach, std::uint32_t salt) {
  return {p.x + reach * signed_noise(p, size, salt), p.y + reach * signed_noise(p, size, salt + 7)};
}

/// A unit vector from a hash.
inline Point direction(std::uint32_t bits) {
  const Point any{2.0F * unit(bits, 11) - 1.0F, 2.0F * unit(bits, 12) - 1.0F};
  const float size = length(any);
  if (size < 0.05F) return {1.0F, 0.0F};
  return any * (1.0F / size);
}

/// A point of the jittered lattice whose cells have `pitch` pixels each way. `jitter` is in [0, 1]:
/// at 1 a point may lie anywhere in its cell.
inline Point lattice_point(int column, int row, const Point& pitch, float jitter,
                           std::uint32_t bits) {
  return {(static_cast<float>(column) + 0.5F + jitter * (unit(bits, 1) - 0.5F)) * pitch.x,
          (static_cast<float>(row) + 0.5F + jitter * (unit(bits, 2) - 0.5F)) * pitch.y};
}

/// Calls visit(centre, bits) for the lattice's points in the `cells` x `cells` cells around `p`.
/// With 2 no point is missed that is nearer than (1 - jitter / 2) of the pitch; with 3, than (1.5 -
/// jitter / 2).
template <int cells, class Visit>
void visit_points(const Point& p, const Point& pitch, float jitter, std::uint32_t salt,
                  Visit&& visit) {
  constexpr float back = cells == 2 ? 0.5F : 1.0F;
  const int column = floor_to_int(p.x / pitch.x - back);
  const int row = floor_to_int(p.y / pitch.y - back);
  for (int y = row; y < row + cells; ++y) {
    for (int x = column; x < column + cells; ++x) {
      const std::uint32_t bits = hash(x, y, salt);
      visit(lattice_point(x, y, pitch, jitter, bits), bits);
    }
  }
}

}  // namespace histo::demo
