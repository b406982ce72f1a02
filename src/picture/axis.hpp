#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "histo/charts.hpp"

namespace histo::picture {

/// Values along one axis of a chart and where they lie on it.
class Axis {
 public:
  /// Reaches over all `values`, which are finite and, on a logarithmic scale, above 0, and a little
  /// beyond.
  Axis(const std::vector<double>& values, ChartScale scale);

  /// In [0, 1] for what the axis reaches over.
  double place(double value) const;

  /// Round numbers, at least two and about `count` of them; on a logarithmic scale powers of 2 or
  /// of 10.
  std::vector<double> round_numbers(std::size_t count) const;

 private:
  double scaled(double value) const;

  ChartScale scale_;
  double low_ = 0.0;
  double high_ = 1.0;
};

/// The numbers as short as they can be said while those that differ look different: "0.25",
/// "1,200", "3.4e7", with one number of digits after the point and one power.
std::vector<std::string> number_labels(const std::vector<double>& numbers);

}  // namespace histo::picture
