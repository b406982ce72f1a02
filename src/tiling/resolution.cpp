#include "histo/resolution.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "histo/error.hpp"

#include "core/text.hpp"

namespace histo {

namespace {

// Doubles that should be equal, such as 4 * 0.2278 and 0.9112, may differ by less than this share.
constexpr double rounding_error = 1e-9;

bool is_length(double value) { return std::isfinite(value) && value > 0.0; }

void check_length(const char* name, const std::optional<double>& value) {
  if (value && !is_length(*value)) {
    throw Error(
        ErrorKind::usage,
        std::string(name) + " must be a positive number of micrometres, got " + number(*value));
  }
}

Downsample native_mpp(const SlideScale& slide, const ResolutionOptions& options) {
  if (options.slide_mpp) return {*options.slide_mpp, *options.slide_mpp};
  const double x = slide.mpp_x.value_or(0.0);
  const double y = slide.mpp_y.value_or(0.0);
  if (!is_length(x) || !is_length(y)) {
    throw Error(ErrorKind::input,
                "the slide states no micrometres per pixel; give it with --slide-mpp X, or "
                "--slides-csv FILE with columns slide,mpp");
  }
  return {x, y};
}

// How far the level's pixels are from the wanted ones, as a share of them, on the worse axis.
double distance(const Downsample& native, const Downsample& pitch, double wanted) {
  return std::max(std::abs(native.x * pitch.x / wanted - 1.0),
                  std::abs(native.y * pitch.y / wanted - 1.0));
}

std::optional<int> nearest_level(const SlideScale& slide, const Downsample& native,
                                 const ResolutionOptions& options) {
  std::optional<int> nearest;
  double smallest = options.mpp_tolerance + rounding_error;
  for (std::size_t level = 0; level < slide.levels.size(); ++level) {
    const double at = distance(native, slide.levels[level], *options.mpp);
    if (at > smallest || (nearest && at == smallest)) continue;
    nearest = static_cast<int>(level);
    smallest = at;
  }
  return nearest;
}

std::string text(const Downsample& native) {
  if (native.x == native.y) return number(native.x);
  return number(native.x) + " x " + number(native.y);
}

void check_fineness(const Downsample& native, const ResolutionOptions& options) {
  const double wanted = *options.mpp;
  const double coarsest = wanted * (1.0 + options.mpp_tolerance + rounding_error);
  if (options.upsample || std::max(native.x, native.y) <= coarsest) return;
  throw Error(ErrorKind::input, "the slide has " + text(native) +
                                    " micrometres per pixel, coarser than --mpp " + number(wanted) +
                                    "; --upsample enlarges its pixels");
}

std::int64_t whole_pixels(double length) {
  constexpr double longest = 9.0e15;  // beyond it doubles skip whole numbers
  return std::max<std::int64_t>(1, round_half_even(std::min(length, longest)));
}

}  // namespace

void validate(const ResolutionOptions& options) {
  check_length("--mpp", options.mpp);
  check_length("--slide-mpp", options.slide_mpp);
  if (!(options.mpp_tolerance >= 0.0 && options.mpp_tolerance < 0.5)) {
    throw Error(ErrorKind::usage,
                "--mpp-tolerance must lie in [0, 0.5), got " + number(options.mpp_tolerance));
  }
}

Resolution resolve_resolution(const SlideScale& slide, Size tile_image,
                              const ResolutionOptions& options) {
  validate(options);
  if (!options.mpp) throw Error(ErrorKind::internal, "no micrometres per pixel were asked for");
  const Downsample native = native_mpp(slide, options);

  Resolution resolution;
  resolution.level = nearest_level(slide, native, options);
  if (resolution.level) {
    resolution.scale = slide.levels[static_cast<std::size_t>(*resolution.level)];
    resolution.mpp_x = native.x * resolution.scale.x;
    resolution.mpp_y = native.y * resolution.scale.y;
  } else {
    check_fineness(native, options);
    resolution.scale = {*options.mpp / native.x, *options.mpp / native.y};
    resolution.mpp_x = *options.mpp;
    resolution.mpp_y = *options.mpp;
  }
  resolution.tile_width = static_cast<double>(tile_image.width) * resolution.scale.x;
  resolution.tile_height = static_cast<double>(tile_image.height) * resolution.scale.y;
  resolution.tile = {whole_pixels(resolution.tile_width), whole_pixels(resolution.tile_height)};
  return resolution;
}

}  // namespace histo
