#include "picture/panel.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

namespace histo::picture {

namespace {

using Sign = PanelEntry::Sign;

/// Lays out the entries; everything is in proportion to the letters.
class Panel {
 public:
  /// `widest` is the most that a column may take, `room` what all may take together.
  Panel(const std::vector<PanelEntry>& entries, double letters, std::int64_t widest,
        std::int64_t room)
      : letters_(letters) {
    for (const PanelEntry& entry : entries) break_lines(entry, widest);
    for (const PanelEntry& line : lines_) {
      column_width_ = std::max(column_width_, indent(line) + width_of(line) + 2 * margin());
    }
    const std::int64_t columns = std::max<std::int64_t>(1, room / column_width_);
    rows_ = (static_cast<std::int64_t>(lines_.size()) + columns - 1) / columns;
    while (arrange() > columns) ++rows_;
  }

  std::int64_t width() const { return columns_ * column_width_; }
  std::int64_t height() const { return rows_ * line() + margin(); }

  void draw(Image& image, std::int64_t left, std::int64_t top) const {
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      draw_line(image, lines_[i], left + margin() + places_[i].column * column_width_,
                top + (places_[i].row + 1) * line());
    }
  }

 private:
  void break_lines(const PanelEntry& entry, std::int64_t widest) {
    PanelEntry line = entry;
    line.text.clear();
    std::istringstream words(entry.text);
    for (std::string word; words >> word;) {
      const std::string longer = line.text.empty() ? word : line.text + " " + word;
      if (!line.text.empty() &&
          indent(entry) + text_width(longer, lettering(entry)) + 2 * margin() > widest) {
        lines_.push_back(line);
        line.sign = continued(line.sign);
        line.text = word;
      } else {
        line.text = longer;
      }
    }
    lines_.push_back(line);
    entry_ends_.push_back(lines_.size());
  }

  /// Gives every line its place in columns of `rows_`; an entry that does not fit begins the next.
  std::int64_t arrange() {
    places_.clear();
    std::int64_t column = 0;
    std::int64_t row = 0;
    for (const std::size_t end : entry_ends_) {
      const auto needed = static_cast<std::int64_t>(end - places_.size());
      if (row > 0 && row + needed > rows_) {
        ++column;
        row = 0;
      }
      // An entry with more lines than a column has needs higher columns.
      if (needed > rows_) return std::numeric_limits<std::int64_t>::max();
      while (places_.size() < end) places_.push_back({column, row++});
    }
    columns_ = column + 1;
    return columns_;
  }

  /// The further lines of a swatch's text have none, but stand below the first.
  static Sign continued(Sign sign) {
    return sign == Sign::swatch || sign == Sign::scale_bar ? Sign::none : sign;
  }

  std::int64_t width_of(const PanelEntry& line) const {
    return text_width(line.text, lettering(line));
  }

  std::int64_t indent(const PanelEntry& entry) const {
    switch (entry.sign) {
      case Sign::title:
      case Sign::small:
        return 0;
      case Sign::scale_bar:
        return entry.bar + margin() / 2;
      case Sign::none:
      case Sign::swatch:
        break;
    }
    return swatch() + margin() / 2;
  }

  Lettering lettering(const PanelEntry& entry) const {
    if (entry.sign == Sign::title) return {1.25 * letters_, black};
    return {letters_, entry.sign == Sign::small ? dark_grey : black};
  }

  void draw_line(Image& image, const PanelEntry& entry, std::int64_t x,
                 std::int64_t baseline) const {
    if (entry.sign == Sign::swatch) {
      const Rect area{x, baseline - in_letters(1.3), swatch(), swatch()};
      fill(image, area, entry.colour);
      frame(image, area, std::max<std::int64_t>(2, in_letters(0.2)), entry.border);
    }
    if (entry.sign == Sign::scale_bar) {
      const std::int64_t thick = std::max<std::int64_t>(2, in_letters(0.25));
      const std::int64_t middle = baseline - in_letters(0.5);
      fill(image, {x, middle - thick / 2, entry.bar, thick}, black);
      fill(image, {x, baseline - in_letters(1.0), thick, in_letters(1.0)}, black);
      fill(image, {x + entry.bar - thick, baseline - in_letters(1.0), thick, in_letters(1.0)},
           black);
    }
    write_text(image, entry.text, x + indent(entry), baseline, lettering(entry));
  }

  std::int64_t in_letters(double heights) const {
    return static_cast<std::int64_t>(heights * letters_);
  }
  std::int64_t margin() const { return in_letters(1.2); }
  std::int64_t line() const { return in_letters(2.2); }
  std::int64_t swatch() const { return in_letters(1.6); }

  struct Place {
    std::int64_t column = 0;
    std::int64_t row = 0;
  };

  double letters_;
  std::vector<PanelEntry> lines_;        ///< of all entries
  std::vector<std::size_t> entry_ends_;  ///< lines before the next entry
  std::vector<Place> places_;            ///< of the lines
  std::int64_t column_width_ = 1;
  std::int64_t columns_ = 1;
  std::int64_t rows_ = 0;
};

}  // namespace

double letters_beside(Size picture) {
  const double side =
      std::sqrt(static_cast<double>(picture.width) * static_cast<double>(picture.height));
  return std::clamp(side / 80.0, 9.0, 32.0);
}

std::int64_t line_in(Size picture) {
  return std::max<std::int64_t>(2, std::max(picture.width, picture.height) / 700);
}

Image with_panel(const ImageView& picture, const std::vector<PanelEntry>& entries) {
  constexpr Colour separation{190, 190, 190};
  const double letters = letters_beside(picture.size());
  const auto widest = static_cast<std::int64_t>(40.0 * letters);
  const bool below = picture.width >= picture.height;
  const Panel panel(entries, letters, widest, below ? picture.width : 0);
  const std::int64_t line = line_in(picture.size()) / 2;
  if (below) {
    Image image(std::max(picture.width, panel.width()), picture.height + line + panel.height(),
                255);
    paste(image, picture, 0, 0);
    fill(image, {0, picture.height, image.width(), line}, separation);
    panel.draw(image, 0, picture.height + line);
    return image;
  }
  Image image(picture.width + line + panel.width(), std::max(picture.height, panel.height()), 255);
  paste(image, picture, 0, 0);
  fill(image, {picture.width, 0, line, image.height()}, separation);
  panel.draw(image, picture.width + line, 0);
  return image;
}

}  // namespace histo::picture
