#include "histo/score_raster.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <string>

#include "histo/error.hpp"

#include "analysis/checks.hpp"
#include "core/text.hpp"

namespace histo {

namespace {

constexpr std::int64_t most_pixels = 268435456;

[[noreturn]] void refuse(const std::string& what) { throw Error(ErrorKind::input, what); }

/// Pixels [first, end) of one axis.
struct Span {
  std::int64_t first = 0;
  std::int64_t end = 0;
};

/// The pixels whose centres lie in [from, from + length), of those that there are.
Span pixels_in(std::int64_t from, std::int64_t length, double downsample, std::int64_t count) {
  const auto start = static_cast<double>(from);
  const auto size = static_cast<double>(length);
  Span span;
  span.first = static_cast<std::int64_t>(std::ceil(start / downsample - 0.5));
  span.end = static_cast<std::int64_t>(std::ceil((start + size) / downsample - 0.5));
  if (span.first >= span.end) {
    span.first = static_cast<std::int64_t>(std::floor((start + 0.5 * size) / downsample));
    span.end = span.first + 1;
  }
  return {std::clamp<std::int64_t>(span.first, 0, count),
          std::clamp<std::int64_t>(span.end, 0, count)};
}

void check(const std::vector<Rect>& tiles, const std::vector<double>& scores, const Size& slide,
           double downsample) {
  if (!std::isfinite(downsample) || downsample <= 0.0) {
    throw Error(
        ErrorKind::usage,
        "the downsample of a raster must be a finite number above 0, got " + number(downsample));
  }
  if (slide.width < 1 || slide.height < 1) {
    refuse("the slide has " + std::to_string(slide.width) + " x " + std::to_string(slide.height) +
           " pixels, and a raster needs at least 1 x 1");
  }
  analysis::check_count(scores.size(), tiles.size(), "the scores");
  for (std::size_t i = 0; i < tiles.size(); ++i) {
    if (tiles[i].width < 1 || tiles[i].height < 1) {
      refuse("tile " + std::to_string(i) + " has " + std::to_string(tiles[i].width) + " x " +
             std::to_string(tiles[i].height) + " pixels, and must have at least 1 x 1");
    }
    if (!std::isfinite(scores[i])) {
      refuse("the score of tile " + std::to_string(i) + " is " + number(scores[i]) +
             ", not a finite number");
    }
  }
}

Size raster_size(const Size& slide, double downsample) {
  const double width = std::ceil(static_cast<double>(slide.width) / downsample);
  const double height = std::ceil(static_cast<double>(slide.height) / downsample);
  if (width * height > static_cast<double>(most_pixels)) {
    throw Error(ErrorKind::usage, "a raster of " + std::to_string(slide.width) + " x " +
                                      std::to_string(slide.height) + " pixels at the downsample " +
                                      number(downsample) + " has more than " +
                                      std::to_string(most_pixels));
  }
  return {static_cast<std::int64_t>(width), static_cast<std::int64_t>(height)};
}

}  // namespace

ScoreRaster score_raster(const std::vector<Rect>& tiles, const std::vector<double>& scores,
                         const Size& slide, double downsample) {
  check(tiles, scores, slide, downsample);
  ScoreRaster raster;
  raster.size = raster_size(slide, downsample);
  raster.downsample = downsample;
  const auto width = static_cast<std::size_t>(raster.size.width);
  raster.values.assign(width * static_cast<std::size_t>(raster.size.height), 0.0);
  std::vector<std::uint32_t> counts(raster.values.size());
  for (std::size_t t = 0; t < tiles.size(); ++t) {
    const Span columns = pixels_in(tiles[t].x, tiles[t].width, downsample, raster.size.width);
    const Span rows = pixels_in(tiles[t].y, tiles[t].height, downsample, raster.size.height);
    for (std::int64_t y = rows.first; y < rows.end; ++y) {
      for (std::int64_t x = columns.first; x < columns.end; ++x) {
        const std::size_t pixel = static_cast<std::size_t>(y) * width + static_cast<std::size_t>(x);
        raster.values[pixel] += scores[t];
        ++counts[pixel];
      }
    }
  }
  for (std::size_t i = 0; i < counts.size(); ++i) {
    raster.values[i] = counts[i] == 0 ? std::numeric_limits<double>::quiet_NaN()
                                      : raster.values[i] / static_cast<double>(counts[i]);
  }
  return raster;
}

std::vector<double> rank_normalised(const std::vector<double>& scores) {
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (std::isnan(scores[i])) refuse("the score of tile " + std::to_string(i) + " is nan");
  }
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return scores[a] < scores[b]; });
  std::vector<double> ranks(scores.size());
  for (std::size_t first = 0; first < order.size();) {
    std::size_t end = first;
    while (end < order.size() && scores[order[end]] == scores[order[first]]) ++end;
    // Ranks first + 1 to end.
    const double mean = 0.5 * static_cast<double>(first + 1 + end);
    for (std::size_t i = first; i < end; ++i) {
      ranks[order[i]] = mean / static_cast<double>(scores.size());
    }
    first = end;
  }
  return ranks;
}

}  // namespace histo
