#include "tissue/components.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <vector>

namespace histo {

namespace {

constexpr std::int64_t most_pixels = std::numeric_limits<std::int32_t>::max();

/// Disjoint sets of labels, each with its number of pixels, counted up to most_pixels.
class Sets {
 public:
  void add() { links_.push_back(-1); }

  void grow(std::int32_t label, std::int64_t pixels) {
    std::int32_t& link = link_of(root(label));
    link = root_of(pixels_of(link) + pixels);
  }

  void join(std::int32_t a, std::int32_t b) {
    a = root(a);
    b = root(b);
    if (a == b) return;
    const std::int64_t all = pixels_of(link_of(a)) + pixels_of(link_of(b));
    if (pixels_of(link_of(a)) < pixels_of(link_of(b))) std::swap(a, b);
    link_of(a) = root_of(all);
    link_of(b) = a;
  }

  std::int64_t pixels(std::int32_t label) { return pixels_of(link_of(root(label))); }

 private:
  // A root holds -1 - its pixels, any other label the one above it.
  static std::int64_t pixels_of(std::int32_t link) { return -1 - std::int64_t{link}; }
  static std::int32_t root_of(std::int64_t pixels) {
    return static_cast<std::int32_t>(-1 - std::min(pixels, most_pixels));
  }
  std::int32_t& link_of(std::int32_t label) { return links_[static_cast<std::size_t>(label)]; }

  std::int32_t root(std::int32_t label) {
    while (link_of(label) >= 0) {
      const std::int32_t up = link_of(label);
      if (link_of(up) >= 0) link_of(label) = link_of(up);  // a shorter path for the next time
      label = up;
    }
    return label;
  }

  std::vector<std::int32_t> links_;
};

/// Pixels begin .. end - 1 of a row that have the wanted value.
struct Run {
  std::int64_t begin;
  std::int64_t end;
  std::int32_t label;
};

void find_runs(const std::uint8_t* row, std::int64_t width, std::uint8_t value,
               std::vector<Run>& runs) {
  const auto next = [&](std::int64_t from, int wanted) {
    const void* found = std::memchr(row + from, wanted, static_cast<std::size_t>(width - from));
    return found == nullptr ? width : static_cast<const std::uint8_t*>(found) - row;
  };
  runs.clear();
  for (std::int64_t begin = next(0, value); begin < width;) {
    const std::int64_t end = next(begin, 1 - value);
    runs.push_back({begin, end, 0});
    begin = end < width ? next(end, value) : width;
  }
}

/// What holds together in a mask. A run of pixels takes the label of the first run above that it
/// touches, or else the next new one. So a second pass over the mask, made as long as it is
/// unchanged above the row in hand, gives each run the same label, and none needs to be kept.
class Components {
 public:
  enum class Joined { by_edges, by_corners };

  Components(Mask& mask, std::uint8_t value, Joined joined)
      : mask_(mask), value_(value), reach_(joined == Joined::by_corners ? 1 : 0) {}

  void measure() {
    for_each_run([this](std::int64_t, const Run& run, std::size_t touched) {
      if (touched == above_.size()) sets_.add();
      sets_.grow(run.label, run.end - run.begin);
      for (; touched < above_.size() && above_[touched].begin < run.end + reach_; ++touched) {
        sets_.join(run.label, above_[touched].label);
      }
    });
  }

  /// As if what reaches the border were larger than any limit.
  void grow_at_border() {
    for_each_run([this](std::int64_t y, const Run& run, std::size_t) {
      if (y == 0 || y == mask_.height() - 1 || run.begin == 0 || run.end == mask_.width()) {
        sets_.grow(run.label, most_pixels);
      }
    });
  }

  void flip_up_to(double most) {
    for_each_run([&](std::int64_t y, const Run& run, std::size_t) {
      if (static_cast<double>(sets_.pixels(run.label)) > most) return;
      std::memset(mask_.row(y) + run.begin, 1 - value_,
                  static_cast<std::size_t>(run.end - run.begin));
    });
  }

 private:
  /// Calls act(y, run, index in above_ of the first run that it touches, or above_.size()).
  template <class Act>
  void for_each_run(const Act& act) {
    above_.clear();
    std::int32_t labels = 0;
    for (std::int64_t y = 0; y < mask_.height(); ++y) {
      find_runs(mask_.row(y), mask_.width(), value_, here_);
      std::size_t touched = 0;
      for (Run& run : here_) {
        while (touched < above_.size() && above_[touched].end + reach_ <= run.begin) ++touched;
        const bool touches = touched < above_.size() && above_[touched].begin < run.end + reach_;
        run.label = touches ? above_[touched].label : labels++;
        act(y, run, touches ? touched : above_.size());
      }
      above_.swap(here_);
    }
  }

  Mask& mask_;
  std::uint8_t value_;
  std::int64_t reach_;
  Sets sets_;
  std::vector<Run> above_;  // with their labels, also where a pass has flipped them since
  std::vector<Run> here_;
};

}  // namespace

void remove_small_pieces(Mask& mask, double least) {
  Components pieces(mask, 1, Components::Joined::by_corners);
  pieces.measure();
  pieces.flip_up_to(std::ceil(least) - 1);
}

void fill_small_holes(Mask& mask, double most) {
  Components holes(mask, 0, Components::Joined::by_edges);
  holes.measure();
  holes.grow_at_border();
  holes.flip_up_to(most);
}

void clean(Tissue& tissue, const TissueOptions& options) {
  const auto scale = [](std::int64_t slide, std::int64_t mask) {
    return static_cast<double>(slide) / static_cast<double>(mask);
  };
  const double pixel = scale(tissue.slide_size.width, tissue.mask.width()) *
                       scale(tissue.slide_size.height, tissue.mask.height());
  if (options.min_area > 0) remove_small_pieces(tissue.mask, options.min_area / pixel);
  if (options.fill_holes > 0) fill_small_holes(tissue.mask, options.fill_holes / pixel);
}

}  // namespace histo
