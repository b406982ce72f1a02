#include "slide/area.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "histo/error.hpp"
#include "histo/resize.hpp"
#include "histo/slide.hpp"

#include "core/text.hpp"
#include "slide/backend.hpp"

namespace histo {

namespace {

// Two numbers that differ by less are the same place: far below a pixel's thousandth, far above
// what doubles lose on the largest slides.
constexpr double same_place = 1e-6;

// A step that is longer by less than this share still counts as fine enough.
constexpr double same_step = 1e-9;

// After shrinking, steps of 1 to 2 are left. There, on real tissue, it differs from averaging
// exactly what a pixel covers by 1.0 to 1.5 grey levels on average; a triangle by 0.4 to 2.0, whole
// pixels by 2.9 to 4.7. Of waves as long as four pixels it keeps 94 % (averaging 90 %, a triangle
// 80 %), of those a quarter too short to be seen 23 % (averaging 47 %), and it overshoots a hard
// edge by at most 6.5 % of its height.
constexpr Interpolation filter = Interpolation::bicubic;
constexpr double filter_support = 2.0;

// About 60 MB with OpenSlide's copy. Tiles at up to five times the level's pixels stay below it.
constexpr double most_pixels_at_once = 8'388'608;

bool is_at_least_as_fine(const Downsample& step, const Downsample& wanted) {
  return step.x <= wanted.x * (1.0 + same_step) && step.y <= wanted.y * (1.0 + same_step);
}

// Whether a level this long can be the full length's every n-th pixel, its last one dropped or made
// up.
bool admits(std::int64_t full, std::int64_t length, double n) {
  return std::abs(static_cast<double>(full) / n - static_cast<double>(length)) < 1.0;
}

/// One axis of an area in the pixels of a shrunk level, and the whole pixels that the filter needs.
struct Axis {
  double start;  ///< within the pixels that are read
  double length;
  std::int64_t first;  ///< of the pixels that are read
  std::int64_t count;
  bool is_as_stored;  ///< the wanted pixels are the level's own
};

/// What is wanted along an axis, in level-0 pixels, and the pixels that it is taken from.
struct Wanted {
  double start;
  double length;
  std::int64_t pixels;
  double step;    ///< level-0 pixels a pixel of the shrunk level
  bool is_exact;  ///< reads begin where they are asked to
};

Axis axis_of(const Wanted& wanted) {
  Axis axis{wanted.start / wanted.step, wanted.length / wanted.step, 0, 0, false};
  const auto pixels = static_cast<double>(wanted.pixels);
  const double nearest = std::round(axis.start);
  const bool is_unscaled = std::abs(axis.length - pixels) < same_place;
  if (is_unscaled) axis.length = pixels;
  if (std::abs(axis.start - nearest) < same_place) axis.start = nearest;
  axis.is_as_stored = is_unscaled && axis.start == nearest && wanted.is_exact;
  const double scale = axis.length / pixels;
  const double margin =
      axis.is_as_stored ? 0.0 : std::ceil(filter_support * std::max(scale, 1.0)) + 1.0;
  axis.first = static_cast<std::int64_t>(std::floor(axis.start - margin));
  axis.count = static_cast<std::int64_t>(std::ceil(axis.start + axis.length + margin)) - axis.first;
  axis.start -= static_cast<double>(axis.first);
  return axis;
}

int reduction_for(const Downsample& pitch, const Downsample& wanted) {
  for (const int factor : {8, 4, 2}) {
    if (is_at_least_as_fine({pitch.x * factor, pitch.y * factor}, wanted)) return factor;
  }
  return 1;
}

// Means of squares of `factor` by `factor` pixels, rounded: what a reader does that shrinks while
// it decodes, for those that cannot.
Image shrink(const Image& image, int factor) {
  Image small(image.width() / factor, image.height() / factor);
  const auto area = static_cast<std::uint32_t>(factor * factor);
  std::vector<std::uint32_t> sums(image.stride());
  for (std::int64_t y = 0; y < small.height(); ++y) {
    std::fill(sums.begin(), sums.end(), 0);
    for (int row = 0; row < factor; ++row) {
      const std::uint8_t* from = image.row(y * factor + row);
      for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += from[i];
    }
    std::uint8_t* to = small.row(y);
    const std::uint32_t* sum = sums.data();
    for (std::int64_t x = 0; x < small.width(); ++x, sum += 3 * factor) {
      for (int channel = 0; channel < 3; ++channel) {
        std::uint32_t total = area / 2;
        for (int i = 0; i < factor; ++i) total += sum[3 * i + channel];
        *to++ = static_cast<std::uint8_t>(total / area);
      }
    }
  }
  return small;
}

void paste(const Image& part, std::int64_t x, std::int64_t y, Image& whole) {
  for (std::int64_t row = 0; row < part.height(); ++row) {
    std::memcpy(whole.row(y + row) + 3 * x, part.row(row), part.stride());
  }
}

}  // namespace

Downsample level_pitch_of(Size full, Size level) {
  const Downsample ratio{static_cast<double>(full.width) / static_cast<double>(level.width),
                         static_cast<double>(full.height) / static_cast<double>(level.height)};
  const double mean = (ratio.x + ratio.y) / 2;
  const double power = std::exp2(std::round(std::log2(mean)));
  for (const double n : {power, std::round(mean)}) {
    if (n >= 1.0 && admits(full.width, level.width, n) && admits(full.height, level.height, n)) {
      return {n, n};
    }
  }
  return ratio;
}

Rect content_of(const std::optional<Rect>& bounds, Size slide) {
  const Rect whole{0, 0, slide.width, slide.height};
  if (!bounds) return whole;
  // Beyond it sums could overflow; no slide is as large.
  constexpr std::int64_t largest = std::int64_t{1} << 40;
  for (const std::int64_t side : {bounds->x, bounds->y, bounds->width, bounds->height}) {
    if (side < -largest || side > largest) return whole;
  }
  const Rect content = intersect(*bounds, whole);
  return content.width > 0 && content.height > 0 ? content : whole;
}

Downsample Slide::level_pitch(int level) const { return level_pitch_of(size(), level_size(level)); }

int Slide::level_for(const Downsample& wanted) const {
  if (reader_ == "image") return 0;
  int best = 0;
  double best_step = 0.0;
  for (int level = 0; level < level_count(); ++level) {
    const Downsample pitch = level_pitch(level);
    const double step = pitch.x * pitch.y;
    if (is_at_least_as_fine(pitch, wanted) && step > best_step) {
      best = level;
      best_step = step;
    }
  }
  return best;
}

Rect Slide::content() const { return content_of(properties().bounds, size()); }

Image Slide::read_area(const Area& area, Size size) const {
  constexpr double farthest = 1e12;  // level-0 pixels; also what is no number lies beyond
  const bool has_pixels = size.width > 0 && size.height > 0 && area.width > 0 && area.height > 0 &&
                          std::abs(area.x) + area.width < farthest &&
                          std::abs(area.y) + area.height < farthest;
  if (!has_pixels) {
    throw Error(ErrorKind::internal, path_.string() + ": an area of " + number(area.width) + " x " +
                                         number(area.height) + " cannot be read as " +
                                         std::to_string(size.width) + " x " +
                                         std::to_string(size.height) + " pixels");
  }
  const Downsample wanted{area.width / static_cast<double>(size.width),
                          area.height / static_cast<double>(size.height)};
  const int level = level_for(wanted);
  const Downsample pitch = level_pitch(level);
  const int reduction = reduction_for(pitch, wanted);
  const bool is_exact = source_->begin_of(1, level) == 1.0;
  const Axis across = axis_of({area.x, area.width, size.width, pitch.x * reduction, is_exact});
  const Axis down = axis_of({area.y, area.height, size.height, pitch.y * reduction, is_exact});
  const int by_reader = source_->reduction(level, reduction);
  const int rest = reduction / by_reader;
  const Rect there{across.first * rest, down.first * rest, across.count * rest, down.count * rest};
  const double pixels = static_cast<double>(there.width) * static_cast<double>(there.height);
  if (pixels > most_pixels_at_once && (size.width > 1 || size.height > 1)) {
    return read_in_halves(area, size);
  }
  Image image =
      source_->read_reduced(there.x, there.y, {there.width, there.height}, level, by_reader);
  if (rest > 1) image = shrink(image, rest);
  if (across.is_as_stored && down.is_as_stored) return image;
  const auto start = [&](const Axis& axis, std::int64_t begin) {
    if (is_exact) return axis.start;
    return axis.start - (source_->begin_of(begin, level) - static_cast<double>(begin)) / rest;
  };
  return resize_image(image,
                      {start(across, there.x), start(down, there.y), across.length, down.length},
                      size, filter);
}

Image Slide::read_in_halves(const Area& area, Size size) const {
  Image image(size.width, size.height);
  const bool is_wide = size.width > size.height;
  const auto part_of = [&](std::int64_t from, std::int64_t to) {
    Area part = area;
    Size part_size = size;
    const std::int64_t whole = is_wide ? size.width : size.height;
    const double step = (is_wide ? area.width : area.height) / static_cast<double>(whole);
    (is_wide ? part.x : part.y) += static_cast<double>(from) * step;
    (is_wide ? part.width : part.height) = static_cast<double>(to - from) * step;
    (is_wide ? part_size.width : part_size.height) = to - from;
    paste(read_area(part, part_size), is_wide ? from : 0, is_wide ? 0 : from, image);
  };
  const std::int64_t whole = is_wide ? size.width : size.height;
  part_of(0, whole / 2);
  part_of(whole / 2, whole);
  return image;
}

}  // namespace histo
