#pragma once
/// The few products that this room needs of OpenBLAS.

#include <cstddef>

namespace histo::cluster {

/// One thread inside OpenBLAS while this lives, since our own workers are the parallelism. OpenBLAS
/// keeps the number in one global; the one found is put back at the end.
class SingleThreadedBlas {
 public:
  SingleThreadedBlas();
  SingleThreadedBlas(const SingleThreadedBlas&) = delete;
  SingleThreadedBlas& operator=(const SingleThreadedBlas&) = delete;
  ~SingleThreadedBlas();

 private:
  int threads_before_;
};

/// How many rows of `inner` values each the two factors have; all matrices are row-major and
/// packed.
struct ProductShape {
  std::size_t left_rows = 0;
  std::size_t right_rows = 0;
  std::size_t inner = 0;
};

/// out[i][j] = left row i . right row j; `out` takes left_rows x right_rows values.
void dot_products(const ProductShape& shape, const float* left, const float* right, float* out);
void dot_products(const ProductShape& shape, const double* left, const double* right, double* out);

}  // namespace histo::cluster
