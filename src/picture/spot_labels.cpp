#include <algorithm>
#include <string>
#include <vector>

#include "histo/picture.hpp"

#include "picture/canvas.hpp"
#include "picture/panel.hpp"
#include "picture/thumbnail.hpp"

namespace histo {

namespace {

constexpr Colour sure{220, 0, 0};
constexpr Colour unsure{230, 130, 0};

/// One height for all numbers, so that the longest fits the box of middle width.
double number_height(const std::vector<SpotLabel>& spots, const std::vector<Rect>& places) {
  std::vector<std::int64_t> widths;
  std::size_t longest = 3;
  for (std::size_t i = 0; i < spots.size(); ++i) {
    widths.push_back(places[i].width);
    longest = std::max(longest, spots[i].text.size());
  }
  std::nth_element(widths.begin(), widths.begin() + static_cast<std::ptrdiff_t>(widths.size() / 2),
                   widths.end());
  const auto middle = static_cast<double>(widths[widths.size() / 2]);
  return std::clamp(0.95 * middle / static_cast<double>(longest), 7.0, 40.0);
}

/// Above the box, so that the spot stays free.
void draw_number(Image& image, const SpotLabel& spot, const Rect& place, double height) {
  const picture::Lettering ink{height, spot.doubtful ? unsure : sure};
  const auto letters = static_cast<std::int64_t>(height);
  const std::int64_t baseline = std::max(letters, place.y - letters / 4);
  picture::write_with_halo(image, spot.text, std::max<std::int64_t>(0, place.x), baseline, ink);
}

}  // namespace

Image annotate_spots(const ImageView& thumbnail, Size slide_size,
                     const std::vector<SpotLabel>& spots, const std::vector<std::string>& notes) {
  const Downsample downsample =
      picture::thumbnail_downsample(thumbnail, slide_size, "annotate_spots");
  Image image = picture::copy_of(thumbnail);
  std::vector<Rect> places;
  for (const SpotLabel& spot : spots) {
    places.push_back(picture::place_on_thumbnail(spot.rect, downsample));
  }
  const double height = spots.empty() ? 0.0 : number_height(spots, places);
  const std::int64_t line = picture::line_in(thumbnail.size());
  for (std::size_t i = 0; i < spots.size(); ++i) {
    const std::int64_t wide = spots[i].doubtful ? 2 * line : line;
    picture::frame(image, places[i], wide, spots[i].doubtful ? unsure : sure);
  }
  for (std::size_t i = 0; i < spots.size(); ++i) draw_number(image, spots[i], places[i], height);
  if (notes.empty()) return image;
  std::vector<picture::PanelEntry> entries;
  for (const std::string& note : notes) {
    entries.push_back({picture::PanelEntry::Sign::small, note, {}, {}, 0});
  }
  return picture::with_panel(image, entries);
}

}  // namespace histo
