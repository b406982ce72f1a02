#include <cmath>
#include <string>

#include "histo/error.hpp"
#include "histo/stain.hpp"

#include "core/text.hpp"
#include "stain/density.hpp"
#include "stain/lab.hpp"

namespace histo {

namespace {

using stain::CountedValue;
using stain::Density;
using stain::dot;
using stain::Matrix3;
using stain::Vector3;

void check_count(std::uint64_t pixels) {
  if (pixels >= fewest_stain_pixels) return;
  throw Error(ErrorKind::input, "stains cannot be fitted to " + std::to_string(pixels) +
                                    (pixels == 1 ? " tissue pixel, " : " tissue pixels, ") +
                                    "at least " + std::to_string(fewest_stain_pixels) +
                                    " are needed");
}

/// The 99th percentiles of the concentrations of H and E.
std::array<double, 2> highest_concentrations(const stain::StainMatrix& stains,
                                             const std::vector<Density>& colours) {
  // Half of what one grey level below white absorbs: less is no stain.
  constexpr double least = 0.002;
  constexpr double share = 0.99;
  const stain::StainMatrix unmix = stain::unmixing(stains);
  std::array<double, 2> result{};
  for (std::size_t i = 0; i < result.size(); ++i) {
    std::vector<CountedValue> values;
    values.reserve(colours.size());
    for (const Density& colour : colours) {
      values.push_back({dot(colour.od, unmix[i]), colour.count});
    }
    result[i] = stain::percentile(values, share);
    if (!(result[i] >= least)) {
      throw Error(ErrorKind::input,
                  std::string("the tissue shows no ") + (i == 0 ? "haematoxylin" : "eosin") +
                      ": the 99th percentile of its concentration is " + number(result[i]) +
                      ", at least " + number(least) + " is needed");
    }
  }
  return result;
}

StainFit fit_lab(const ColourCounts& tissue) {
  // One grey level at white shifts alpha and beta by about 0.001.
  constexpr double least_deviation = 1e-5;
  const Matrix3 lab_of_logarithms = stain::lab_of_logarithms();
  const std::vector<ColourCounts::Colour> colours = tissue.colours();
  std::vector<Vector3> labs;
  labs.reserve(colours.size());
  const auto pixels = static_cast<double>(tissue.pixels());
  StainFit fit;
  fit.method = StainMethod::reinhard;
  for (const ColourCounts::Colour& colour : colours) {
    Vector3 rgb{};
    for (std::size_t i = 0; i < 3; ++i) rgb[i] = colour.rgb[i] == 0 ? 1.0 : colour.rgb[i];
    Vector3 logarithms{};
    for (std::size_t i = 0; i < 3; ++i) logarithms[i] = std::log(dot(stain::cones_of_rgb[i], rgb));
    Vector3 lab{};
    for (std::size_t i = 0; i < 3; ++i) {
      lab[i] = dot(lab_of_logarithms[i], logarithms);
      fit.lab_mean[i] += static_cast<double>(colour.count) * lab[i] / pixels;
    }
    labs.push_back(lab);
  }
  for (std::size_t i = 0; i < 3; ++i) {
    double variance = 0.0;
    for (std::size_t c = 0; c < colours.size(); ++c) {
      const double distance = labs[c][i] - fit.lab_mean[i];
      variance += static_cast<double>(colours[c].count) * distance * distance / pixels;
    }
    fit.lab_deviation[i] = std::sqrt(variance);
    if (!(fit.lab_deviation[i] > least_deviation)) stain::throw_no_two_stains();
  }
  return fit;
}

}  // namespace

StainFit fit_stains(const ColourCounts& tissue, StainMethod method) {
  return fit_stains(tissue, tissue, method);
}

StainFit fit_stains(const ColourCounts& tissue, const ColourCounts& all, StainMethod method) {
  check_count(tissue.pixels());
  if (method == StainMethod::reinhard) return fit_lab(tissue);
  check_count(all.pixels());
  const std::vector<Density> colours = stain::densities(tissue);
  StainFit fit;
  fit.method = method;
  fit.stains = method == StainMethod::macenko ? stain::macenko_stains(colours)
                                              : stain::vahadane_stains(colours);
  fit.concentrations = &tissue == &all ? highest_concentrations(fit.stains, colours)
                                       : highest_concentrations(fit.stains, stain::densities(all));
  return fit;
}

StainFit reference_stains(StainMethod method) {
  StainFit fit;
  fit.method = method;
  if (method == StainMethod::reinhard) {
    fit.lab_mean = {8.63234435, -0.11501964, 0.03868433};
    fit.lab_deviation = {0.57506023, 0.10403329, 0.01364062};
    return fit;
  }
  fit.stains = {{{0.5626, 0.7201, 0.4062}, {0.2159, 0.8012, 0.5581}}};
  fit.concentrations = {1.9705, 1.0308};
  return fit;
}

}  // namespace histo
