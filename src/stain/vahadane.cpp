/// Dictionary learning with two atoms: the three channels' densities X (3 x pixels) are taken as U
/// V, where the atoms V (2 x pixels) are not negative and of length at most 1, and the code U (3 x
/// 2) makes 0.5 |X - U V|^2 + penalty * sum |U| small. In turn U is found exactly (a lasso of two
/// unknowns for each channel) and each atom is set to its best value, made non-negative and
/// shortened. Mairal, J. et al. "Online dictionary learning for sparse coding", ICML (2009)
/// 689-696. Start, order, number of rounds and stop are scikit-learn's.

#include <algorithm>
#include <cmath>
#include <limits>

#include "stain/density.hpp"

namespace histo::stain {

namespace {

using Pair = std::array<double, 2>;
using Code = std::array<Pair, 3>;  // a row for each channel

constexpr double penalty = 0.1;
constexpr int rounds = 3;

struct Atoms {
  const std::vector<Density>& tissue;
  std::vector<Pair> values;  // of both atoms, for each colour of the tissue
};

/// The scaled left singular vectors' projections; the largest element of each is made positive.
Atoms first_atoms(const std::vector<Density>& tissue) {
  Matrix3 gram{};
  for (const Density& colour : tissue) {
    for (std::size_t i = 0; i < 3; ++i) {
      for (std::size_t j = 0; j < 3; ++j) gram[i][j] += colour.count * colour.od[i] * colour.od[j];
    }
  }
  // Of the largest eigenvalue; real tissue has a thousandth, rounding 1e-16.
  constexpr double least_second = 1e-7;
  const Eigen3 eigen = eigenvectors(gram);
  if (!(eigen.values[1] > least_second * eigen.values[0])) throw_no_two_stains();
  std::array<Vector3, 2> axes{eigen.vectors[0], eigen.vectors[1]};
  for (Vector3& axis : axes) {
    const double largest = *std::max_element(
        axis.begin(), axis.end(), [](double a, double b) { return std::abs(a) < std::abs(b); });
    if (largest >= 0.0) continue;
    for (double& value : axis) value = -value;
  }
  Atoms atoms{tissue, {}};
  atoms.values.reserve(tissue.size());
  for (const Density& colour : tissue) {
    atoms.values.push_back({dot(axes[0], colour.od), dot(axes[1], colour.od)});
  }
  return atoms;
}

struct Lasso {
  double g00 = 0.0;  // products of the atoms with each other
  double g01 = 0.0;
  double g11 = 0.0;
  Pair correlation{};  // and with the channel

  double cost(const Pair& code, double strength) const {
    const double square =
        code[0] * code[0] * g00 + 2.0 * code[0] * code[1] * g01 + code[1] * code[1] * g11;
    return 0.5 * square - code[0] * correlation[0] - code[1] * correlation[1] +
           strength * (std::abs(code[0]) + std::abs(code[1]));
  }

  /// The code of least cost. It is among the stationary points of the nine patterns of signs, so
  /// the best of those is it.
  Pair solve(double strength) const {
    Pair best{0.0, 0.0};
    const auto consider = [&](const Pair& code) {
      if (cost(code, strength) < cost(best, strength)) best = code;
    };
    const double determinant = g00 * g11 - g01 * g01;
    for (const double s0 : {-1.0, 1.0}) {
      const double c0 = correlation[0] - strength * s0;
      if (g00 > 0.0) consider({c0 / g00, 0.0});
      if (g11 > 0.0) consider({0.0, (correlation[1] - strength * s0) / g11});
      if (!(determinant > 0.0)) continue;
      for (const double s1 : {-1.0, 1.0}) {
        const double c1 = correlation[1] - strength * s1;
        consider({(c0 * g11 - c1 * g01) / determinant, (c1 * g00 - c0 * g01) / determinant});
      }
    }
    return best;
  }
};

double pixel_count(const std::vector<Density>& tissue) {
  double pixels = 0.0;
  for (const Density& colour : tissue) pixels += colour.count;
  return pixels;
}

/// scikit-learn's path of lassos ends where the penalty of one pixel is within a float's precision,
/// so it leaves the penalty away beyond some 840,000 pixels.
double effective_penalty(double pixels) {
  const auto precision = static_cast<double>(std::numeric_limits<float>::epsilon());
  return penalty / pixels > precision ? penalty : 0.0;
}

Code best_code(const Atoms& atoms, double strength) {
  Lasso lasso;
  std::array<Pair, 3> correlations{};
  for (std::size_t p = 0; p < atoms.values.size(); ++p) {
    const Pair& value = atoms.values[p];
    const Density& colour = atoms.tissue[p];
    lasso.g00 += colour.count * value[0] * value[0];
    lasso.g01 += colour.count * value[0] * value[1];
    lasso.g11 += colour.count * value[1] * value[1];
    for (std::size_t i = 0; i < 3; ++i) {
      correlations[i][0] += colour.count * value[0] * colour.od[i];
      correlations[i][1] += colour.count * value[1] * colour.od[i];
    }
  }
  Code code{};
  for (std::size_t i = 0; i < 3; ++i) {
    lasso.correlation = correlations[i];
    code[i] = lasso.solve(strength);
  }
  return code;
}

/// Sets atom k to its best value for the code, the other atom being as it is.
void improve_atom(Atoms& atoms, const Code& code, std::size_t k) {
  // scikit-learn's bound for an atom that is out of use.
  constexpr double least = 1e-6;
  Pair products{};
  for (const Pair& row : code) {
    products[0] += row[k] * row[0];
    products[1] += row[k] * row[1];
  }
  if (!(products[k] > least)) throw_no_two_stains();
  double square = 0.0;
  for (std::size_t p = 0; p < atoms.values.size(); ++p) {
    Pair& value = atoms.values[p];
    const Density& colour = atoms.tissue[p];
    const double wanted =
        colour.od[0] * code[0][k] + colour.od[1] * code[1][k] + colour.od[2] * code[2][k];
    const double step = (wanted - products[0] * value[0] - products[1] * value[1]) / products[k];
    value[k] = std::max(value[k] + step, 0.0);
    square += colour.count * value[k] * value[k];
  }
  const double length = std::max(std::sqrt(square), 1.0);
  for (Pair& value : atoms.values) value[k] /= length;
}

double cost(const Atoms& atoms, const Code& code) {
  double square = 0.0;
  for (std::size_t p = 0; p < atoms.values.size(); ++p) {
    const Pair& value = atoms.values[p];
    for (std::size_t i = 0; i < 3; ++i) {
      const double residual = atoms.tissue[p].od[i] - code[i][0] * value[0] - code[i][1] * value[1];
      square += atoms.tissue[p].count * residual * residual;
    }
  }
  double size = 0.0;
  for (const Pair& row : code) size += std::abs(row[0]) + std::abs(row[1]);
  return 0.5 * square + penalty * size;
}

}  // namespace

StainMatrix vahadane_stains(const std::vector<Density>& tissue) {
  constexpr double least_gain = 1e-8;  // of the cost, from one round to the next
  const double strength = effective_penalty(pixel_count(tissue));
  Atoms atoms = first_atoms(tissue);
  Code code{};
  double last_cost = std::numeric_limits<double>::infinity();
  for (int round = 0; round < rounds; ++round) {
    code = best_code(atoms, strength);
    improve_atom(atoms, code, 0);
    improve_atom(atoms, code, 1);
    const double now = cost(atoms, code);
    if (last_cost - now < least_gain * now) break;
    last_cost = now;
  }
  const StainMatrix stains{Vector3{code[0][0], code[1][0], code[2][0]},
                           Vector3{code[0][1], code[1][1], code[2][1]}};
  const std::size_t haematoxylin = stains[0][0] < stains[1][0] ? 1 : 0;
  return {unit(stains[haematoxylin]), unit(stains[1 - haematoxylin])};
}

}  // namespace histo::stain
