#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "histo/error.hpp"
#include "histo/picture.hpp"

#include "picture/axis.hpp"
#include "picture/canvas.hpp"
#include "picture/panel.hpp"
#include "picture/thumbnail.hpp"
#include "picture/words.hpp"

namespace histo {

namespace {

using picture::Lettering;

// Every fifth of the 256 colours of viridis, by Nathaniel Smith and Stefan van der Walt (2015,
// CC0), as matplotlib and OpenCV have it. Lines between them are never off by more than 1.
constexpr std::array<std::uint32_t, 52> viridis{
    0x440154U, 0x46085cU, 0x471063U, 0x481769U, 0x481d6fU, 0x482475U, 0x472a7aU, 0x46307eU,
    0x453781U, 0x433d84U, 0x414287U, 0x3f4889U, 0x3d4e8aU, 0x3a538bU, 0x38598cU, 0x355e8dU,
    0x33638dU, 0x31688eU, 0x2e6d8eU, 0x2c718eU, 0x2a768eU, 0x297b8eU, 0x27808eU, 0x25848eU,
    0x23898eU, 0x218e8dU, 0x20928cU, 0x1f978bU, 0x1e9c89U, 0x1fa188U, 0x21a585U, 0x24aa83U,
    0x28ae80U, 0x2eb37cU, 0x35b779U, 0x3dbc74U, 0x46c06fU, 0x50c46aU, 0x5ac864U, 0x65cb5eU,
    0x70cf57U, 0x7cd250U, 0x89d548U, 0x95d840U, 0xa2da37U, 0xb0dd2fU, 0xbddf26U, 0xcae11fU,
    0xd8e219U, 0xe5e419U, 0xf1e51dU, 0xfde725U};

Colour colour_of(std::uint32_t rgb) {
  return {static_cast<std::uint8_t>(rgb >> 16U), static_cast<std::uint8_t>(rgb >> 8U & 0xffU),
          static_cast<std::uint8_t>(rgb & 0xffU)};
}

/// Where a score lies between the limits; those beyond at the nearer one.
double share_of(double score, const ScorePaint& paint) {
  if (paint.high == paint.low) return 0.5;
  return std::clamp((score - paint.low) / (paint.high - paint.low), 0.0, 1.0);
}

/// The tissue under the scores is a grey drawing: its pinks and blues would be taken for scores.
Colour grey_of(const std::uint8_t* pixel) {
  const auto grey = static_cast<std::uint8_t>(
      std::lround(0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2]));
  return {grey, grey, grey};
}

/// The grid's pixel below the middle of each column, or row, of the thumbnail; -1 beyond the grid.
std::vector<std::int64_t> places_of(std::int64_t count, double downsample, double grid_downsample,
                                    std::int64_t grid) {
  std::vector<std::int64_t> places;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto at = static_cast<std::int64_t>(
        std::floor((static_cast<double>(i) + 0.5) * downsample / grid_downsample));
    places.push_back(at < grid ? at : -1);
  }
  return places;
}

void paint_scores(Image& image, Size slide_size, const ScoreField& field, const ScorePaint& paint) {
  const Downsample scale = picture::thumbnail_downsample(image, slide_size, "score_overlay");
  const std::vector<std::int64_t> columns =
      places_of(image.width(), scale.x, field.downsample, field.size.width);
  const std::vector<std::int64_t> rows =
      places_of(image.height(), scale.y, field.downsample, field.size.height);
  for (std::int64_t y = 0; y < image.height(); ++y) {
    const std::int64_t row = rows[static_cast<std::size_t>(y)];
    for (std::int64_t x = 0; row >= 0 && x < image.width(); ++x) {
      const std::int64_t column = columns[static_cast<std::size_t>(x)];
      if (column < 0) continue;
      const double score = field.values[static_cast<std::size_t>(row * field.size.width + column)];
      if (std::isnan(score)) continue;
      const Colour colour = score_colour(share_of(score, paint));
      picture::set_pixel(image, x, y,
                         picture::mix(grey_of(image.row(y) + 3 * x), colour, paint.alpha));
    }
  }
}

/// The colour bar and the words beside it, everything in proportion to the letters.
class ScoreScale {
 public:
  ScoreScale(const ScorePaint& paint, Size thumbnail)
      : paint_(paint), letters_(picture::letters_beside(thumbnail)) {
    bar_height_ = std::clamp(thumbnail.height / 2, in_letters(12.0), in_letters(36.0));
    for (const double tick : picture::Axis({paint.low, paint.high}, ChartScale::linear)
                                 .round_numbers(static_cast<std::size_t>(
                                     std::max<std::int64_t>(2, bar_height_ / in_letters(4.5))))) {
      if (paint.low <= tick && tick <= paint.high) ticks_.push_back(tick);
    }
    if (ticks_.size() < 2) ticks_ = {paint.low, paint.high};
    labels_ = picture::number_labels(ticks_);
    std::int64_t ticks_width = 0;
    for (const std::string& label : labels_) {
      ticks_width = std::max(ticks_width, picture::text_width(label, plain()));
    }
    const std::int64_t widest = std::max(in_letters(24.0), bar_width() + ticks_width);
    add(paint.title, {1.25 * letters_, picture::black}, widest);
    add(paint.score, plain(), widest);
    words_above_ = lines_.size();
    for (const std::string& note : paint.notes) add(note, grey(), widest);
    width_ = bar_width() + in_letters(1.4) + ticks_width;
    for (const Line& line : lines_) {
      width_ = std::max(width_, picture::text_width(line.text, line.lettering));
    }
  }

  std::int64_t width() const { return width_ + 2 * margin(); }
  std::int64_t height() const {
    return static_cast<std::int64_t>(lines_.size()) * line() + bar_height_ + 2 * line() +
           2 * margin();
  }

  /// With its upper left corner at (left, 0).
  void draw(Image& image, std::int64_t left) const {
    const std::int64_t x = left + margin();
    std::int64_t y = margin();
    const auto write = [&](std::size_t first, std::size_t end) {
      for (std::size_t i = first; i < end; ++i, y += line()) {
        picture::write_text(image, lines_[i].text, x, y + in_letters(1.2), lines_[i].lettering);
      }
    };
    write(0, words_above_);
    y += line() / 2;
    draw_bar(image, x, y);
    y += bar_height_ + line();
    write(words_above_, lines_.size());
  }

 private:
  struct Line {
    std::string text;
    Lettering lettering;
  };

  void add(const std::string& text, const Lettering& lettering, std::int64_t widest) {
    for (const std::string& line : picture::wrapped(text, widest, lettering)) {
      lines_.push_back({line, lettering});
    }
  }

  /// The highest score at the top. At the left the colours as they are, at the right as they look
  /// over glass.
  void draw_bar(Image& image, std::int64_t x, std::int64_t y) const {
    for (std::int64_t i = 0; i < bar_height_; ++i) {
      const double share = 1.0 - (static_cast<double>(i) + 0.5) / static_cast<double>(bar_height_);
      const Colour colour =
          score_colour(share_of(paint_.low + share * (paint_.high - paint_.low), paint_));
      picture::fill(image, {x, y + i, bar_width() / 2, 1}, colour);
      picture::fill(image, {x + bar_width() / 2, y + i, bar_width() - bar_width() / 2, 1},
                    picture::mix(picture::white, colour, paint_.alpha));
    }
    for (std::size_t i = 0; i < ticks_.size(); ++i) {
      const double range = paint_.high - paint_.low;
      const double up = range > 0.0 ? (ticks_[i] - paint_.low) / range : 0.5;
      const auto middle = y + std::lround((1.0 - up) * static_cast<double>(bar_height_ - 1));
      picture::fill(image, {x + bar_width(), middle, in_letters(0.5), line_width()},
                    picture::black);
      picture::write_text(image, labels_[i], x + bar_width() + in_letters(1.0),
                          middle + in_letters(0.5), plain());
    }
    picture::frame(image, {x, y, bar_width(), bar_height_}, line_width(), picture::black);
  }

  std::int64_t in_letters(double heights) const {
    return std::max<std::int64_t>(1, static_cast<std::int64_t>(heights * letters_));
  }
  std::int64_t margin() const { return in_letters(1.2); }
  std::int64_t line() const { return in_letters(2.2); }
  std::int64_t bar_width() const { return in_letters(3.0); }
  std::int64_t line_width() const { return in_letters(0.1); }
  Lettering plain() const { return {letters_, picture::black}; }
  Lettering grey() const { return {letters_, picture::dark_grey}; }

  const ScorePaint& paint_;
  double letters_;  ///< their height in pixels
  std::int64_t bar_height_ = 0;
  std::int64_t width_ = 0;
  std::vector<double> ticks_;
  std::vector<std::string> labels_;
  std::vector<Line> lines_;
  std::size_t words_above_ = 0;  ///< lines above the bar
};

void check(const ScoreField& field, const ScorePaint& paint) {
  const bool fits =
      field.size.width > 0 && field.size.height > 0 && field.downsample > 0.0 &&
      field.values.size() == static_cast<std::size_t>(field.size.width * field.size.height);
  if (!fits) throw Error(ErrorKind::internal, "score_overlay was given scores that are no grid");
  const bool ordered = std::isfinite(paint.low) && std::isfinite(paint.high) &&
                       paint.low <= paint.high && 0.0 <= paint.alpha && paint.alpha <= 1.0;
  if (!ordered) {
    throw Error(ErrorKind::internal, "score_overlay was given limits or an alpha that are none");
  }
}

}  // namespace

Colour score_colour(double share) {
  if (!(0.0 <= share && share <= 1.0)) {
    throw Error(ErrorKind::internal, "score_colour was given a share outside [0, 1]");
  }
  const double at = share * static_cast<double>(viridis.size() - 1);
  const auto below = std::min(static_cast<std::size_t>(at), viridis.size() - 2);
  return picture::mix(colour_of(viridis[below]), colour_of(viridis[below + 1]),
                      at - static_cast<double>(below));
}

Image score_overlay(const ImageView& thumbnail, Size slide_size, const ScoreField& field,
                    const ScorePaint& paint) {
  check(field, paint);
  Image painted = picture::copy_of(thumbnail);
  paint_scores(painted, slide_size, field, paint);
  const ScoreScale scale(paint, thumbnail.size());
  Image image(thumbnail.width + scale.width(), std::max(thumbnail.height, scale.height()), 255);
  picture::paste(image, painted, 0, 0);
  scale.draw(image, thumbnail.width);
  return image;
}

}  // namespace histo
