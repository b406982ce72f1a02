#include "picture/axis.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "picture/canvas.hpp"

namespace histo::picture {

namespace {

constexpr double air = 0.06;     // of the values' spread, beyond them on each side
constexpr int most_digits = 12;  // after the point

/// With that many digits after the point, whatever the locale; nothing is never negative.
std::string fixed(double value, int digits) {
  std::array<char, 64> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value,
                                 std::chars_format::fixed, digits);
  const std::string found(text.data(), end.ptr);
  const bool is_nothing = found.find_first_not_of("-0.") == std::string::npos;
  return is_nothing && found.front() == '-' ? found.substr(1) : found;
}

/// "1,200" from a thousand on, if no digit after the point is wanted.
std::string plain(double value, int digits) {
  if (digits > 0 || std::abs(value) < 999.5) return fixed(value, digits);
  const auto whole = static_cast<std::size_t>(std::llround(std::abs(value)));
  return (value < 0.0 ? "-" : "") + grouped(whole);
}

/// Between two numbers that differ; that of the largest to 0 if all are the same.
double smallest_distance(std::vector<double> numbers) {
  std::sort(numbers.begin(), numbers.end());
  double smallest = std::numeric_limits<double>::infinity();
  for (std::size_t i = 1; i < numbers.size(); ++i) {
    const double distance = numbers[i] - numbers[i - 1];
    if (distance > 0.0) smallest = std::min(smallest, distance);
  }
  if (std::isinf(smallest) && !numbers.empty()) smallest = std::abs(numbers.back());
  return smallest;
}

}  // namespace

Axis::Axis(const std::vector<double>& values, ChartScale scale) : scale_(scale) {
  if (values.empty()) return;
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  low_ = scaled(*least);
  high_ = scaled(*most);
  const double spread = high_ - low_;
  const double size = std::max(std::abs(low_), std::abs(high_));
  // Values that differ by rounding alone are one value, drawn as a level line.
  const double beyond = spread > 1e-9 * size ? air * spread : size > 0.0 ? 0.5 * size : 1.0;
  low_ -= beyond;
  high_ += beyond;
}

double Axis::scaled(double value) const {
  return scale_ == ChartScale::logarithmic ? std::log2(value) : value;
}

double Axis::place(double value) const { return (scaled(value) - low_) / (high_ - low_); }

std::vector<double> Axis::round_numbers(std::size_t count) const {
  std::vector<double> numbers;
  const double wanted = (high_ - low_) / static_cast<double>(count);
  if (scale_ == ChartScale::logarithmic) {
    const double step = std::max(1.0, std::ceil(wanted));
    for (double at = std::ceil(low_ / step) * step; at <= high_; at += step) {
      numbers.push_back(std::exp2(at));
    }
    return numbers;
  }
  const double power = std::pow(10.0, std::floor(std::log10(wanted)));
  double step = 10.0 * power;
  for (const double factor : {5.0, 2.0, 1.0}) {
    if (factor * power >= wanted) step = factor * power;
  }
  // Two numbers at least, or nobody could read a distance.
  for (const double factor : {1.0, 0.5, 0.2}) {
    numbers.clear();
    const double finer = factor * step;
    for (double i = std::ceil(low_ / finer); i * finer <= high_; i += 1.0) {
      numbers.push_back(i * finer);
    }
    if (numbers.size() >= 2) break;
  }
  return numbers;
}

std::vector<std::string> number_labels(const std::vector<double>& numbers) {
  double largest = 0.0;
  for (const double number : numbers) largest = std::max(largest, std::abs(number));
  const bool is_plain = largest == 0.0 || (largest < 1e6 && largest >= 1e-3);
  const int exponent = is_plain ? 0 : static_cast<int>(std::floor(std::log10(largest)));
  const double unit = std::pow(10.0, exponent);
  const std::string power = "e" + std::to_string(exponent);
  const double allowed = 0.05 * smallest_distance(numbers) / unit;
  std::vector<std::string> labels;
  for (int digits = 0; digits <= most_digits; ++digits) {
    labels.clear();
    const double finest = std::pow(10.0, -digits);
    bool is_close = true;  // what is said to what it stands for
    for (const double number : numbers) {
      const double said = number / unit;
      labels.push_back(is_plain ? plain(said, digits) : fixed(said, digits) + power);
      is_close = is_close && std::abs(std::round(said / finest) * finest - said) <= allowed;
    }
    if (is_close) break;
  }
  return labels;
}

}  // namespace histo::picture
