#pragma once

namespace histo {

/// OpenCV works on the thread that calls it, since our workers are the parallelism. For the whole
/// process.
void keep_opencv_on_one_thread();

}  // namespace histo
