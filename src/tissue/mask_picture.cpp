#include <algorithm>
#include <cmath>

#include "histo/error.hpp"
#include "histo/tissue.hpp"

#include "core/text.hpp"
#include "tissue/components.hpp"

namespace histo {

namespace {

std::string size_text(Size size) {
  return std::to_string(size.width) + " x " + std::to_string(size.height);
}

void check_shape(Size mask, Size slide) {
  if (mask.width < 1 || mask.height < 1) {
    throw Error(ErrorKind::input, "the tissue mask has no pixels");
  }
  constexpr double allowed = 0.02;
  const double height = static_cast<double>(mask.width) * static_cast<double>(slide.height) /
                        static_cast<double>(slide.width);
  const double off = std::abs(static_cast<double>(mask.height) - height);
  if (off <= std::max(1.0, allowed * height)) return;
  throw Error(ErrorKind::input, "the tissue mask is " + size_text(mask) + " pixels and the slide " +
                                    size_text(slide) + ": the mask's height is " +
                                    percent(off / height) +
                                    " off, at most 2 % is; a mask covers the whole slide");
}

}  // namespace

Tissue tissue_from_mask(const ImageView& picture, Size slide_size, const TissueOptions& options) {
  validate(options);
  check_shape(picture.size(), slide_size);
  Tissue tissue;
  tissue.method = TissueMethod::picture;
  tissue.slide_size = slide_size;
  tissue.mask = Mask(picture.width, picture.height);
  std::uint8_t largest = 0;
  for (std::int64_t y = 0; y < picture.height; ++y) {
    const std::uint8_t* from = picture.row(y);
    std::uint8_t* to = tissue.mask.row(y);
    for (std::int64_t x = 0; x < picture.width; ++x, from += 3) {
      to[x] = std::max({from[0], from[1], from[2]});
      largest = std::max(largest, to[x]);
    }
  }
  constexpr std::uint8_t bright = 128;
  if (largest > 1 && largest < bright) {
    throw Error(ErrorKind::input, "the tissue mask's largest value is " + std::to_string(largest) +
                                      ", and tissue is 1, or 128 to 255");
  }
  const std::uint8_t least = largest == 1 ? std::uint8_t{1} : bright;
  std::transform(tissue.mask.data(), tissue.mask.data() + tissue.mask.bytes().size(),
                 tissue.mask.data(),
                 [least](std::uint8_t value) { return std::uint8_t{value >= least}; });
  clean(tissue, options);
  return tissue;
}

}  // namespace histo
