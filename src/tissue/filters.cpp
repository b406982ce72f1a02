#include "tissue/filters.hpp"

#include <cmath>

#include <opencv2/imgproc.hpp>

namespace histo {

int blur_radius(double sigma) {
  constexpr double truncate = 3.5;
  // An even window is made odd by one more, which leaves its half as it is.
  return sigma > 0 ? static_cast<int>(std::floor(truncate * sigma + 0.5)) / 2 : 0;
}

void blur(const cv::Mat& grey, cv::Mat& blurred, double sigma) {
  if (!(sigma > 0)) {
    grey.copyTo(blurred);
    return;
  }
  const int window = 2 * blur_radius(sigma) + 1;
  cv::GaussianBlur(grey, blurred, {window, window}, sigma, sigma);
}

void mark_colourful(const cv::Mat& rgb, cv::Mat& marks, int threshold) {
  cv::Mat hsv;
  cv::cvtColor(rgb, hsv, cv::COLOR_RGB2HSV);
  marks.create(rgb.rows, rgb.cols, CV_8UC1);
  for (int y = 0; y < hsv.rows; ++y) {
    const std::uint8_t* saturation = hsv.ptr(y) + 1;
    std::uint8_t* mark = marks.ptr(y);
    for (int x = 0; x < hsv.cols; ++x, saturation += 3) mark[x] = *saturation > threshold ? 1 : 0;
  }
}

void median_of_marks(const cv::Mat& marks, cv::Mat& medians) {
  constexpr int side = 2 * median_radius + 1;
  constexpr int half = side * side / 2;
  cv::boxFilter(marks, medians, -1, {side, side}, {-1, -1}, false, cv::BORDER_REPLICATE);
  cv::threshold(medians, medians, half, 1, cv::THRESH_BINARY);
}

void close_gaps(cv::Mat& mask) {
  const cv::Mat square = cv::Mat::ones(closing_side, closing_side, CV_8UC1);
  cv::morphologyEx(mask, mask, cv::MORPH_CLOSE, square);
}

}  // namespace histo
