#include "picture/region_numbers.hpp"

#include <algorithm>
#include <utility>

namespace histo::picture {

namespace {

constexpr double digit_width = 0.8;   // of its height
constexpr double largest_box = 16.0;  // nobody needs larger numbers

/// How much wider than high a number is, with some air.
double aspect_of(std::int32_t label) {
  return label < 10 ? 1.0 : label < 100 ? 2.0 * digit_width : 3.0 * digit_width;
}

/// Numbers the regions from 0 in the order of their first pixels; -1 for pixels of none.
class Regions {
 public:
  Regions(Size size, const std::vector<std::int32_t>& labels)
      : size_(size), labels_(labels), regions_(labels.size(), -1) {
    for (std::size_t start = 0; start < labels.size(); ++start) {
      if (labels[start] >= 0 && regions_[start] < 0) spread(start);
    }
  }

  std::size_t count() const { return static_cast<std::size_t>(count_); }
  std::int32_t at(std::size_t pixel) const { return regions_[pixel]; }

 private:
  void spread(std::size_t start) {
    const std::int32_t region = count_++;
    const auto width = static_cast<std::size_t>(size_.width);
    std::vector<std::size_t> open{start};
    regions_[start] = region;
    const auto enter = [&](std::size_t pixel) {
      if (regions_[pixel] >= 0 || labels_[pixel] != labels_[start]) return;
      regions_[pixel] = region;
      open.push_back(pixel);
    };
    while (!open.empty()) {
      const std::size_t pixel = open.back();
      open.pop_back();
      if (pixel % width > 0) enter(pixel - 1);
      if (pixel % width + 1 < width) enter(pixel + 1);
      if (pixel >= width) enter(pixel - width);
      if (pixel + width < labels_.size()) enter(pixel + width);
    }
  }

  Size size_;
  const std::vector<std::int32_t>& labels_;
  std::vector<std::int32_t> regions_;
  std::int32_t count_ = 0;
};

/// How many pixels of the region there are on the nearer side of each pixel, itself included, along
/// lines of `count` pixels that lie `step` apart.
std::vector<std::int32_t> nearer_ends(const Regions& regions, std::size_t pixels, std::size_t count,
                                      std::size_t step) {
  std::vector<std::int32_t> reach(pixels, 0);
  const auto is_same = [&](std::size_t a, std::size_t b) { return regions.at(a) == regions.at(b); };
  for (std::size_t pixel = 0; pixel < pixels; ++pixel) {
    const bool is_first = pixel / step % count == 0;
    reach[pixel] = is_first || !is_same(pixel, pixel - step) ? 1 : reach[pixel - step] + 1;
  }
  std::vector<std::int32_t> back(pixels, 0);
  for (std::size_t pixel = pixels; pixel-- > 0;) {
    const bool is_last = pixel / step % count == count - 1;
    back[pixel] = is_last || !is_same(pixel, pixel + step) ? 1 : back[pixel + step] + 1;
    reach[pixel] = std::min(reach[pixel], back[pixel]);
  }
  return reach;
}

/// Half the height of the largest box around a pixel that lies in its region and is `aspect` times
/// as wide as high, in whole and half pixels, at most `largest_box`.
double box_around(std::size_t pixel, std::size_t column, std::size_t width, const Regions& regions,
                  const std::vector<std::int32_t>& down, double aspect) {
  double best = 0.0;
  std::int32_t lowest = down[pixel];
  for (std::size_t step = 0; column >= step && column + step < width; ++step) {
    const std::size_t left = pixel - step;
    const std::size_t right = pixel + step;
    if (regions.at(left) != regions.at(pixel) || regions.at(right) != regions.at(pixel)) break;
    lowest = std::min({lowest, down[left], down[right]});
    const double by_width = static_cast<double>(step + 1) / aspect;
    best = std::max(best, std::min(by_width, 1.0 * lowest));
    if (by_width >= lowest || best >= largest_box) break;
  }
  return std::min(best, largest_box);
}

}  // namespace

std::vector<NumberPlace> number_places(Size size, const std::vector<std::int32_t>& labels,
                                       const std::vector<std::size_t>& numbered) {
  const Regions regions(size, labels);
  const auto width = static_cast<std::size_t>(size.width);
  const auto height = static_cast<std::size_t>(size.height);
  const auto across = nearer_ends(regions, labels.size(), width, 1);
  const auto down = nearer_ends(regions, labels.size(), height, width);
  std::vector<bool> has_number(regions.count(), false);
  for (const std::size_t pixel : numbered) {
    if (regions.at(pixel) >= 0) has_number[static_cast<std::size_t>(regions.at(pixel))] = true;
  }
  // In a strip the box is as large everywhere: what lies around it finds the middle.
  using Fit = std::pair<double, std::int32_t>;
  std::vector<Fit> best(regions.count(), Fit{0.0, 0});
  std::vector<NumberPlace> places(regions.count());
  for (std::size_t pixel = 0; pixel < labels.size(); ++pixel) {
    if (regions.at(pixel) < 0) continue;
    const auto region = static_cast<std::size_t>(regions.at(pixel));
    if (has_number[region]) continue;
    const double aspect = aspect_of(labels[pixel]);
    const std::int32_t around = across[pixel] + down[pixel];
    const double most = std::min({across[pixel] / aspect, 1.0 * down[pixel], largest_box});
    if (Fit{most, around} <= best[region]) continue;
    const std::size_t column = pixel % width;
    const double box = box_around(pixel, column, width, regions, down, aspect);
    if (Fit{box, around} <= best[region]) continue;
    best[region] = {box, around};
    places[region] = {labels[pixel],
                      static_cast<std::int64_t>(column),
                      static_cast<std::int64_t>(pixel / width),
                      {static_cast<std::int64_t>(2.0 * aspect * box) - 1,
                       static_cast<std::int64_t>(2.0 * box) - 1}};
  }
  places.erase(std::remove_if(places.begin(), places.end(),
                              [](const NumberPlace& place) { return place.room.height < 1; }),
               places.end());
  return places;
}

}  // namespace histo::picture
