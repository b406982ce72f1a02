#pragma once
/// What happens to a pixel and its neighbours before a threshold; OpenCV's results to the byte.

#include <cstdint>

#include <opencv2/core/mat.hpp>

#include "histo/image.hpp"
#include "histo/tissue.hpp"

namespace histo {

/// Rows above and below that a blurred pixel depends on.
int blur_radius(double sigma);

/// HistoPrep's Gaussian blur of a grey image. `grey` is no part of a larger matrix.
void blur(const cv::Mat& grey, cv::Mat& blurred, double sigma);

/// CLAM's parameters.
constexpr int saturation_threshold = 8;
constexpr int median_radius = 3;
constexpr int closing_side = 4;

/// 1 where an RGB pixel's saturation is above the threshold, else 0.
void mark_colourful(const cv::Mat& rgb, cv::Mat& marks, int threshold);

/// 1 where the median of 7 x 7 marks is 1: the threshold of a median is the median of thresholds.
/// `marks` is no part of a larger matrix.
void median_of_marks(const cv::Mat& marks, cv::Mat& medians);

/// Closes gaps, in place.
void close_gaps(cv::Mat& mask);

}  // namespace histo
