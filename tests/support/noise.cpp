#include "support/noise.hpp"

namespace histo::test {

Image noise(std::int64_t width, std::int64_t height) {
  Image image(width, height);
  std::uint32_t state = 1;
  for (std::int64_t y = 0; y < height; ++y) {
    for (std::size_t i = 0; i < image.stride(); ++i) {
      state = 1664525U * state + 1013904223U;
      image.row(y)[i] = static_cast<std::uint8_t>(state >> 24);
    }
  }
  return image;
}

}  // namespace histo::test
