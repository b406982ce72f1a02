#include "histo/tissue.hpp"

#include <algorithm>
#include <cmath>

#include "histo/error.hpp"

#include "core/text.hpp"

namespace histo {

std::string name_of(TissueMethod method) {
  switch (method) {
    case TissueMethod::otsu:
      return "otsu";
    case TissueMethod::hsv:
      return "hsv";
    case TissueMethod::picture:
      return "picture";
  }
  throw Error(ErrorKind::internal, "a way to find tissue has no name");
}

void validate(const TissueOptions& options) {
  const auto fail = [](const std::string& rule, double value) {
    throw Error(ErrorKind::usage, rule + ", got " + number(value));
  };
  const auto check_area = [&](const char* name, double area) {
    if (!(area >= 0) || !std::isfinite(area)) {
      fail(std::string(name) + " must be at least 0 pixels squared", area);
    }
  };
  if (options.threshold && (*options.threshold < 0 || *options.threshold > 255)) {
    fail("--threshold must lie in [0, 255]", *options.threshold);
  }
  if (!(options.multiplier >= 0) || !std::isfinite(options.multiplier)) {
    fail("--multiplier must be at least 0", options.multiplier);
  }
  if (options.max_dimension < 1) {
    fail("--max-dimension must be at least 1", static_cast<double>(options.max_dimension));
  }
  if (!(options.sigma >= 0 && options.sigma <= 100)) {
    fail("--sigma must lie in [0, 100]", options.sigma);
  }
  check_area("--min-area", options.min_area);
  check_area("--fill-holes", options.fill_holes);
}

double background_share(const Tissue& tissue, const Rect& tile) {
  const auto to_mask = [](std::int64_t length, std::int64_t slide, std::int64_t mask) {
    return round_half_even(static_cast<double>(length) /
                           (static_cast<double>(slide) / static_cast<double>(mask)));
  };
  const auto to_width = [&](std::int64_t length) {
    return to_mask(length, tissue.slide_size.width, tissue.mask.width());
  };
  const auto to_height = [&](std::int64_t length) {
    return to_mask(length, tissue.slide_size.height, tissue.mask.height());
  };
  const Rect wanted{to_width(tile.x), to_height(tile.y),
                    std::max<std::int64_t>(1, to_width(tile.width)),
                    std::max<std::int64_t>(1, to_height(tile.height))};
  const Rect there = intersect(wanted, {0, 0, tissue.mask.width(), tissue.mask.height()});
  std::int64_t found = 0;
  for (std::int64_t y = 0; y < there.height; ++y) {
    const std::uint8_t* row = tissue.mask.row(there.y + y) + there.x;
    found += std::count(row, row + there.width, std::uint8_t{1});
  }
  const std::int64_t all = wanted.width * wanted.height;
  return static_cast<double>(all - found) / static_cast<double>(all);
}

double tissue_share(const Tissue& tissue) {
  const std::vector<std::uint8_t>& mask = tissue.mask.bytes();
  if (mask.empty()) return 0.0;
  const auto found = std::count(mask.begin(), mask.end(), std::uint8_t{1});
  return static_cast<double>(found) / static_cast<double>(mask.size());
}

Mask tissue_picture(const Tissue& tissue) {
  Mask picture(tissue.mask.width(), tissue.mask.height());
  const std::vector<std::uint8_t>& mask = tissue.mask.bytes();
  std::transform(mask.begin(), mask.end(), picture.data(), [](std::uint8_t value) {
    return static_cast<std::uint8_t>(value == 0 ? 255 : 0);
  });
  return picture;
}

}  // namespace histo
