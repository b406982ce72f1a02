#pragma once
/// A slide made small: what tissue is looked for in and what thumbnails are made of.

#include <algorithm>
#include <cstdint>
#include <optional>

#include "histo/image.hpp"
#include "histo/slide.hpp"

#include "core/ordered_map.hpp"

namespace histo {

/// The whole slide as one of its levels, or, where even the smallest is too large to be held, as
/// that level shrunk. Thread rule: const use from many threads.
class Overview {
 public:
  /// The level as it is.
  Overview(const Slide& slide, int level) : Overview(slide, level, slide.level_size(level)) {}

  /// The first level with both sides at most `most` pixels (HistoPrep's rule). Where there is none,
  /// the smallest level, shrunk to `most` pixels along its longer side if it has more than
  /// `held` pixels; HistoPrep holds it whole.
  static Overview within(const Slide& slide, std::int64_t most, std::int64_t held);

  int level() const { return level_; }
  Size size() const { return size_; }

  Image whole() const;

  /// Calls take(band, its first row) from the top down; bands are read on at most `threads`.
  template <class Take>
  void for_each_band(std::size_t threads, const Take& take) const {
    const std::int64_t rows = band_rows();
    struct Band {
      std::int64_t first;
      Image pixels;
    };
    std::int64_t next = 0;
    const auto source = [&]() -> std::optional<std::int64_t> {
      if (next >= size_.height) return std::nullopt;
      next += rows;
      return next - rows;
    };
    const auto make_worker = [&] {
      return [&](std::int64_t first) {
        return Band{first, band(first, std::min(rows, size_.height - first))};
      };
    };
    constexpr std::size_t most_threads = 4;
    constexpr std::size_t window = 6;
    ordered_map(
        std::min(threads, most_threads), source, make_worker,
        [&](Band&& read) { take(read.pixels, read.first); }, window);
  }

 private:
  Overview(const Slide& slide, int level, Size size) : slide_(slide), level_(level), size_(size) {}

  bool is_shrunk() const { return size_ != slide_.level_size(level_); }
  std::int64_t band_rows() const;
  Image band(std::int64_t first, std::int64_t count) const;

  const Slide& slide_;
  int level_;
  Size size_;
};

}  // namespace histo
