#include "histo/charts.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string>

#include <opencv2/imgproc.hpp>

#include "histo/error.hpp"
#include "histo/picture.hpp"

#include "core/opencv_view.hpp"
#include "picture/axis.hpp"
#include "picture/canvas.hpp"

namespace histo {

namespace {

using picture::Axis;
using picture::Lettering;

constexpr std::int64_t chart_width = 480;
constexpr std::int64_t chart_height = 360;
constexpr std::int64_t margin = 18;
constexpr std::size_t charts_in_row = 3;
constexpr std::int64_t title_height = 52;  // of the whole picture
constexpr int line_width = 2;
constexpr std::int64_t mark_radius = 5;

constexpr Lettering heading{13.0, picture::black};
constexpr Lettering words{10.0, picture::dark_grey};
constexpr Lettering numbers{10.0, picture::black};
constexpr Colour grid{225, 225, 225};
constexpr Colour frame_colour{150, 150, 150};

// Okabe and Ito's without yellow, which is hardly seen on white.
constexpr std::array<Colour, 6> curve_colours{Colour{0, 114, 178}, Colour{213, 94, 0},
                                              Colour{0, 158, 115}, Colour{204, 121, 167},
                                              Colour{230, 159, 0}, Colour{86, 180, 233}};

Colour curve_colour(std::size_t index) { return curve_colours[index % curve_colours.size()]; }

struct ChartPoint {
  double x = 0.0;
  double y = 0.0;
};

using Stretch = std::vector<ChartPoint>;

/// The points between gaps.
std::vector<Stretch> stretches_of(const ChartSeries& series, ChartScale scale) {
  std::vector<Stretch> stretches(1);
  for (std::size_t i = 0; i < series.x.size(); ++i) {
    const double x = series.x[i];
    const bool is_shown =
        std::isfinite(x) && std::isfinite(series.y[i]) && (scale == ChartScale::linear || x > 0.0);
    if (is_shown) {
      stretches.back().push_back({x, series.y[i]});
    } else if (!stretches.back().empty()) {
      stretches.emplace_back();
    }
  }
  if (stretches.back().empty()) stretches.pop_back();
  return stretches;
}

/// One chart with its top left at a place of the picture.
class Plot {
 public:
  Plot(Image& image, const Chart& chart, std::int64_t left, std::int64_t top)
      : image_(image), chart_(chart), left_(left), top_(top) {
    for (const ChartSeries& series : chart.series) {
      curves_.push_back(stretches_of(series, chart.x_scale));
      for (const Stretch& stretch : curves_.back()) {
        for (const ChartPoint& point : stretch) {
          xs_.push_back(point.x);
          ys_.push_back(point.y);
        }
      }
    }
  }

  void draw() {
    picture::write_text(image_, chart_.title, left_ + margin, top_ + 28, heading);
    picture::write_text(image_, chart_.remark, left_ + margin, top_ + 49, words);
    if (xs_.empty()) {
      picture::write_text(image_, "no values", left_ + margin, top_ + chart_height / 2, words);
      return;
    }
    const Axis x_axis(xs_, chart_.x_scale);
    const Axis y_axis(ys_, ChartScale::linear);
    across_ = &x_axis;
    up_ = &y_axis;
    const std::vector<double> levels = y_axis.round_numbers(5);
    const std::vector<std::string> labels = picture::number_labels(levels);
    std::int64_t widest = 0;
    for (const std::string& label : labels) {
      widest = std::max(widest, picture::text_width(label, numbers));
    }
    const std::int64_t above =
        62 + (chart_.series.size() > 1 ? 24 : 0) + (chart_.y_label.empty() ? 0 : 22);
    area_ = {left_ + margin + widest + 8, top_ + above, 0, chart_height - above - 60};
    area_.width = left_ + chart_width - margin - area_.x;
    draw_levels(levels, labels);
    draw_ticks();
    picture::frame(image_, area_, 1, frame_colour);
    if (chart_.series.size() > 1) draw_legend();
    for (std::size_t i = 0; i < curves_.size(); ++i) draw_curve(i);
  }

 private:
  double column(double x) const {
    return static_cast<double>(area_.x) + across_->place(x) * static_cast<double>(area_.width - 1);
  }
  double row(double y) const {
    return static_cast<double>(area_.y) +
           (1.0 - up_->place(y)) * static_cast<double>(area_.height - 1);
  }

  void draw_levels(const std::vector<double>& levels, const std::vector<std::string>& labels) {
    for (std::size_t i = 0; i < levels.size(); ++i) {
      const std::int64_t y = std::lround(row(levels[i]));
      picture::fill(image_, {area_.x, y, area_.width, 1}, grid);
      picture::write_text(image_, labels[i], area_.x - 8 - picture::text_width(labels[i], numbers),
                          y + 5, numbers);
    }
    picture::write_text(image_, chart_.y_label, left_ + margin, area_.y - 10, words);
  }

  /// Numbers that would touch the one before are left out, their small lines stay.
  void draw_ticks() {
    const std::vector<double> ticks =
        chart_.x_ticks.empty() ? across_->round_numbers(6) : chart_.x_ticks;
    const std::vector<std::string> labels = picture::number_labels(ticks);
    std::int64_t free_from = left_;
    for (std::size_t i = 0; i < ticks.size(); ++i) {
      const double place = across_->place(ticks[i]);
      if (!(place >= 0.0 && place <= 1.0)) continue;
      const std::int64_t x = std::lround(column(ticks[i]));
      const std::int64_t bottom = area_.y + area_.height;
      picture::fill(image_, {x, area_.y, 1, area_.height}, grid);
      picture::fill(image_, {x, bottom, 1, 5}, frame_colour);
      const std::int64_t width = picture::text_width(labels[i], numbers);
      if (x - width / 2 < free_from) continue;
      picture::write_text(image_, labels[i], x - width / 2, bottom + 21, numbers);
      free_from = x + width / 2 + 8;
    }
    picture::write_text(image_, chart_.x_label,
                        area_.x + (area_.width - picture::text_width(chart_.x_label, words)) / 2,
                        area_.y + area_.height + 44, words);
  }

  void draw_legend() {
    std::int64_t x = left_ + margin;
    for (std::size_t i = 0; i < chart_.series.size(); ++i) {
      picture::fill(image_, {x, top_ + 64, 20, 4}, curve_colour(i));
      picture::write_text(image_, chart_.series[i].name, x + 26, top_ + 71, words);
      x += 26 + picture::text_width(chart_.series[i].name, words) + 20;
    }
  }

  void draw_curve(std::size_t index) {
    const ChartStyle style = chart_.series[index].style;
    for (const Stretch& stretch : curves_[index]) {
      for (std::size_t i = 1; i < stretch.size(); ++i) {
        const ChartPoint& from = stretch[i - 1];
        const ChartPoint& to = stretch[i];
        if (style == ChartStyle::step) {
          draw_line(from, {to.x, from.y}, index);
          draw_line({to.x, from.y}, to, index);
        } else {
          draw_line(from, to, index);
        }
      }
      // A value between two gaps would not be seen without a mark.
      if (style != ChartStyle::points && stretch.size() > 1) continue;
      for (const ChartPoint& point : stretch) draw_mark(point, index);
    }
  }

  cv::Point pixel(const ChartPoint& point) const {
    return {static_cast<int>(std::lround(column(point.x) * 16.0)),
            static_cast<int>(std::lround(row(point.y) * 16.0))};
  }

  void draw_line(const ChartPoint& from, const ChartPoint& to, std::size_t index) {
    cv::Mat pixels = opencv_view(image_);
    cv::line(pixels, pixel(from), pixel(to), scalar(curve_colour(index)), line_width, cv::LINE_AA,
             sixteenths);
  }

  void draw_mark(const ChartPoint& point, std::size_t index) {
    cv::Mat pixels = opencv_view(image_);
    cv::circle(pixels, pixel(point), (mark_radius + 1) * 16, scalar(picture::white), cv::FILLED,
               cv::LINE_AA, sixteenths);
    cv::circle(pixels, pixel(point), mark_radius * 16, scalar(curve_colour(index)), cv::FILLED,
               cv::LINE_AA, sixteenths);
  }

  static cv::Scalar scalar(Colour colour) {
    return {1.0 * colour.red, 1.0 * colour.green, 1.0 * colour.blue};
  }

  static constexpr int sixteenths = 4;  // bits after the point in OpenCV's coordinates

  Image& image_;
  const Chart& chart_;
  std::int64_t left_;
  std::int64_t top_;
  std::vector<std::vector<Stretch>> curves_;
  std::vector<double> xs_;  ///< of all points that are shown
  std::vector<double> ys_;
  const Axis* across_ = nullptr;
  const Axis* up_ = nullptr;
  Rect area_;  ///< between the axes
};

void check(const Chart& chart) {
  for (const ChartSeries& series : chart.series) {
    if (series.x.size() == series.y.size()) continue;
    throw Error(ErrorKind::internal, "chart_picture was given a curve of " +
                                         std::to_string(series.x.size()) + " x and " +
                                         std::to_string(series.y.size()) + " y");
  }
}

}  // namespace

Image chart_picture(const std::string& title, const std::vector<Chart>& charts) {
  for (const Chart& chart : charts) check(chart);
  const std::int64_t above = title.empty() ? 0 : title_height;
  const std::size_t columns = std::clamp<std::size_t>(charts.size(), 1, charts_in_row);
  const std::size_t rows = (charts.size() + columns - 1) / columns;
  const Lettering large{16.0, picture::black};
  const std::int64_t width = std::max(static_cast<std::int64_t>(columns) * chart_width,
                                      picture::text_width(title, large) + 2 * margin);
  Image image(width,
              above + std::max<std::int64_t>(1, static_cast<std::int64_t>(rows)) * chart_height,
              255);
  picture::write_text(image, title, margin, 38, large);
  for (std::size_t i = 0; i < charts.size(); ++i) {
    const auto column = static_cast<std::int64_t>(i % columns);
    const auto row = static_cast<std::int64_t>(i / columns);
    Plot(image, charts[i], column * chart_width, above + row * chart_height).draw();
  }
  return image;
}

}  // namespace histo
