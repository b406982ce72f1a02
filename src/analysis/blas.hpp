#pragma once
/// OpenBLAS behind Armadillo, on one thread.

namespace histo::analysis {

/// One thread inside OpenBLAS while this lives, so that no sum depends on the number of threads,
/// and the kernels that fit this processor. Every function of this room that multiplies matrices or
/// solves equations holds one. The number found is put back at the end.
class SingleThreadedBlas {
 public:
  SingleThreadedBlas();
  SingleThreadedBlas(const SingleThreadedBlas&) = delete;
  SingleThreadedBlas& operator=(const SingleThreadedBlas&) = delete;
  ~SingleThreadedBlas();

 private:
  int threads_before_;
};

}  // namespace histo::analysis
