#pragma once
/// Pixels. An `Image` owns them and moves; an `ImageView` borrows them and must not outlive their
/// owner. Thread rule: const access from many threads; everything else from one at a time.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "histo/geometry.hpp"

namespace histo {

/// Borrowed 8-bit pixels with `channels` interleaved bytes each: row y begins at data + y * stride.
template <std::size_t channels>
struct PixelView {
  const std::uint8_t* data = nullptr;
  std::int64_t width = 0;
  std::int64_t height = 0;
  std::size_t stride = 0;  ///< bytes from one row to the next, at least channels * width

  const std::uint8_t* row(std::int64_t y) const {
    return data + static_cast<std::size_t>(y) * stride;
  }
  Size size() const { return {width, height}; }
};

/// Owned 8-bit pixels, rows packed without gaps: width * height * channels bytes.
template <std::size_t channels>
class Pixels {
 public:
  Pixels() = default;
  Pixels(std::int64_t width, std::int64_t height, std::uint8_t value = 0)
      : width_(width),
        height_(height),
        bytes_(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * channels,
               value) {}

  std::int64_t width() const { return width_; }
  std::int64_t height() const { return height_; }
  Size size() const { return {width_, height_}; }
  std::size_t stride() const { return static_cast<std::size_t>(width_) * channels; }
  bool empty() const { return bytes_.empty(); }

  std::uint8_t* data() { return bytes_.data(); }
  const std::uint8_t* data() const { return bytes_.data(); }
  std::uint8_t* row(std::int64_t y) { return data() + static_cast<std::size_t>(y) * stride(); }
  const std::uint8_t* row(std::int64_t y) const {
    return data() + static_cast<std::size_t>(y) * stride();
  }
  const std::vector<std::uint8_t>& bytes() const { return bytes_; }

  PixelView<channels> view() const { return {data(), width_, height_, stride()}; }
  // Implicit, so that a function which borrows pixels takes an owner as it is.
  operator PixelView<channels>() const { return view(); }  // NOLINT(google-explicit-constructor)

 private:
  std::int64_t width_ = 0;
  std::int64_t height_ = 0;
  std::vector<std::uint8_t> bytes_;
};

using Image = Pixels<3>;  ///< RGB, 8 bits each, in that order
using ImageView = PixelView<3>;
using Mask = Pixels<1>;  ///< one byte a pixel; what the values mean is said where one is made
using MaskView = PixelView<1>;

}  // namespace histo
