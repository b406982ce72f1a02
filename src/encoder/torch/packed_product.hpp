#pragma once
/// Products of a matrix with weights that stay the same, in float32 on the CPU: the weights are
/// brought into the order in which they are needed once, not with each product. By oneDNN.
///
/// Thread rule: everything from many threads.

#include <cstddef>
#include <string>

namespace histo {

/// What a linear layer computes: y = x w^T + bias, with w of `outputs` x `inputs`, row-major.
struct ProductShape {
  std::size_t inputs = 0;
  std::size_t outputs = 0;
};

/// The library and its version, "onednn 2.6.3".
std::string product_name();

/// How many values `pack` writes.
std::size_t packed_size(const ProductShape& shape);

/// w in the order in which this processor multiplies, which is good until the program ends.
void pack(const ProductShape& shape, const float* w, float* packed);

/// `count` rows of x, contiguous, give these rows of y, contiguous too. `threads` is how many the
/// calling thread may use, as LibTorch knows it. A row of y depends on its row of x, on its place,
/// on `count` and on `threads`, and not on the rows beside it nor on the run.
void multiply(const ProductShape& shape, const float* x, std::size_t count, const float* packed,
              const float* bias, float* y, int threads);

}  // namespace histo
