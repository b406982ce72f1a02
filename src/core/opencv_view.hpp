#pragma once
/// The one place where our pixels and OpenCV's meet; nothing is copied.

#include <opencv2/core/mat.hpp>

#include "histo/image.hpp"

namespace histo {

/// A cv::Mat over borrowed pixels. OpenCV has no read-only matrix: the caller must not write to it.
template <std::size_t channels>
cv::Mat opencv_view(const PixelView<channels>& view) {
  return {static_cast<int>(view.height), static_cast<int>(view.width),
          CV_8UC(static_cast<int>(channels)), const_cast<std::uint8_t*>(view.data), view.stride};
}

/// A writable cv::Mat over pixels that we own.
template <std::size_t channels>
cv::Mat opencv_view(Pixels<channels>& pixels) {
  return {static_cast<int>(pixels.height()), static_cast<int>(pixels.width()),
          CV_8UC(static_cast<int>(channels)), pixels.data(), pixels.stride()};
}

}  // namespace histo
