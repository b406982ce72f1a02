#include "picture/canvas.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <opencv2/imgproc.hpp>

#include "core/opencv_view.hpp"

namespace histo::picture {

namespace {

constexpr int font = cv::FONT_HERSHEY_SIMPLEX;
constexpr double capital_height = 22.0;  // of the font at scale 1

double scale_of(const Lettering& lettering) { return lettering.height / capital_height; }

int thickness_of(const Lettering& lettering) {
  return std::max(1, static_cast<int>(std::lround(lettering.height / 11.0)));
}

}  // namespace

Colour mix(Colour under, Colour over, double share) {
  const auto part = [share](std::uint8_t from, std::uint8_t to) {
    return static_cast<std::uint8_t>(std::lround((1.0 - share) * from + share * to));
  };
  return {part(under.red, over.red), part(under.green, over.green), part(under.blue, over.blue)};
}

Colour pixel_at(const Image& image, std::int64_t x, std::int64_t y) {
  const std::uint8_t* pixel = image.row(y) + 3 * x;
  return {pixel[0], pixel[1], pixel[2]};
}

void set_pixel(Image& image, std::int64_t x, std::int64_t y, Colour colour) {
  if (x < 0 || y < 0 || x >= image.width() || y >= image.height()) return;
  std::uint8_t* pixel = image.row(y) + 3 * x;
  pixel[0] = colour.red;
  pixel[1] = colour.green;
  pixel[2] = colour.blue;
}

void fill(Image& image, const Rect& area, Colour colour) {
  const Rect part = intersect(area, {0, 0, image.width(), image.height()});
  for (std::int64_t y = part.y; y < part.y + part.height; ++y) {
    for (std::int64_t x = part.x; x < part.x + part.width; ++x) set_pixel(image, x, y, colour);
  }
}

void frame(Image& image, const Rect& area, std::int64_t line, Colour colour) {
  const std::int64_t across = std::min(line, area.width);
  const std::int64_t down = std::min(line, area.height);
  fill(image, {area.x, area.y, area.width, down}, colour);
  fill(image, {area.x, area.y + area.height - down, area.width, down}, colour);
  fill(image, {area.x, area.y, across, area.height}, colour);
  fill(image, {area.x + area.width - across, area.y, across, area.height}, colour);
}

void paste(Image& image, const ImageView& source, std::int64_t x, std::int64_t y) {
  const Rect part =
      intersect({x, y, source.width, source.height}, {0, 0, image.width(), image.height()});
  for (std::int64_t row = part.y; row < part.y + part.height; ++row) {
    const std::uint8_t* from = source.row(row - y) + 3 * (part.x - x);
    std::copy(from, from + 3 * part.width, image.row(row) + 3 * part.x);
  }
}

std::int64_t text_width(const std::string& text, const Lettering& lettering) {
  int below = 0;
  return cv::getTextSize(text, font, scale_of(lettering), thickness_of(lettering), &below).width;
}

void write_text(Image& image, const std::string& text, std::int64_t x, std::int64_t baseline,
                const Lettering& lettering) {
  cv::Mat pixels = opencv_view(image);
  const cv::Scalar colour(lettering.colour.red, lettering.colour.green, lettering.colour.blue);
  cv::putText(pixels, text, {static_cast<int>(x), static_cast<int>(baseline)}, font,
              scale_of(lettering), colour, thickness_of(lettering), cv::LINE_AA);
}

void write_with_halo(Image& image, const std::string& text, std::int64_t x, std::int64_t baseline,
                     const Lettering& lettering) {
  for (const auto& [right, down] : {std::pair{-1, 0}, {1, 0}, {0, -1}, {0, 1}}) {
    write_text(image, text, x + right, baseline + down, {lettering.height, white});
  }
  write_text(image, text, x, baseline, lettering);
}

Colour ink_on(Colour colour) {
  const double brightness = 0.299 * colour.red + 0.587 * colour.green + 0.114 * colour.blue;
  return brightness < 128.0 ? white : black;
}

std::string grouped(std::size_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
  return text;
}

std::string percentage(std::size_t part, std::size_t whole) {
  if (part == 0 || whole == 0) return "0 %";
  const double tenths = std::round(1000.0 * static_cast<double>(part) / static_cast<double>(whole));
  if (tenths < 1.0) return "< 0.1 %";
  const auto rounded = static_cast<std::size_t>(tenths);
  return std::to_string(rounded / 10) + "." + std::to_string(rounded % 10) + " %";
}

std::string grouped_count(std::size_t count, const std::string& noun) {
  return grouped(count) + " " + noun + (count == 1 ? "" : "s");
}

}  // namespace histo::picture
