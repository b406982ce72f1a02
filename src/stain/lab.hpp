#pragma once
/// Ruderman's space of l, alpha and beta. Reinhard, E. et al. "Color transfer between images", IEEE
/// Computer Graphics and Applications 21 (2001) 34-41, equations 4 and 6, with natural logarithms
/// and RGB up to 255.

#include <cmath>

#include "stain/algebra.hpp"

namespace histo::stain {

/// RGB to the cone responses L, M, S.
constexpr Matrix3 cones_of_rgb{
    {{0.3811, 0.5783, 0.0402}, {0.1967, 0.7244, 0.0782}, {0.0241, 0.1288, 0.8444}}};

/// The responses' logarithms to l, alpha, beta; its inverse is its transpose.
inline Matrix3 lab_of_logarithms() {
  const double a = 1.0 / std::sqrt(3.0);
  const double b = 1.0 / std::sqrt(6.0);
  const double c = 1.0 / std::sqrt(2.0);
  return {{{a, a, a}, {b, b, -2.0 * b}, {c, -c, 0.0}}};
}

}  // namespace histo::stain
