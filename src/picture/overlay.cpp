#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "histo/error.hpp"
#include "histo/picture.hpp"

#include "picture/canvas.hpp"
#include "picture/legend.hpp"
#include "picture/panel.hpp"
#include "picture/region_numbers.hpp"
#include "picture/thumbnail.hpp"

namespace histo {

namespace {

constexpr std::int32_t nobody = -1;
constexpr std::int32_t unnamed = -2;  // a tile without a label
constexpr Colour unnamed_colour{128, 128, 128};

Colour colour_of(std::int32_t label) {
  return label == unnamed ? unnamed_colour : cluster_colour(label);
}

/// A tile on the thumbnail: whole pixels, at least one, and its centre.
struct Place {
  Rect area;
  double centre_x = 0.0;
  double centre_y = 0.0;
};

Place place_of(const Rect& tile, const Downsample& downsample) {
  return {picture::place_on_thumbnail(tile, downsample),
          (static_cast<double>(tile.x) + 0.5 * static_cast<double>(tile.width)) / downsample.x,
          (static_cast<double>(tile.y) + 0.5 * static_cast<double>(tile.height)) / downsample.y};
}

/// Which tile each pixel of the thumbnail belongs to: the one whose centre is nearest, of equals
/// the first.
class Ownership {
 public:
  Ownership(Size size, const std::vector<Place>& places)
      : size_(size),
        owners_(static_cast<std::size_t>(size.width * size.height), nobody),
        distances_(owners_.size(), std::numeric_limits<float>::infinity()) {
    for (std::size_t i = 0; i < places.size(); ++i) claim(places[i], static_cast<std::int32_t>(i));
  }

  /// The tile's index; `nobody` where there is none, and outside.
  std::int32_t at(std::int64_t x, std::int64_t y) const {
    if (x < 0 || y < 0 || x >= size_.width || y >= size_.height) return nobody;
    return owners_[index(x, y)];
  }

  /// How much room a text in the middle of (x, y) has on the pixels of the tile there.
  Size room_at(std::int64_t x, std::int64_t y) const {
    const std::int32_t owner = at(x, y);
    if (owner == nobody) return {};
    const auto reach = [&](std::int64_t right, std::int64_t down) {
      std::int64_t steps = 0;
      while (at(x + (steps + 1) * right, y + (steps + 1) * down) == owner) ++steps;
      return steps;
    };
    return {1 + 2 * std::min(reach(-1, 0), reach(1, 0)),
            1 + 2 * std::min(reach(0, -1), reach(0, 1))};
  }

 private:
  void claim(const Place& place, std::int32_t owner) {
    const Rect area = intersect(place.area, {0, 0, size_.width, size_.height});
    for (std::int64_t y = area.y; y < area.y + area.height; ++y) {
      const double down = static_cast<double>(y) + 0.5 - place.centre_y;
      for (std::int64_t x = area.x; x < area.x + area.width; ++x) {
        const double right = static_cast<double>(x) + 0.5 - place.centre_x;
        const auto distance = static_cast<float>(down * down + right * right);
        const std::size_t pixel = index(x, y);
        if (distance >= distances_[pixel]) continue;
        distances_[pixel] = distance;
        owners_[pixel] = owner;
      }
    }
  }

  std::size_t index(std::int64_t x, std::int64_t y) const {
    return static_cast<std::size_t>(y * size_.width + x);
  }

  Size size_;
  std::vector<std::int32_t> owners_;
  std::vector<float> distances_;  ///< squared, to the owner's centre
};

/// The tissue as a grey drawing in the cluster's colour: its own pinks and blues would mix with the
/// tint. Its contrast is raised, since the tint takes half of it.
Colour tint(const std::uint8_t* pixel, Colour colour) {
  constexpr double strength = 0.55;
  constexpr double contrast = 1.2;
  const double grey = 0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2];
  const double drawing = std::max(0.0, 255.0 - contrast * (255.0 - grey));
  const auto mix = [&](std::uint8_t part) {
    return static_cast<std::uint8_t>(std::lround((1.0 - strength) * drawing + strength * part));
  };
  return {mix(colour.red), mix(colour.green), mix(colour.blue)};
}

/// Tints the tiles' pixels; `rim` pixels on each side of a border between clusters are in full
/// colour.
void draw_tints(Image& image, const Ownership& owners, Size size,
                const std::vector<std::int32_t>& labels, std::int64_t rim) {
  const auto label_at = [&](std::int64_t x, std::int64_t y) {
    const std::int32_t owner = owners.at(std::clamp<std::int64_t>(x, 0, size.width - 1),
                                         std::clamp<std::int64_t>(y, 0, size.height - 1));
    return owner == nobody ? nobody : labels[static_cast<std::size_t>(owner)];
  };
  for (std::int64_t y = 0; y < size.height; ++y) {
    for (std::int64_t x = 0; x < size.width; ++x) {
      const std::int32_t label = label_at(x, y);
      if (label == nobody) continue;
      const Colour colour = colour_of(label);
      const bool on_rim = label_at(x - rim, y) != label || label_at(x + rim, y) != label ||
                          label_at(x, y - rim) != label || label_at(x, y + rim) != label;
      picture::set_pixel(image, x, y, on_rim ? colour : tint(image.row(y) + 3 * x, colour));
    }
  }
}

/// The number with its middle at (x, y), if there is room for letters that can be read; `share` is
/// the part of the room's height that they may take.
void draw_number(Image& image, std::int32_t label, std::int64_t x, std::int64_t y, Size room,
                 double share) {
  constexpr double smallest = 7.0;
  constexpr double largest = 18.0;
  const std::string text = std::to_string(label);
  const double width_at_largest =
      static_cast<double>(picture::text_width(text, {largest, picture::black}));
  const double height =
      std::min({largest, share * static_cast<double>(room.height),
                0.9 * largest * static_cast<double>(room.width) / width_at_largest});
  if (height < smallest) return;
  const std::int64_t left = x - picture::text_width(text, {height, picture::black}) / 2;
  const auto baseline = static_cast<std::int64_t>(static_cast<double>(y) + 0.5 + height / 2.0);
  picture::write_with_halo(image, text, left, baseline, {height, picture::black});
}

/// The number of what each pixel belongs to; below 0 for those that get none.
std::vector<std::int32_t> number_map(const Ownership& owners, Size size,
                                     const std::vector<std::int32_t>& numbers) {
  std::vector<std::int32_t> map;
  map.reserve(static_cast<std::size_t>(size.width * size.height));
  for (std::int64_t y = 0; y < size.height; ++y) {
    for (std::int64_t x = 0; x < size.width; ++x) {
      const std::int32_t owner = owners.at(x, y);
      map.push_back(owner == nobody ? nobody : numbers[static_cast<std::size_t>(owner)]);
    }
  }
  return map;
}

/// Once in each region of one number that has the room and none of the pixels `numbered`.
void number_regions(Image& image, Size size, const std::vector<std::int32_t>& map,
                    const std::vector<std::size_t>& numbered) {
  for (const picture::NumberPlace& place : picture::number_places(size, map, numbered)) {
    draw_number(image, place.label, place.x, place.y, place.room, 0.7);
  }
}

/// In each tile that is seen well, and once in each region of one cluster that has no such tile but
/// room for a number: where colours are many, the numbers tell clusters apart.
void draw_numbers(Image& image, const Ownership& owners, Size size,
                  const std::vector<Place>& places, const std::vector<std::int32_t>& labels) {
  constexpr std::int64_t well_seen = 24;
  std::vector<std::size_t> numbered;  // pixels whose region needs no number any more
  for (std::size_t i = 0; i < places.size(); ++i) {
    const auto x = static_cast<std::int64_t>(places[i].centre_x);
    const auto y = static_cast<std::int64_t>(places[i].centre_y);
    const Size room = owners.room_at(x, y);
    if (owners.at(x, y) != static_cast<std::int32_t>(i)) continue;
    if (std::min(room.width, room.height) < well_seen) continue;
    draw_number(image, labels[i], x, y, room, 0.35);
    numbered.push_back(static_cast<std::size_t>(y * size.width + x));
  }
  number_regions(image, size, number_map(owners, size, labels), numbered);
}

/// Tiles on a thumbnail, and how wide their rims are.
struct Tiling {
  std::vector<Place> places;
  std::int64_t rim = 0;
};

Tiling tiling_of(const std::vector<Rect>& tiles, const Downsample& downsample) {
  Tiling tiling;
  tiling.places.reserve(tiles.size());
  std::int64_t smallest_side = std::numeric_limits<std::int64_t>::max();
  for (const Rect& tile : tiles) {
    const Rect& area = tiling.places.emplace_back(place_of(tile, downsample)).area;
    smallest_side = std::min({smallest_side, area.width, area.height});
  }
  // Rims would hide the tissue of small tiles.
  tiling.rim = smallest_side < 8 ? 0 : smallest_side < 24 ? 1 : 2;
  return tiling;
}

void check_labels(std::size_t tiles, const std::vector<std::int32_t>& labels, std::size_t k) {
  if (tiles != labels.size()) {
    throw Error(ErrorKind::internal, "cluster_overlay was given " + std::to_string(labels.size()) +
                                         " labels for " + std::to_string(tiles) + " tiles");
  }
  for (const std::int32_t label : labels) {
    if (label >= 0 && static_cast<std::size_t>(label) < k) continue;
    throw Error(ErrorKind::internal, "cluster_overlay was given label " + std::to_string(label) +
                                         " of " + std::to_string(k) + " clusters");
  }
}

void check_names(std::size_t tiles, const std::vector<std::int32_t>& labels,
                 const LabelLegend& legend) {
  const auto named = [&](std::int32_t label) {
    return label >= -1 && label < static_cast<std::int32_t>(legend.names.size());
  };
  if (tiles == labels.size() && std::all_of(labels.begin(), labels.end(), named) &&
      (legend.remarks.empty() || legend.remarks.size() == legend.names.size()))
    return;
  throw Error(ErrorKind::internal,
              "label_overlay was given labels, names or remarks that do not "
              "fit");
}

/// `sizes`: the tiles of each label, then of none.
std::vector<picture::PanelEntry> entries_of(const LabelLegend& legend,
                                            const std::vector<std::size_t>& sizes) {
  using Sign = picture::PanelEntry::Sign;
  std::vector<picture::PanelEntry> entries;
  std::size_t tiles = 0;
  for (const std::size_t size : sizes) tiles += size;
  const auto add = [&](Sign sign, const std::string& text, Colour colour) {
    entries.push_back({sign, text, colour, colour, 0});
  };
  if (!legend.title.empty()) add(Sign::title, legend.title, picture::white);
  for (std::size_t label = 0; label < legend.names.size(); ++label) {
    if (sizes[label] == 0) continue;
    add(Sign::swatch,
        std::to_string(label + 1) + " " + legend.names[label] + ": " +
            picture::percentage(sizes[label], tiles) +
            (legend.remarks.empty() || legend.remarks[label].empty()
                 ? ""
                 : " (" + legend.remarks[label] + ")"),
        cluster_colour(static_cast<std::int32_t>(label)));
  }
  if (sizes.back() > 0) {
    add(Sign::swatch, "no label: " + picture::percentage(sizes.back(), tiles), unnamed_colour);
  }
  add(Sign::small, picture::grouped_count(tiles, "tile"), picture::white);
  for (const std::string& note : legend.notes) add(Sign::small, note, picture::white);
  return entries;
}

}  // namespace

Image cluster_overlay(const ImageView& thumbnail, Size slide_size, const std::vector<Rect>& tiles,
                      const std::vector<std::int32_t>& labels, std::size_t k) {
  check_labels(tiles.size(), labels, k);
  const Downsample downsample =
      picture::thumbnail_downsample(thumbnail, slide_size, "cluster_overlay");
  std::vector<std::size_t> sizes(k);
  for (const std::int32_t label : labels) ++sizes[static_cast<std::size_t>(label)];
  const Tiling tiling = tiling_of(tiles, downsample);
  const Ownership owners(thumbnail.size(), tiling.places);

  Image image = picture::with_legend(thumbnail, sizes);
  draw_tints(image, owners, thumbnail.size(), labels, tiling.rim);
  draw_numbers(image, owners, thumbnail.size(), tiling.places, labels);
  return image;
}

Image label_overlay(const ImageView& thumbnail, Size slide_size, const std::vector<Rect>& tiles,
                    const std::vector<std::int32_t>& labels, const LabelLegend& legend) {
  check_names(tiles.size(), labels, legend);
  const Downsample downsample =
      picture::thumbnail_downsample(thumbnail, slide_size, "label_overlay");
  std::vector<std::size_t> sizes(legend.names.size() + 1);  // the last: of those without a label
  std::vector<std::int32_t> tinted;
  std::vector<std::int32_t> numbers;
  for (const std::int32_t label : labels) {
    ++sizes[label < 0 ? legend.names.size() : static_cast<std::size_t>(label)];
    tinted.push_back(label < 0 ? unnamed : label);
    numbers.push_back(label < 0 ? nobody : label + 1);
  }
  const Tiling tiling = tiling_of(tiles, downsample);
  const Ownership owners(thumbnail.size(), tiling.places);

  Image image = picture::copy_of(thumbnail);
  draw_tints(image, owners, thumbnail.size(), tinted, tiling.rim);
  number_regions(image, thumbnail.size(), number_map(owners, thumbnail.size(), numbers), {});
  return picture::with_panel(image, entries_of(legend, sizes));
}

}  // namespace histo
