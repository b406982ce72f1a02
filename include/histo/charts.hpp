#pragma once
/// Curves that people look at. All functions are pure and may run on many threads.

#include <cstddef>
#include <string>
#include <vector>

#include "histo/image.hpp"

namespace histo {

enum class ChartStyle {
  line,    ///< straight lines between the points
  points,  ///< the same with a mark at each point, for values that were measured one by one
  step,    ///< a value holds until the next point, as in a survival curve
};

/// One curve; x and y are equally long. A point with a value that is not finite is a gap.
struct ChartSeries {
  std::string name;  ///< for the legend, which a chart with several curves has
  std::vector<double> x;
  std::vector<double> y;
  ChartStyle style = ChartStyle::line;
};

enum class ChartScale { linear, logarithmic };

/// What one chart shows. ASCII only.
struct Chart {
  std::string title;
  std::string remark;  ///< below the title, in small letters; empty: none
  std::string x_label;
  std::string y_label;
  std::vector<ChartSeries> series;  ///< in Okabe and Ito's colours but yellow, blue first

  ChartScale x_scale = ChartScale::linear;  ///< logarithmic: only points with x above 0 are shown
  std::vector<double>
      x_ticks;  ///< where the axis has numbers if there is room; empty: at round ones
};

/// Charts of one size, row by row, with `title` above them if it is not empty. The axes reach over
/// the values that there are, a little beyond, and no further; they need not begin at 0. A chart
/// without any value says so. Throws Error(internal) for a curve whose x and y are not equally
/// long.
Image chart_picture(const std::string& title, const std::vector<Chart>& charts);

/// What was measured for each k. A list is empty or as long as `k`; a value that is not finite was
/// not measured.
struct ChoiceOfK {
  std::vector<std::size_t> k;  ///< ascending
  std::vector<double> inertia;
  std::vector<double> silhouette;
  std::vector<double> calinski_harabasz;
  std::vector<double> davies_bouldin;
  std::vector<double> stability;  ///< mean adjusted Rand index between runs
  std::string remark;             ///< what the numbers stand for, "silhouette of 10,000 tiles"
};

/// A chart of every quality over k that was measured for at least one k, each saying which
/// direction is the better one. Which k to take it does not say: that depends on the question.
/// Throws Error(internal) for a list of another length.
Image choice_of_k_picture(const ChoiceOfK& choice);

}  // namespace histo
