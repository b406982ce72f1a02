#include "metrics/channels.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include <opencv2/imgproc.hpp>

#include "core/opencv_view.hpp"
#include "metrics/pairwise_sum.hpp"

namespace histo {

namespace {

constexpr int side = 64;
constexpr std::size_t pixels = std::size_t{side} * side;
constexpr std::size_t fewest_tissue_pixels = 10;
constexpr std::array<double, 7> quantiles = {0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95};

using Channel = std::array<std::uint8_t, pixels>;

Channel channel_of(const cv::Mat& image, int channel) {
  Channel result{};
  cv::Mat target(side, side, CV_8UC1, result.data());
  cv::extractChannel(image, target, channel);
  return result;
}

double standard_deviation(const Channel& channel, double mean) {
  std::array<double, 256> square{};  // of each value's deviation
  for (std::size_t value = 0; value < square.size(); ++value) {
    const double deviation = static_cast<double>(value) - mean;
    square[value] = deviation * deviation;
  }
  // In numpy's order: a deviation on the border of two roundings falls to numpy's side.
  const auto squared_deviation = [&](std::size_t i) { return square[channel[i]]; };
  return std::sqrt(pairwise_sum<double>(0, pixels, squared_deviation) /
                   static_cast<double>(pixels));
}

ChannelMetrics metrics_of(const Channel& channel, const Channel& counted) {
  std::array<std::size_t, 256> histogram{};
  std::size_t sum = 0;
  std::size_t tissue = 0;
  for (std::size_t i = 0; i < pixels; ++i) {
    sum += channel[i];
    tissue += counted[i];
    histogram[channel[i]] += counted[i];
  }
  const double mean = static_cast<double>(sum) / static_cast<double>(pixels);
  ChannelMetrics metrics;
  metrics.mean = three_decimals(mean);
  metrics.standard_deviation = three_decimals(standard_deviation(channel, mean));
  std::size_t value = 0;
  std::size_t up_to_value = histogram[0];
  for (std::size_t i = 0; i < quantiles.size(); ++i) {
    const auto below = static_cast<std::size_t>(quantiles[i] * static_cast<double>(tissue));
    while (up_to_value <= below) up_to_value += histogram[++value];
    metrics.quantiles[i] = static_cast<int>(value);
  }
  return metrics;
}

/// 1 on the pixels whose quantiles are asked for.
Channel counted_pixels(const MaskView& tissue) {
  cv::Mat small;
  cv::resize(opencv_view(tissue), small, {side, side}, 0, 0, cv::INTER_NEAREST);
  Channel counted = channel_of(small, 0);
  std::transform(counted.begin(), counted.end(), counted.begin(),
                 [](std::uint8_t value) { return static_cast<std::uint8_t>(value == 1); });
  const auto found = std::count(counted.begin(), counted.end(), std::uint8_t{1});
  if (static_cast<std::size_t>(found) < fewest_tissue_pixels) counted.fill(1);
  return counted;
}

}  // namespace

double three_decimals(double value) { return std::nearbyint(value * 1000.0) / 1000.0; }

std::array<ChannelMetrics, 7> channel_metrics(const ImageView& tile, const MaskView& tissue) {
  cv::Mat rgb;
  cv::resize(opencv_view(tile), rgb, {side, side}, 0, 0, cv::INTER_NEAREST);
  cv::Mat grey;
  cv::cvtColor(rgb, grey, cv::COLOR_RGB2GRAY);
  cv::Mat hsv;
  cv::cvtColor(rgb, hsv, cv::COLOR_RGB2HSV);
  const Channel counted = counted_pixels(tissue);
  std::array<ChannelMetrics, 7> metrics{};
  metrics[0] = metrics_of(channel_of(grey, 0), counted);
  for (int i = 0; i < 3; ++i) {
    const auto place = static_cast<std::size_t>(i);
    metrics[1 + place] = metrics_of(channel_of(rgb, i), counted);
    metrics[4 + place] = metrics_of(channel_of(hsv, i), counted);
  }
  return metrics;
}

}  // namespace histo
