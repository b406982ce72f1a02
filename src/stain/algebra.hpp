#pragma once
/// The few operations on three numbers that stains need.

#include <array>
#include <cstddef>

namespace histo::stain {

using Vector3 = std::array<double, 3>;
using Matrix3 = std::array<Vector3, 3>;  ///< rows

inline double dot(const Vector3& a, const Vector3& b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/// Of length 1; a vector of length 0 stays as it is.
Vector3 unit(const Vector3& vector);

Matrix3 product(const Matrix3& a, const Matrix3& b);

/// By cofactors. The caller knows that there is one.
Matrix3 inverse(const Matrix3& matrix);

struct Eigen3 {
  Vector3 values{};   ///< largest first
  Matrix3 vectors{};  ///< rows, of length 1, in the order of the values; their signs mean nothing
};

/// Of a symmetric matrix, by Jacobi rotations.
Eigen3 eigenvectors(Matrix3 symmetric);

}  // namespace histo::stain
