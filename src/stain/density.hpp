#pragma once
/// Colours as optical densities and as concentrations of two stains.

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "histo/stain.hpp"

#include "stain/algebra.hpp"

namespace histo::stain {

using StainMatrix = std::array<Vector3, 2>;  ///< rows H and E

/// max(-ln(v / 255), 1e-6) for each v, and for 0 what 1 has.
std::array<double, 256> density_table();

/// A colour's densities and how many pixels have it.
struct Density {
  Vector3 od{};
  double count = 0.0;
};

std::vector<Density> densities(const ColourCounts& pixels);

/// What a pixel's od is multiplied by, row by row, for the concentrations of H and of E: the least
/// squares of the stains. Throws Error(input) if they are one and the same.
StainMatrix unmixing(const StainMatrix& stains);

/// Throws the Error(input) that says that two stains were looked for in vain.
[[noreturn]] void throw_no_two_stains();

struct CountedValue {
  double value = 0.0;
  double count = 0.0;
};

/// The value that a share of all pixels, in [0, 1], does not exceed: numpy's `percentile` of each
/// value repeated `count` times, linear between two neighbours. Not for an empty vector.
double percentile(std::vector<CountedValue>& values, double share);

// Each in a file of its own; both throw Error(input) where there are not two stains.
StainMatrix macenko_stains(const std::vector<Density>& tissue);
StainMatrix vahadane_stains(const std::vector<Density>& tissue);

}  // namespace histo::stain
