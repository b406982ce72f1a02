#include "stain/density.hpp"

#include <algorithm>
#include <cmath>

#include "histo/error.hpp"

namespace histo::stain {

std::array<double, 256> density_table() {
  constexpr double least = 1e-6;
  std::array<double, 256> table{};
  for (std::size_t v = 1; v < table.size(); ++v) {
    table[v] = std::max(-std::log(static_cast<double>(v) / 255.0), least);
  }
  table[0] = table[1];
  return table;
}

std::vector<Density> densities(const ColourCounts& pixels) {
  const std::array<double, 256> od = density_table();
  const std::vector<ColourCounts::Colour> colours = pixels.colours();
  std::vector<Density> result;
  result.reserve(colours.size());
  for (const ColourCounts::Colour& colour : colours) {
    result.push_back({{od[colour.rgb[0]], od[colour.rgb[1]], od[colour.rgb[2]]},
                      static_cast<double>(colour.count)});
  }
  return result;
}

void throw_no_two_stains() {
  throw Error(ErrorKind::input,
              "the tissue's colours show fewer than two stains, as in a grey or a single-coloured "
              "image; two are needed");
}

StainMatrix unmixing(const StainMatrix& stains) {
  // The squared sine of the angle between the stains: below this, noise becomes concentrations.
  constexpr double least = 1e-6;
  const double hh = dot(stains[0], stains[0]);
  const double he = dot(stains[0], stains[1]);
  const double ee = dot(stains[1], stains[1]);
  const double determinant = hh * ee - he * he;
  // Written so that a value that is not a number ends here too.
  if (!(determinant > least * hh * ee)) throw_no_two_stains();
  StainMatrix result{};
  for (std::size_t i = 0; i < 3; ++i) {
    result[0][i] = (ee * stains[0][i] - he * stains[1][i]) / determinant;
    result[1][i] = (hh * stains[1][i] - he * stains[0][i]) / determinant;
  }
  return result;
}

double percentile(std::vector<CountedValue>& values, double share) {
  std::sort(values.begin(), values.end(),
            [](const CountedValue& a, const CountedValue& b) { return a.value < b.value; });
  double pixels = 0.0;
  for (const CountedValue& value : values) pixels += value.count;
  const double position = (pixels - 1.0) * share;
  const double below = std::floor(position);
  double seen = 0.0;
  auto found = values.begin();
  while (seen + found->count <= below) seen += (found++)->count;
  const bool last_of_its_value = seen + found->count <= below + 1.0;
  const auto next = last_of_its_value && found + 1 != values.end() ? found + 1 : found;
  return found->value + (next->value - found->value) * (position - below);
}

}  // namespace histo::stain
