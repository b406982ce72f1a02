#include "histo/tissue.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <opencv2/imgproc.hpp>

#include "histo/error.hpp"

#include "core/opencv_view.hpp"
#include "core/text.hpp"

namespace histo {

namespace {

int odd_window(double sigma) {
  constexpr double truncate = 3.5;
  const int window = static_cast<int>(std::floor(truncate * sigma + 0.5));
  return window % 2 == 0 ? window + 1 : window;
}

int otsu(const cv::Mat& grey) {
  std::vector<std::uint8_t> values;
  values.reserve(grey.total());
  for (int y = 0; y < grey.rows; ++y) {
    const std::uint8_t* row = grey.ptr(y);
    // Scanners pad with pure black and pure white, and both would drag the threshold.
    std::copy_if(row, row + grey.cols, std::back_inserter(values),
                 [](std::uint8_t value) { return value != 0 && value != 255; });
  }
  if (values.empty()) return 0;
  cv::Mat ignored;
  return static_cast<int>(
      cv::threshold(values, ignored, 0, 1, cv::THRESH_BINARY_INV | cv::THRESH_OTSU));
}

}  // namespace

void validate(const TissueOptions& options) {
  const auto fail = [](const std::string& rule, double value) {
    throw Error(ErrorKind::usage, rule + ", got " + number(value));
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
}

Tissue detect_tissue(const ImageView& image, Size slide_size, const TissueOptions& options) {
  validate(options);
  cv::Mat grey;
  cv::cvtColor(opencv_view(image), grey, cv::COLOR_RGB2GRAY);
  if (options.sigma > 0) {
    const int window = odd_window(options.sigma);
    cv::GaussianBlur(grey, grey, {window, window}, options.sigma, options.sigma);
  }
  Tissue tissue;
  tissue.slide_size = slide_size;
  tissue.threshold = options.threshold.value_or(0);
  if (!options.threshold) {
    const double scaled = std::floor(otsu(grey) * options.multiplier + 0.5);
    tissue.threshold = static_cast<int>(std::clamp(scaled, 0.0, 255.0));
  }
  tissue.mask = Mask(image.width, image.height);
  cv::Mat mask = opencv_view(tissue.mask);
  cv::threshold(grey, mask, tissue.threshold, 1, cv::THRESH_BINARY_INV);
  return tissue;
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
