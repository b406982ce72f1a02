#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>
#include <vector>

#include <opencv2/imgproc.hpp>

#include "histo/error.hpp"
#include "histo/tissue.hpp"

#include "core/opencv_view.hpp"
#include "core/text.hpp"
#include "tissue/components.hpp"
#include "tissue/filters.hpp"
#include "tissue/histogram.hpp"

namespace histo {

namespace {

constexpr double least_contrast = 10.0;  // grey levels

std::string size_text(Size size) {
  return std::to_string(size.width) + " x " + std::to_string(size.height);
}

/// A matrix that is no part of another one, so that OpenCV makes up what lies outside.
cv::Mat whole_matrix(std::vector<std::uint8_t>& bytes, std::int64_t rows, std::int64_t width) {
  return {static_cast<int>(rows), static_cast<int>(width), CV_8UC1, bytes.data()};
}

}  // namespace

/// The image goes through a strip of rows that stays in the processor's cache: converted into it,
/// filtered once it is full, and copied to the mask where all neighbours were there. What the
/// filter makes up at the strip's ends is right at the image's ends and is left out elsewhere.
class TissueFinder::Work {
 public:
  Work(Size image_size, Size slide_size, const TissueOptions& options) : options_(options) {
    validate(options);
    if (image_size.width < 1 || image_size.height < 1) {
      throw Error(ErrorKind::internal, "tissue is looked for in an image without pixels");
    }
    if (options.method == TissueMethod::picture) {
      throw Error(ErrorKind::internal, "a picture of the tissue is no way to look for it");
    }
    tissue_.method = options.method;
    tissue_.sigma = options.sigma;
    tissue_.slide_size = slide_size;
    tissue_.threshold = options.threshold.value_or(is_hsv() ? saturation_threshold : 0);
    tissue_.mask = Mask(image_size.width, image_size.height);
    radius_ = is_hsv() ? median_radius : blur_radius(options.sigma);
    // Twice the rows that are filtered in vain, at least; 64 rows of a large slide are half a MB.
    const std::int64_t rows = std::max<std::int64_t>(64, 6 * std::int64_t{radius_});
    strip_.resize(static_cast<std::size_t>(rows * image_size.width));
    capacity_ = rows;
  }

  void add(const ImageView& band) {
    if (band.width != width() || band.height > height() - taken_) {
      throw Error(ErrorKind::internal,
                  "a band of " + size_text(band.size()) + " pixels does not fit below row " +
                      std::to_string(taken_) + " of an image of " + size_text(tissue_.mask.size()));
    }
    for (std::int64_t y = 0; y < band.height;) {
      const std::int64_t rows = std::min(band.height - y, capacity_ - filled_);
      take({band.row(y), band.width, rows, band.stride});
      y += rows;
      if (filled_ == capacity_ && taken_ < height()) filter(filled_ - radius_);
    }
  }

  Tissue finish() {
    if (taken_ < height()) {
      throw Error(ErrorKind::internal, "only " + std::to_string(taken_) + " of " +
                                           std::to_string(height()) + " rows came");
    }
    filter(filled_);
    const std::array<std::uint64_t, 256> counts = histogram_.counts();
    const Otsu split = otsu(counts);
    tissue_.contrast = split.contrast;
    tissue_.dark_field = is_dark_field(counts);
    tissue_.reason = reason();
    if (!tissue_.reason.empty()) {
      std::memset(tissue_.mask.data(), 0, tissue_.mask.bytes().size());
    }
    if (!is_hsv() && !options_.threshold) {
      const double scaled = std::floor(split.threshold * options_.multiplier + 0.5);
      tissue_.threshold = static_cast<int>(std::clamp(scaled, 0.0, 255.0));
    }
    if (tissue_.reason.empty()) decide();
    return std::move(tissue_);
  }

 private:
  bool is_hsv() const { return options_.method == TissueMethod::hsv; }
  std::int64_t width() const { return tissue_.mask.width(); }
  std::int64_t height() const { return tissue_.mask.height(); }

  std::uint8_t* strip_row(std::int64_t y) {
    return strip_.data() + static_cast<std::size_t>(y * width());
  }

  void take(const ImageView& rows) {
    const cv::Mat rgb = opencv_view(rows);
    cv::Mat place(rgb.rows, rgb.cols, CV_8UC1, strip_row(filled_));
    if (is_hsv()) {
      cv::cvtColor(rgb, grey_, cv::COLOR_RGB2GRAY);
      histogram_.add(grey_.ptr(), grey_.total());
      mark_colourful(rgb, place, tissue_.threshold);
    } else {
      cv::cvtColor(rgb, place, cv::COLOR_RGB2GRAY);
    }
    filled_ += rows.height;
    taken_ += rows.height;
  }

  /// Filters the strip, copies its rows from the first that the mask lacks to `end` - 1, and keeps
  /// those that the next ones depend on.
  void filter(std::int64_t end) {
    const cv::Mat strip = whole_matrix(strip_, filled_, width());
    if (is_hsv()) {
      median_of_marks(strip, filtered_);
    } else {
      blur(strip, filtered_, options_.sigma);
    }
    const std::int64_t begin = written_ - (taken_ - filled_);
    for (std::int64_t y = begin; y < end; ++y) {
      const std::uint8_t* row = filtered_.ptr(static_cast<int>(y));
      const auto count = static_cast<std::size_t>(width());
      if (!is_hsv()) histogram_.add(row, count);
      std::memcpy(tissue_.mask.row(written_++), row, count);
    }
    const std::int64_t kept = filled_ - std::max<std::int64_t>(0, end - radius_);
    std::memmove(strip_row(0), strip_row(filled_ - kept), static_cast<std::size_t>(kept * width()));
    filled_ = kept;
  }

  std::string reason() const {
    if (options_.threshold) return "";
    if (tissue_.dark_field) {
      return "the slide is bright on black, as fluorescence is, and dark is not tissue there; "
             "--tissue-mask takes masks made elsewhere, --threshold goes by brightness all the "
             "same";
    }
    if (!is_hsv() && tissue_.contrast < least_contrast) {
      return "the slide looks blank: its darker and its brighter pixels differ by only " +
             number(std::round(tissue_.contrast * 10) / 10) +
             " of 255 grey levels; --threshold finds paler tissue";
    }
    return "";
  }

  void decide() {
    cv::Mat mask = opencv_view(tissue_.mask);
    if (is_hsv()) {
      close_gaps(mask);
    } else {
      cv::threshold(mask, mask, tissue_.threshold, 1, cv::THRESH_BINARY_INV);
    }
    clean(tissue_, options_);
  }

  TissueOptions options_;
  Tissue tissue_;  // until the end, its mask holds what is to be parted by the threshold
  Histogram histogram_;
  int radius_ = 0;
  std::vector<std::uint8_t> strip_;
  std::int64_t capacity_ = 0;  // rows of the strip
  std::int64_t filled_ = 0;    // rows in the strip
  std::int64_t taken_ = 0;     // rows of the image so far
  std::int64_t written_ = 0;   // rows of the mask so far
  cv::Mat grey_;
  cv::Mat filtered_;
};

TissueFinder::TissueFinder(Size image_size, Size slide_size, const TissueOptions& options)
    : work_(std::make_unique<Work>(image_size, slide_size, options)) {}
TissueFinder::TissueFinder(TissueFinder&&) noexcept = default;
TissueFinder& TissueFinder::operator=(TissueFinder&&) noexcept = default;
TissueFinder::~TissueFinder() = default;

void TissueFinder::add(const ImageView& band) { work_->add(band); }
Tissue TissueFinder::finish() { return work_->finish(); }

Tissue detect_tissue(const ImageView& image, Size slide_size, const TissueOptions& options) {
  TissueFinder finder(image.size(), slide_size, options);
  finder.add(image);
  return finder.finish();
}

}  // namespace histo
