#include "picture/legend.hpp"

#include <algorithm>
#include <numeric>
#include <string>

#include "picture/canvas.hpp"

namespace histo::picture {

namespace {

struct Entry {
  std::size_t label = 0;
  std::string share;
};

/// What the legend says and how large it is, everything in proportion to its letters.
class Legend {
 public:
  Legend(const std::vector<std::size_t>& sizes, std::int64_t thumbnail_height)
      : letters_(std::clamp(static_cast<double>(thumbnail_height) / 70.0, 9.0, 24.0)) {
    const std::size_t tiles = std::accumulate(sizes.begin(), sizes.end(), std::size_t{0});
    for (std::size_t label = 0; label < sizes.size(); ++label) {
      if (sizes[label] == 0) continue;
      entries_.push_back({label, percentage(sizes[label], tiles)});
      number_width_ = std::max(number_width_, text_width(std::to_string(label), plain()));
    }
    share_width_ = text_width("100.0 %", plain());
    title_ = grouped_count(tiles, "tile");
    const std::size_t absent = sizes.size() - entries_.size();
    if (absent > 0) remark_ = grouped_count(absent, "cluster") + " not on this slide";

    const std::int64_t fitting =
        std::max<std::int64_t>(12, thumbnail_height / line() - lines_beside);
    const auto count = static_cast<std::int64_t>(entries_.size());
    columns_ = (count + fitting - 1) / fitting;
    if (columns_ > 0) rows_ = (count + columns_ - 1) / columns_;
  }

  std::int64_t width() const {
    std::int64_t words = 0;
    for (const std::string& text : {title_, heading_, remark_}) {
      words = std::max(words, text_width(text, plain()));
    }
    return margin() + std::max(columns_ * column_width(), words + margin());
  }
  std::int64_t height() const { return (rows_ + lines_beside) * line(); }

  /// With its upper left corner at (left, 0).
  void draw(Image& image, std::int64_t left) const {
    const std::int64_t x = left + margin();
    write_text(image, title_, x, line(), plain());
    write_text(image, heading_, x, 2 * line(), grey());
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      const auto at = static_cast<std::int64_t>(i);
      draw_entry(image, entries_[i], x + at / rows_ * column_width(), (at % rows_ + 3) * line());
    }
    write_text(image, remark_, x, (rows_ + 3) * line(), grey());
  }

 private:
  static constexpr std::int64_t lines_beside = 4;  // title, heading, remark and some air

  void draw_entry(Image& image, const Entry& entry, std::int64_t x, std::int64_t baseline) const {
    const std::string number = std::to_string(entry.label);
    fill(image, {x, baseline - in_letters(1.3), swatch(), swatch()},
         cluster_colour(static_cast<std::int32_t>(entry.label)));
    const std::int64_t numbers_end = x + swatch() + margin() / 2 + number_width_;
    write_text(image, number, numbers_end - text_width(number, plain()), baseline, plain());
    const std::int64_t shares_end = numbers_end + margin() + share_width_;
    write_text(image, entry.share, shares_end - text_width(entry.share, grey()), baseline, grey());
  }

  std::int64_t in_letters(double heights) const {
    return static_cast<std::int64_t>(heights * letters_);
  }
  std::int64_t margin() const { return in_letters(1.2); }
  std::int64_t line() const { return in_letters(2.2); }
  std::int64_t swatch() const { return in_letters(1.6); }
  std::int64_t column_width() const {
    return swatch() + number_width_ + share_width_ + 3 * margin();
  }
  Lettering plain() const { return {letters_, black}; }
  Lettering grey() const { return {letters_, dark_grey}; }

  double letters_;  ///< their height in pixels
  std::vector<Entry> entries_;
  std::string title_;
  std::string heading_ = "cluster and share";
  std::string remark_;
  std::int64_t number_width_ = 0;
  std::int64_t share_width_ = 0;
  std::int64_t columns_ = 0;
  std::int64_t rows_ = 0;
};

}  // namespace

Image with_legend(const ImageView& thumbnail, const std::vector<std::size_t>& sizes) {
  const Legend legend(sizes, thumbnail.height);
  Image image(thumbnail.width + legend.width(), std::max(thumbnail.height, legend.height()), 255);
  paste(image, thumbnail, 0, 0);
  legend.draw(image, thumbnail.width);
  return image;
}

}  // namespace histo::picture
