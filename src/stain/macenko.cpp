#include <cmath>

#include "stain/density.hpp"

namespace histo::stain {

namespace {

Matrix3 covariance(const std::vector<Density>& tissue) {
  double pixels = 0.0;
  Vector3 mean{};
  for (const Density& colour : tissue) {
    pixels += colour.count;
    for (std::size_t i = 0; i < 3; ++i) mean[i] += colour.count * colour.od[i];
  }
  for (double& value : mean) value /= pixels;
  Matrix3 result{};
  for (const Density& colour : tissue) {
    for (std::size_t i = 0; i < 3; ++i) {
      const double weighted = colour.count * (colour.od[i] - mean[i]) / (pixels - 1.0);
      for (std::size_t j = 0; j < 3; ++j) result[i][j] += weighted * (colour.od[j] - mean[j]);
    }
  }
  return result;
}

Vector3 towards_more_red(const Vector3& vector) {
  if (vector[0] >= 0.0) return vector;
  return {-vector[0], -vector[1], -vector[2]};
}

}  // namespace

StainMatrix macenko_stains(const std::vector<Density>& tissue) {
  // Shares of the largest eigenvalue; real tissue has a hundredth, rounding 1e-16.
  constexpr double least_second = 1e-6;
  // A variance of od; one grey level at white is 1.5e-5.
  constexpr double least_first = 1e-12;
  const Eigen3 eigen = eigenvectors(covariance(tissue));
  if (!(eigen.values[0] > least_first) || !(eigen.values[1] > least_second * eigen.values[0])) {
    throw_no_two_stains();
  }
  const Vector3 first = towards_more_red(eigen.vectors[0]);
  const Vector3 second = towards_more_red(eigen.vectors[1]);

  std::vector<CountedValue> angles;
  angles.reserve(tissue.size());
  for (const Density& colour : tissue) {
    angles.push_back({std::atan2(dot(colour.od, second), dot(colour.od, first)), colour.count});
  }
  const auto direction = [&](double share) {
    const double angle = percentile(angles, share);
    Vector3 result{};
    for (std::size_t i = 0; i < 3; ++i) {
      result[i] = first[i] * std::cos(angle) + second[i] * std::sin(angle);
    }
    return unit(result);
  };
  const Vector3 low = direction(0.01);
  const Vector3 high = direction(0.99);
  return low[0] > high[0] ? StainMatrix{low, high} : StainMatrix{high, low};
}

}  // namespace histo::stain
