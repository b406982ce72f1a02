#include "stain/algebra.hpp"

#include <algorithm>
#include <cmath>

namespace histo::stain {

namespace {

/// One Jacobi rotation: makes element (p, q) of the symmetric matrix zero and turns the vectors,
/// which are rows, alike.
void rotate(Matrix3& matrix, Matrix3& vectors, std::size_t p, std::size_t q) {
  if (matrix[p][q] == 0.0) return;
  const double theta = (matrix[q][q] - matrix[p][p]) / (2.0 * matrix[p][q]);
  const double tangent = std::copysign(1.0, theta) / (std::abs(theta) + std::hypot(theta, 1.0));
  const double cosine = 1.0 / std::hypot(tangent, 1.0);
  const double sine = tangent * cosine;
  const auto turn = [&](double& a, double& b) {
    const double before = a;
    a = cosine * before - sine * b;
    b = sine * before + cosine * b;
  };
  for (std::size_t i = 0; i < 3; ++i) turn(matrix[i][p], matrix[i][q]);
  for (std::size_t i = 0; i < 3; ++i) turn(matrix[p][i], matrix[q][i]);
  for (std::size_t i = 0; i < 3; ++i) turn(vectors[p][i], vectors[q][i]);
  matrix[p][q] = matrix[q][p] = 0.0;
}

}  // namespace

Vector3 unit(const Vector3& vector) {
  const double length = std::sqrt(dot(vector, vector));
  if (length == 0.0) return vector;
  return {vector[0] / length, vector[1] / length, vector[2] / length};
}

Matrix3 product(const Matrix3& a, const Matrix3& b) {
  Matrix3 result{};
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t j = 0; j < 3; ++j) {
      for (std::size_t k = 0; k < 3; ++k) result[i][j] += a[i][k] * b[k][j];
    }
  }
  return result;
}

Matrix3 inverse(const Matrix3& matrix) {
  const auto cofactor = [&](std::size_t i, std::size_t j) {
    const std::size_t i1 = (i + 1) % 3;
    const std::size_t i2 = (i + 2) % 3;
    const std::size_t j1 = (j + 1) % 3;
    const std::size_t j2 = (j + 2) % 3;
    return matrix[i1][j1] * matrix[i2][j2] - matrix[i1][j2] * matrix[i2][j1];
  };
  const double determinant =
      dot(matrix[0], Vector3{cofactor(0, 0), cofactor(0, 1), cofactor(0, 2)});
  Matrix3 result{};
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t j = 0; j < 3; ++j) result[i][j] = cofactor(j, i) / determinant;
  }
  return result;
}

Eigen3 eigenvectors(Matrix3 symmetric) {
  Matrix3 vectors{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
  // Each sweep squares what is left off the diagonal: six are plenty for doubles.
  constexpr int sweeps = 12;
  for (int sweep = 0; sweep < sweeps; ++sweep) {
    rotate(symmetric, vectors, 0, 1);
    rotate(symmetric, vectors, 0, 2);
    rotate(symmetric, vectors, 1, 2);
  }
  std::array<std::size_t, 3> order{0, 1, 2};
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return symmetric[a][a] > symmetric[b][b]; });
  Eigen3 result;
  for (std::size_t i = 0; i < 3; ++i) {
    result.values[i] = symmetric[order[i]][order[i]];
    result.vectors[i] = unit(vectors[order[i]]);
  }
  return result;
}

}  // namespace histo::stain
