#include <opencv2/imgproc.hpp>

#include "histo/error.hpp"
#include "histo/tissue.hpp"

#include "core/opencv_view.hpp"
#include "tissue/filters.hpp"

namespace histo {

namespace {

constexpr double tile_sigma = 1.0;  // HistoPrep's, whatever the slide's is

/// The mask's row or column that shows the middle of pixel `i` of `count` over a tile from `begin`
/// on; -1 outside the slide.
std::int64_t nearest(std::int64_t i, std::int64_t count, std::int64_t begin, std::int64_t length,
                     std::int64_t slide, std::int64_t mask) {
  const double middle = static_cast<double>(begin) + (static_cast<double>(i) + 0.5) *
                                                         static_cast<double>(length) /
                                                         static_cast<double>(count);
  if (!(middle >= 0 && middle < static_cast<double>(slide))) return -1;
  return static_cast<std::int64_t>(middle * static_cast<double>(mask) / static_cast<double>(slide));
}

void look_up(const Rect& place, const Tissue& tissue, Mask& found) {
  std::vector<std::int64_t> columns;
  for (std::int64_t x = 0; x < found.width(); ++x) {
    columns.push_back(nearest(x, found.width(), place.x, place.width, tissue.slide_size.width,
                              tissue.mask.width()));
  }
  for (std::int64_t y = 0; y < found.height(); ++y) {
    const std::int64_t from = nearest(y, found.height(), place.y, place.height,
                                      tissue.slide_size.height, tissue.mask.height());
    if (from < 0) continue;
    std::uint8_t* to = found.row(y);
    for (const std::int64_t column : columns) {
      *to++ = column < 0 ? std::uint8_t{0} : tissue.mask.row(from)[column];
    }
  }
}

}  // namespace

Mask tile_mask(const ImageView& tile, const Rect& place, const Tissue& tissue) {
  if (tile.width < 1 || tile.height < 1) {
    throw Error(ErrorKind::internal, "the mask of a tile without pixels is asked for");
  }
  Mask found(tile.width, tile.height);
  if (tissue.method == TissueMethod::picture) {
    look_up(place, tissue, found);
    return found;
  }
  cv::Mat mask = opencv_view(found);
  cv::Mat pixels;
  if (tissue.method == TissueMethod::hsv) {
    mark_colourful(opencv_view(tile), pixels, tissue.threshold);
    median_of_marks(pixels, mask);
    close_gaps(mask);
  } else {
    cv::cvtColor(opencv_view(tile), pixels, cv::COLOR_RGB2GRAY);
    blur(pixels, mask, tile_sigma);
    cv::threshold(mask, mask, tissue.threshold, 1, cv::THRESH_BINARY_INV);
  }
  return found;
}

}  // namespace histo
