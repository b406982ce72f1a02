#include "histo/spots.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include <opencv2/imgproc.hpp>

#include "histo/error.hpp"

#include "core/opencv_view.hpp"
#include "core/text.hpp"
#include "spots/lines.hpp"

namespace histo {

namespace {

using Contour = std::vector<cv::Point>;

constexpr std::size_t most_spots = 2000;  // the time grows with the cube of it
constexpr double pi = 3.14159265358979323846;

struct Piece {
  cv::Rect box;
  std::int64_t x = 0;  ///< of the centroid, towards zero
  std::int64_t y = 0;
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  if (values.size() % 2 == 1) return values[middle];
  return (values[middle - 1] + values[middle]) / 2.0;
}

/// The outer contours that have an area.
std::vector<Piece> find_pieces(const MaskView& mask) {
  std::vector<Contour> contours;
  std::vector<cv::Vec4i> hierarchy;
  cv::findContours(opencv_view(mask), contours, hierarchy, cv::RETR_CCOMP, cv::CHAIN_APPROX_SIMPLE);
  std::vector<Piece> pieces;
  for (std::size_t i = 0; i < contours.size(); ++i) {
    constexpr int parent = 3;
    if (hierarchy[i][parent] != -1 || cv::contourArea(contours[i]) == 0.0) continue;
    const cv::Moments moments = cv::moments(contours[i]);
    pieces.push_back({cv::boundingRect(contours[i]),
                      static_cast<std::int64_t>(moments.m10 / moments.m00),
                      static_cast<std::int64_t>(moments.m01 / moments.m00)});
  }
  return pieces;
}

/// Whole degrees; of equally common ones the smallest.
double commonest_deviation(const std::vector<Piece>& pieces) {
  std::map<std::int64_t, std::size_t> counts;
  for (const Piece& from : pieces) {
    for (const Piece& to : pieces) {
      const double angle =
          std::atan2(static_cast<double>(to.y - from.y), static_cast<double>(to.x - from.x)) *
          (180.0 / pi);
      double nearest = 0.0;
      for (double step = 45.0; step <= 180.0; step += 45.0) {
        if (std::abs(std::abs(angle) - step) < std::abs(std::abs(angle) - nearest)) nearest = step;
      }
      ++counts[round_half_even(angle - std::copysign(nearest, angle))];
    }
  }
  const auto commonest =
      std::max_element(counts.begin(), counts.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  return static_cast<double>(commonest->first);
}

/// Gives every spot its number and its name. `spots` know their row and column.
void number_spots(SpotGrid& grid) {
  std::map<std::size_t, std::size_t> in_place;
  for (Spot& spot : grid.spots) {
    spot.number = spot.row * grid.columns + spot.column + 1;
    ++in_place[spot.number];
  }
  std::map<std::size_t, std::size_t> named;
  for (Spot& spot : grid.spots) {
    spot.name = "spot_" + std::to_string(spot.number);
    if (in_place[spot.number] == 1) continue;
    spot.name += "-" + std::to_string(++named[spot.number]);
    grid.shared_places = true;
  }
}

std::string text(Size size) {
  return std::to_string(size.width) + " x " + std::to_string(size.height);
}

void check_sizes(const MaskView& mask, Size slide_size) {
  if (mask.width >= 1 && mask.height >= 1 && slide_size.width >= 1 && slide_size.height >= 1) {
    return;
  }
  throw Error(ErrorKind::internal, "find_spots was given a mask of " + text(mask.size()) +
                                       " and a slide of " + text(slide_size) + " pixels");
}

}  // namespace

void validate(const SpotOptions& options) {
  const auto check = [](double value, const std::string& name, double least,
                        const std::string& least_name) {
    if (value >= least && std::isfinite(value)) return;
    throw Error(ErrorKind::usage,
                name + " must be at least " + least_name + ", got " + number(value));
  };
  check(options.min_area, "--spot-min-area", 0.0, "0");
  check(options.min_relative_area, "--spot-min-relative-area", 0.0, "0");
  if (options.max_area) {
    check(*options.max_area, "--spot-max-area", options.min_area, "--spot-min-area");
  }
  if (options.max_relative_area) {
    check(*options.max_relative_area, "--spot-max-relative-area", options.min_relative_area,
          "--spot-min-relative-area");
  }
}

Mask clean_spot_mask(const MaskView& tissue, const SpotOptions& options) {
  validate(options);
  Mask cleaned(tissue.width, tissue.height);
  if (cleaned.empty()) return cleaned;
  std::vector<Contour> contours;
  cv::findContours(opencv_view(tissue), contours, cv::RETR_CCOMP, cv::CHAIN_APPROX_SIMPLE);
  std::vector<std::pair<double, const Contour*>> candidates;
  std::vector<double> areas;
  for (const Contour& contour : contours) {
    const double area = cv::contourArea(contour);
    if (area < options.min_area || (options.max_area && area > *options.max_area)) continue;
    candidates.emplace_back(area, &contour);
    areas.push_back(area);
  }
  if (candidates.empty()) return cleaned;

  const double middle = median(std::move(areas));
  cv::Mat pixels = opencv_view(cleaned);
  for (const auto& [area, contour] : candidates) {
    if (area < middle * options.min_relative_area) continue;
    if (options.max_relative_area && area > middle * *options.max_relative_area) continue;
    cv::drawContours(pixels, std::vector<Contour>{*contour}, -1, 1, cv::FILLED);
  }
  return cleaned;
}

SpotGrid find_spots(const MaskView& cleaned, Size slide_size) {
  check_sizes(cleaned, slide_size);
  const std::vector<Piece> pieces = find_pieces(cleaned);
  if (pieces.size() > most_spots) {
    throw Error(ErrorKind::input, "found " + std::to_string(pieces.size()) +
                                      " pieces of tissue that could be spots, at most " +
                                      std::to_string(most_spots) +
                                      " can be numbered; raise --sigma or --spot-min-area");
  }
  SpotGrid grid;
  if (pieces.empty()) return grid;
  grid.rotation = commonest_deviation(pieces);
  const double cosine = std::cos(grid.rotation * (pi / 180.0));
  const double sine = std::sin(grid.rotation * (pi / 180.0));
  std::vector<double> xs;
  std::vector<double> ys;
  for (const Piece& piece : pieces) {
    const auto x = static_cast<double>(piece.x);
    const auto y = static_cast<double>(piece.y);
    // One rounding less than x c + y s, as in the matrix product that HistoPrep uses.
    xs.push_back(std::fma(y, sine, x * cosine));
    ys.push_back(std::fma(y, cosine, x * -sine));
  }
  const spots::Lines columns = spots::find_lines(xs);
  const spots::Lines rows = spots::find_lines(ys);
  grid.columns = columns.count;
  grid.rows = rows.count;

  const double right = static_cast<double>(slide_size.width) / static_cast<double>(cleaned.width);
  const double down = static_cast<double>(slide_size.height) / static_cast<double>(cleaned.height);
  const auto scaled = [](int value, double by) { return round_half_even(value * by); };
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const cv::Rect& box = pieces[i].box;
    Spot spot;
    spot.rect = {scaled(box.x, right), scaled(box.y, down), scaled(box.width, right),
                 scaled(box.height, down)};
    spot.row = rows.of[i];
    spot.column = columns.of[i];
    grid.spots.push_back(std::move(spot));
  }
  number_spots(grid);
  return grid;
}

std::vector<std::size_t> missing_numbers(const SpotGrid& grid) {
  std::vector<bool> present(grid.rows * grid.columns + 1, false);
  for (const Spot& spot : grid.spots) present[spot.number] = true;
  std::vector<std::size_t> missing;
  for (std::size_t number = 1; number < present.size(); ++number) {
    if (!present[number]) missing.push_back(number);
  }
  return missing;
}

}  // namespace histo
