#include "jobs/overview.hpp"

namespace histo {

namespace {

// Rows that are read at once: a slide of any size is searched in bounded memory.
constexpr std::int64_t band_height = 256;

}  // namespace

Overview Overview::within(const Slide& slide, std::int64_t most, std::int64_t held) {
  const int level = slide.level_within(most);
  const Size size = slide.level_size(level);
  const std::int64_t longer = std::max(size.width, size.height);
  if (longer <= most || size.width * size.height <= held) return {slide, level};
  const auto shrunk = [&](std::int64_t side) {
    return std::max<std::int64_t>(1, side * most / longer);
  };
  return {slide, level, {shrunk(size.width), shrunk(size.height)}};
}

std::int64_t Overview::band_rows() const {
  return is_shrunk() ? band_height : slide_.band_rows(level_, band_height);
}

Image Overview::band(std::int64_t first, std::int64_t count) const {
  if (!is_shrunk()) return slide_.read_rows(level_, first, count);
  const Size full = slide_.size();
  const double rows = static_cast<double>(full.height) / static_cast<double>(size_.height);
  return slide_.read_area({0.0, static_cast<double>(first) * rows, static_cast<double>(full.width),
                           static_cast<double>(count) * rows},
                          {size_.width, count});
}

Image Overview::whole() const {
  if (!is_shrunk()) return slide_.read_level(level_);
  return band(0, size_.height);
}

}  // namespace histo
