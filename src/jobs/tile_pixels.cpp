#include "jobs/tile_pixels.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "histo/error.hpp"
#include "histo/tiling.hpp"

namespace histo {

namespace {

Image with_stain(Image&& image, const TileReading& reading) {
  return reading.stain ? reading.stain->apply(image) : std::move(image);
}

StainMethod stain_method(const std::string& name) {
  for (const StainMethod method :
       {StainMethod::macenko, StainMethod::vahadane, StainMethod::reinhard}) {
    if (name_of(method) == name) return method;
  }
  throw Error(ErrorKind::input, "key 'stain_method' is not known: '" + name + "'");
}

StainFit stain_fit(StainMethod method, const std::vector<double>& numbers) {
  StainFit fit;
  fit.method = method;
  if (numbers.size() != stain_numbers(fit).size()) {
    throw Error(ErrorKind::input, "the numbers of the stains do not fit '" + name_of(method) + "'");
  }
  if (method == StainMethod::reinhard) {
    std::copy_n(numbers.begin(), 3, fit.lab_mean.begin());
    std::copy_n(numbers.begin() + 3, 3, fit.lab_deviation.begin());
  } else {
    std::copy_n(numbers.begin(), 3, fit.stains[0].begin());
    std::copy_n(numbers.begin() + 3, 3, fit.stains[1].begin());
    std::copy_n(numbers.begin() + 6, 2, fit.concentrations.begin());
  }
  return fit;
}

}  // namespace

std::string name_of(StainMethod method) {
  switch (method) {
    case StainMethod::macenko:
      return "macenko";
    case StainMethod::vahadane:
      return "vahadane";
    case StainMethod::reinhard:
      break;
  }
  return "reinhard";
}

std::vector<double> stain_numbers(const StainFit& fit) {
  if (fit.method == StainMethod::reinhard) {
    std::vector<double> numbers(fit.lab_mean.begin(), fit.lab_mean.end());
    numbers.insert(numbers.end(), fit.lab_deviation.begin(), fit.lab_deviation.end());
    return numbers;
  }
  std::vector<double> numbers;
  for (const std::array<double, 3>& stain : fit.stains) {
    numbers.insert(numbers.end(), stain.begin(), stain.end());
  }
  numbers.insert(numbers.end(), fit.concentrations.begin(), fit.concentrations.end());
  return numbers;
}

TileReading reading_of(const SlideRecord& record) {
  TileReading reading;
  reading.level = record.level;
  if (record.tile_scale) {
    if (!record.tile_width_px || !record.tile_height_px) {
      throw Error(ErrorKind::input, "has no key 'tile_width_px' or 'tile_height_px'");
    }
    reading.scale = record.tile_scale;
    reading.pixels = {*record.tile_width_px, *record.tile_height_px};
  }
  if (!record.stain_method.empty()) {
    const StainMethod method = stain_method(record.stain_method);
    reading.stain.emplace(stain_fit(method, record.stain_from), stain_fit(method, record.stain_to));
  }
  return reading;
}

Image read_raw_tile(const Slide& slide, const TileReading& reading, const Rect& rect) {
  if (!reading.scale) return slide.read(rect, reading.level);
  return slide.read_area(tile_area(rect, reading.pixels, *reading.scale), reading.pixels);
}

Image read_slide_tile(const Slide& slide, const TileReading& reading, const Rect& rect) {
  return with_stain(read_raw_tile(slide, reading, rect), reading);
}

Image read_slide_region(const Slide& slide, const TileReading& reading, const Rect& rect) {
  if (!reading.scale) return with_stain(slide.read(rect, reading.level), reading);
  const auto length = [](std::int64_t level0, double scale) {
    return std::max<std::int64_t>(1, round_half_even(static_cast<double>(level0) / scale));
  };
  const Area area{static_cast<double>(rect.x), static_cast<double>(rect.y),
                  static_cast<double>(rect.width), static_cast<double>(rect.height)};
  const Size size{length(rect.width, reading.scale->x), length(rect.height, reading.scale->y)};
  return with_stain(slide.read_area(area, size), reading);
}

}  // namespace histo
