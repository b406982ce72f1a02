#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "histo/charts.hpp"
#include "histo/picture.hpp"

#include "picture/axis.hpp"
#include "support/catch.hpp"

using histo::Chart;
using histo::chart_picture;
using histo::ChartScale;
using histo::ChartSeries;
using histo::ChartStyle;
using histo::choice_of_k_picture;
using histo::ChoiceOfK;
using histo::Colour;
using histo::ErrorKind;
using histo::Image;
using histo::picture::Axis;
using histo::picture::number_labels;
using histo::test::Approx;
using histo::test::error_of;

namespace {

constexpr double gap = std::numeric_limits<double>::quiet_NaN();
constexpr Colour first_curve{0, 114, 178};
constexpr Colour second_curve{213, 94, 0};

using Labels = std::vector<std::string>;

std::size_t pixels_of(const Image& image, Colour colour) {
  std::size_t count = 0;
  for (std::int64_t y = 0; y < image.height(); ++y) {
    for (std::int64_t x = 0; x < image.width(); ++x) {
      const std::uint8_t* at = image.row(y) + 3 * x;
      if (Colour{at[0], at[1], at[2]} == colour) ++count;
    }
  }
  return count;
}

/// Of the pixels in a colour: columns and rows, first and last.
struct Extent {
  std::int64_t left = 1 << 20;
  std::int64_t right = -1;
  std::int64_t top = 1 << 20;
  std::int64_t bottom = -1;
};

Extent extent_of(const Image& image, Colour colour) {
  Extent found;
  for (std::int64_t y = 0; y < image.height(); ++y) {
    for (std::int64_t x = 0; x < image.width(); ++x) {
      const std::uint8_t* at = image.row(y) + 3 * x;
      if (!(Colour{at[0], at[1], at[2]} == colour)) continue;
      found = {std::min(found.left, x), std::max(found.right, x), std::min(found.top, y),
               std::max(found.bottom, y)};
    }
  }
  return found;
}

Chart chart_of(std::vector<double> x, std::vector<double> y, ChartStyle style) {
  Chart chart;
  chart.series.push_back({"a", std::move(x), std::move(y), style});
  return chart;
}

Image picture_of(std::vector<double> x, std::vector<double> y, ChartStyle style) {
  return chart_picture("", {chart_of(std::move(x), std::move(y), style)});
}

ChoiceOfK choice_of(std::vector<std::size_t> k, std::vector<double> inertia) {
  ChoiceOfK choice;
  choice.k = std::move(k);
  choice.inertia = std::move(inertia);
  return choice;
}

}  // namespace

TEST_CASE("axis: values lie between the ends in proportion, with air on both sides") {
  const Axis axis({20.0, 10.0}, ChartScale::linear);

  CHECK(axis.place(10.0) > 0.0);
  CHECK(axis.place(10.0) < 0.1);
  CHECK(axis.place(15.0) == Approx(0.5));
  CHECK(axis.place(20.0) == Approx(1.0 - axis.place(10.0)));
}

TEST_CASE("axis: on a logarithmic scale doublings are equally far apart") {
  const Axis axis({8.0, 128.0}, ChartScale::logarithmic);

  CHECK(axis.place(32.0) == Approx(0.5));
  CHECK(axis.place(16.0) - axis.place(8.0) == Approx(axis.place(128.0) - axis.place(64.0)));
}

TEST_CASE("axis: a single value, and nothing but rounding between two, lie in the middle") {
  for (const double value : {0.0, 7.0, -3e9}) {
    CHECK(Axis({value}, ChartScale::linear).place(value) == Approx(0.5));
  }
  CHECK(Axis({1.0, std::nextafter(1.0, 2.0)}, ChartScale::linear).place(1.0) == Approx(0.5));
  CHECK(Axis({8.0}, ChartScale::logarithmic).place(8.0) == Approx(0.5));
}

TEST_CASE("axis: round numbers are multiples of 1, 2 or 5 within the axis") {
  CHECK(number_labels(Axis({0.031, 0.151}, ChartScale::linear).round_numbers(5)) ==
        Labels{"0.05", "0.10", "0.15"});
  CHECK(number_labels(Axis({-2.0, 103.0}, ChartScale::linear).round_numbers(6)) ==
        Labels{"0", "20", "40", "60", "80", "100"});
  CHECK(number_labels(Axis({1.0, 1000.0}, ChartScale::logarithmic).round_numbers(5)) ==
        Labels{"1", "8", "64", "512"});
}

TEST_CASE("axis: there are at least two numbers, wherever the values lie") {
  for (double low = 0.1; low < 1e5; low *= 1.37) {
    for (double spread = 0.01; spread < 100.0; spread *= 1.71) {
      const std::vector<double> numbers =
          Axis({low, low + low * spread}, ChartScale::linear).round_numbers(5);
      CHECK(numbers.size() >= 2);
      CHECK(numbers.size() <= 8);
    }
  }
}

TEST_CASE("axis: numbers are as short as they can be") {
  CHECK(number_labels({8.0, 16.0, 128.0}) == Labels{"8", "16", "128"});
  CHECK(number_labels({0.5, 1.0}) == Labels{"0.5", "1.0"});
  CHECK(number_labels({10000.0, 20000.0}) == Labels{"10,000", "20,000"});
  CHECK(number_labels({-1500.0, 0.0}) == Labels{"-1,500", "0"});
  CHECK(number_labels({3e7, 4.5e7}) == Labels{"3.0e7", "4.5e7"});
  CHECK(number_labels({2e-5, 4e-5}) == Labels{"2e-5", "4e-5"});
  CHECK(number_labels({100000.0, 100000.5}) == Labels{"100000.0", "100000.5"});
  CHECK(number_labels({-1e-19, 1.0}) == Labels{"0", "1"});
  CHECK(number_labels({0.25}) == Labels{"0.25"});
  CHECK(number_labels({0.0}) == Labels{"0"});
  CHECK(number_labels({}).empty());
}

TEST_CASE("charts: points bear marks, lines do not") {
  const Image lines = picture_of({1, 2, 3}, {5, 5, 5}, ChartStyle::line);
  const Image points = picture_of({1, 2, 3}, {5, 5, 5}, ChartStyle::points);

  CHECK(extent_of(lines, first_curve).bottom - extent_of(lines, first_curve).top < 4);
  CHECK(extent_of(points, first_curve).bottom - extent_of(points, first_curve).top > 7);
}

TEST_CASE("charts: larger values stand higher, and to the right") {
  const Extent low = extent_of(picture_of({1, 2, gap}, {5, 5, 9}, ChartStyle::line), first_curve);
  Chart chart = chart_of({1, 2}, {5, 5}, ChartStyle::line);
  chart.series.push_back({"b", {2, 3}, {9, 9}, ChartStyle::line});

  const Image image = chart_picture("", {chart});

  CHECK(low.right > low.left);
  CHECK(extent_of(image, second_curve).right > extent_of(image, first_curve).right);
  // Above the legend's line lies nothing of a curve: the two compare by their lowest pixels.
  CHECK(extent_of(image, second_curve).bottom < extent_of(image, first_curve).bottom);
}

TEST_CASE("charts: a step holds its value until the next point") {
  const Image line = picture_of({0, 10}, {0, 10}, ChartStyle::line);
  const Image step = picture_of({0, 10}, {0, 10}, ChartStyle::step);
  const Extent extent = extent_of(step, first_curve);
  const auto is_curve = [&step](std::int64_t x, std::int64_t y) {
    const std::uint8_t* at = step.row(y) + 3 * x;
    return Colour{at[0], at[1], at[2]} == first_curve;
  };

  CHECK(pixels_of(step, first_curve) > pixels_of(line, first_curve));
  CHECK(is_curve((extent.left + extent.right) / 2, extent.bottom - 1));
  CHECK(is_curve(extent.right - 1, (extent.top + extent.bottom) / 2));
}

TEST_CASE("charts: a value that is not finite leaves a gap") {
  const Image whole = picture_of({1, 2, 3, 4, 5}, {1, 1, 1, 1, 1}, ChartStyle::line);
  const Image parted = picture_of({1, 2, 3, 4, 5}, {1, 1, gap, 1, 1}, ChartStyle::line);

  CHECK(pixels_of(parted, first_curve) < pixels_of(whole, first_curve) * 6 / 10);
  CHECK(extent_of(parted, first_curve).left == extent_of(whole, first_curve).left);
  CHECK(extent_of(parted, first_curve).right == extent_of(whole, first_curve).right);
}

TEST_CASE("charts: a value between two gaps is marked in every style") {
  for (const ChartStyle style : {ChartStyle::line, ChartStyle::step, ChartStyle::points}) {
    CHECK(pixels_of(picture_of({1, 2, 3}, {gap, 4, gap}, style), first_curve) > 50);
  }
}

TEST_CASE("charts: a logarithmic axis shows no value at 0 or below") {
  Chart chart = chart_of({-1, 0, 2, 4}, {9, 9, 9, 9}, ChartStyle::points);
  chart.x_scale = ChartScale::logarithmic;

  CHECK(pixels_of(chart_picture("", {chart}), first_curve) > 100);
}

TEST_CASE("charts: a chart without values is said to have none") {
  const Image none = picture_of({1, 2}, {gap, gap}, ChartStyle::line);

  CHECK(pixels_of(none, {255, 255, 255}) < static_cast<std::size_t>(none.width() * none.height()));
  CHECK(pixels_of(none, first_curve) == 0);
}

TEST_CASE("charts: more than three stand in several rows, a title above them") {
  const Chart chart = chart_of({1, 2}, {1, 2}, ChartStyle::line);
  const Image one = chart_picture("", {chart});
  const Image three = chart_picture("", {chart, chart, chart});
  const Image four = chart_picture("", {chart, chart, chart, chart});

  CHECK(three.width() == 3 * one.width());
  CHECK(three.height() == one.height());
  CHECK(four.width() == three.width());
  CHECK(four.height() == 2 * one.height());
  CHECK(chart_picture("a title", {chart}).height() > one.height());
  CHECK(chart_picture(std::string(200, 'x'), {chart}).width() > one.width());
  CHECK(chart_picture("nothing", {}).height() > 0);
}

TEST_CASE("charts: a curve whose x and y differ in length is refused") {
  const auto error = error_of([] { picture_of({1, 2}, {1}, ChartStyle::line); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::internal);
  CHECK(std::string(error->what()) == "chart_picture was given a curve of 2 x and 1 y");
}

TEST_CASE("choice of k: a chart for each quality that was measured") {
  ChoiceOfK choice = choice_of({8, 16, 32}, {5, 4, 3});
  const Image one = choice_of_k_picture(choice);
  choice.davies_bouldin = {gap, gap, gap};
  const Image still_one = choice_of_k_picture(choice);
  choice.silhouette = {0.1, 0.2, 0.3};
  choice.stability = {0.9, gap, 0.7};
  const Image three = choice_of_k_picture(choice);

  CHECK(still_one.bytes() == one.bytes());
  CHECK(three.width() == 3 * one.width());
}

TEST_CASE("choice of k: one k gives one point") {
  CHECK(pixels_of(choice_of_k_picture(choice_of({8}, {5})), first_curve) > 50);
}

TEST_CASE("choice of k: ks far apart stand on a logarithmic axis, close ones on a linear one") {
  const auto has_mark_in_the_middle = [](const std::vector<std::size_t>& k) {
    const Image image = choice_of_k_picture(choice_of(k, {1, 1, 1}));
    const Extent extent = extent_of(image, first_curve);
    // A mark reaches higher than the line.
    const std::uint8_t* at = image.row(extent.top + 2) + 3 * ((extent.left + extent.right) / 2);
    return Colour{at[0], at[1], at[2]} == first_curve;
  };

  CHECK(has_mark_in_the_middle({8, 32, 128}));
  CHECK_FALSE(has_mark_in_the_middle({8, 68, 128}));
  CHECK(has_mark_in_the_middle({2, 4, 6}));
}

TEST_CASE("choice of k: a list of another length is refused") {
  const auto error = error_of([] { choice_of_k_picture(choice_of({8, 16}, {5})); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::internal);
  CHECK(std::string(error->what()) == "choice_of_k_picture was given 1 values of inertia for 2 k");
}
