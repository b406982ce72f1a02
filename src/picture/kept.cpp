#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include <opencv2/imgproc.hpp>

#include "histo/error.hpp"
#include "histo/picture.hpp"

#include "core/opencv_view.hpp"
#include "picture/canvas.hpp"
#include "picture/panel.hpp"
#include "picture/thumbnail.hpp"

namespace histo {

namespace {

using picture::PanelEntry;
using Sign = PanelEntry::Sign;

// Okabe and Ito's blue and vermilion, which stains and most inks do not resemble.
constexpr Colour kept_colour{0, 114, 178};
constexpr Colour outside_colour{213, 94, 0};
constexpr Colour left_out_colour{140, 146, 152};
constexpr Colour veil{214, 218, 223};  // over what was not kept

enum State : std::uint8_t { nowhere, left_out, outside, kept };

/// The thumbnail as the picture is drawn on it.
struct Scene {
  Image image;
  Mask tissue;  ///< 1 where the thumbnail shows tissue
  Mask states;  ///< a State for each pixel
  std::int64_t line = 2;
};

Mask at_scale_of(const MaskView& mask, Size size) {
  Mask result(size.width, size.height);
  std::vector<std::int64_t> columns;
  for (std::int64_t x = 0; x < size.width; ++x) {
    columns.push_back((2 * x + 1) * mask.width / (2 * size.width));
  }
  for (std::int64_t y = 0; y < size.height; ++y) {
    const std::uint8_t* from = mask.row((2 * y + 1) * mask.height / (2 * size.height));
    std::uint8_t* to = result.row(y);
    for (const std::int64_t column : columns) *to++ = from[column] == 0 ? 0 : 1;
  }
  return result;
}

void cover(Mask& states, const std::vector<Rect>& places, State state) {
  for (const Rect& place : places) {
    const Rect area = intersect(place, {0, 0, states.width(), states.height()});
    for (std::int64_t y = area.y; y < area.y + area.height; ++y) {
      std::fill_n(states.row(y) + area.x, area.width, static_cast<std::uint8_t>(state));
    }
  }
}

/// Tissue in its colours, all else grey; what was not kept lies behind a veil.
void shade(Scene& scene) {
  // Shares in 1/256, since a thumbnail has millions of pixels.
  const auto blend = [](unsigned under, unsigned over, unsigned share) {
    return static_cast<std::uint8_t>((under * (256U - share) + over * share + 128U) / 256U);
  };
  for (std::int64_t y = 0; y < scene.image.height(); ++y) {
    std::uint8_t* pixel = scene.image.row(y);
    for (std::int64_t x = 0; x < scene.image.width(); ++x, pixel += 3) {
      const bool is_kept = scene.states.row(y)[x] == kept;
      const Colour over = is_kept ? picture::white : veil;
      const std::array<unsigned, 3> target{over.red, over.green, over.blue};
      if (scene.tissue.row(y)[x] == 0) {
        const unsigned grey = (77U * pixel[0] + 150U * pixel[1] + 29U * pixel[2]) / 256U;
        for (std::size_t i = 0; i < 3; ++i) pixel[i] = blend(grey, target[i], 154U);
      } else if (!is_kept) {
        for (std::size_t i = 0; i < 3; ++i) pixel[i] = blend(pixel[i], target[i], 115U);
      }
    }
  }
}

/// Thin lines around every tile, the fainter the smaller it is: those of many small tiles would
/// hide what is in them.
void draw_grid(Image& image, const std::vector<Rect>& places, Colour colour, double strength) {
  constexpr double smallest = 8.0;
  constexpr double large = 48.0;
  const auto blend = [&](std::int64_t x, std::int64_t y, double share) {
    if (x < 0 || y < 0 || x >= image.width() || y >= image.height()) return;
    picture::set_pixel(image, x, y, picture::mix(picture::pixel_at(image, x, y), colour, share));
  };
  for (const Rect& place : places) {
    const auto side = static_cast<double>(std::min(place.width, place.height));
    if (side < smallest) continue;
    const double share = strength * std::min(1.0, side / large);
    for (std::int64_t x = 0; x < place.width; ++x) blend(place.x + x, place.y, share);
    for (std::int64_t y = 1; y < place.height; ++y) blend(place.x, place.y + y, share);
  }
}

/// A strong line just within everything of this state.
void draw_border(Scene& scene, State state, Colour colour) {
  const auto side = static_cast<int>(2 * scene.line + 1);
  const cv::Mat covered = opencv_view(scene.states) == state;
  cv::Mat inner;
  cv::erode(covered, inner, cv::Mat::ones(side, side, CV_8U), {-1, -1}, 1, cv::BORDER_CONSTANT,
            cv::Scalar(0));
  opencv_view(scene.image)
      .setTo(cv::Scalar(colour.red, colour.green, colour.blue), covered & ~inner);
}

/// Rounded down, so that no number reaches the limit that its tile has missed.
void write_shares(Scene& scene, const std::vector<TissueTile>& tiles,
                  const std::vector<Rect>& places) {
  constexpr double smallest = 7.0;
  const double letters = picture::letters_beside(scene.image.size());
  for (std::size_t i = 0; i < tiles.size(); ++i) {
    const Rect place = intersect(places[i], {0, 0, scene.image.width(), scene.image.height()});
    const double height = std::min(std::max(smallest, 0.75 * letters),
                                   0.18 * static_cast<double>(std::min(place.width, place.height)));
    const auto percent = static_cast<std::int64_t>(std::floor(100.0 * tiles[i].tissue_share));
    if (height < smallest || percent < 1) continue;
    const picture::Lettering ink{height, picture::dark_grey};
    const std::string text = std::to_string(percent) + "%";
    picture::write_with_halo(scene.image, text,
                             place.x + (place.width - picture::text_width(text, ink)) / 2,
                             place.y + (place.height + static_cast<std::int64_t>(height)) / 2, ink);
  }
}

/// The longest of 1, 2, 5, 10, ... micrometres that takes at most a fifth of the picture's width.
PanelEntry scale_bar(double micrometres_per_pixel, std::int64_t width) {
  const double most = std::max(1.0, 0.2 * static_cast<double>(width)) * micrometres_per_pixel;
  const double decade = std::pow(10.0, std::floor(std::log10(most)));
  const double length = decade * (most >= 5.0 * decade ? 5.0 : most >= 2.0 * decade ? 2.0 : 1.0);
  PanelEntry entry;
  entry.sign = Sign::scale_bar;
  entry.bar = std::max<std::int64_t>(1, std::llround(length / micrometres_per_pixel));
  const bool in_millimetres = length >= 1000.0;
  std::string number = std::to_string(in_millimetres ? length / 1000.0 : length);
  number.erase(number.find_last_not_of('0') + 1);
  if (number.back() == '.') number.pop_back();
  entry.text = number + (in_millimetres ? " mm" : " um");
  return entry;
}

std::vector<PanelEntry> entries_of(const SortedTiles& tiles, const KeptLegend& legend,
                                   const Downsample& downsample, std::int64_t width) {
  std::vector<PanelEntry> entries;
  const auto add = [&](Sign sign, const std::string& text, Colour colour, Colour border) {
    entries.push_back({sign, text, colour, border, 0});
  };
  const auto with = [](const std::string& text, const std::string& reason) {
    return reason.empty() ? text : text + " (" + reason + ")";
  };
  if (!legend.title.empty()) add(Sign::title, legend.title, {}, {});
  add(Sign::swatch, picture::grouped_count(tiles.kept.size(), "tile") + " kept", picture::white,
      kept_colour);
  add(Sign::swatch,
      with(picture::grouped(tiles.too_little_tissue.size()) + " left out", legend.too_little), veil,
      left_out_colour);
  if (!tiles.outside_regions.empty()) {
    add(Sign::swatch, picture::grouped(tiles.outside_regions.size()) + " outside the regions", veil,
        outside_colour);
  }
  constexpr Colour stain{186, 96, 160};
  add(Sign::swatch, with("in colour: tissue", legend.tissue_rule), stain, stain);
  constexpr Colour grey{170, 170, 170};
  add(Sign::swatch, "grey: not tissue", grey, grey);
  for (const std::string& note : legend.notes) add(Sign::small, note, {}, {});
  if (legend.mpp && *legend.mpp > 0.0 && std::isfinite(*legend.mpp)) {
    entries.push_back(scale_bar(*legend.mpp * downsample.x, width));
  }
  return entries;
}

}  // namespace

Image kept_picture(const ImageView& thumbnail, Size slide_size, const MaskView& tissue_mask,
                   const SortedTiles& tiles, const KeptLegend& legend) {
  const Downsample downsample =
      picture::thumbnail_downsample(thumbnail, slide_size, "kept_picture");
  if (tissue_mask.width < 1 || tissue_mask.height < 1) {
    throw Error(ErrorKind::internal, "kept_picture was given an empty tissue mask");
  }
  const auto places_of = [&](const auto& rects, const auto& rect_of) {
    std::vector<Rect> places;
    for (const auto& rect : rects) {
      places.push_back(picture::place_on_thumbnail(rect_of(rect), downsample));
    }
    return places;
  };
  const auto itself = [](const Rect& rect) { return rect; };
  const std::vector<Rect> kept_places = places_of(tiles.kept, itself);
  const std::vector<Rect> outside_places = places_of(tiles.outside_regions, itself);
  const std::vector<Rect> left_out_places =
      places_of(tiles.too_little_tissue, [](const TissueTile& tile) { return tile.rect; });

  Scene scene{picture::copy_of(thumbnail), at_scale_of(tissue_mask, thumbnail.size()),
              Mask(thumbnail.width, thumbnail.height), picture::line_in(thumbnail.size())};
  cover(scene.states, outside_places, outside);
  cover(scene.states, left_out_places, left_out);
  cover(scene.states, kept_places, kept);
  shade(scene);
  draw_grid(scene.image, outside_places, outside_colour, 0.5);
  draw_grid(scene.image, left_out_places, left_out_colour, 0.6);
  draw_grid(scene.image, kept_places, kept_colour, 0.45);
  draw_border(scene, outside, outside_colour);
  draw_border(scene, kept, kept_colour);
  write_shares(scene, tiles.too_little_tissue, left_out_places);
  return picture::with_panel(scene.image, entries_of(tiles, legend, downsample, thumbnail.width));
}

}  // namespace histo
