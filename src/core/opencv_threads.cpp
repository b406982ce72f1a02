#include "core/opencv_threads.hpp"

#include <opencv2/core/utility.hpp>

namespace histo {

void keep_opencv_on_one_thread() { cv::setNumThreads(1); }

}  // namespace histo
