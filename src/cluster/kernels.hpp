#pragma once
/// The inner loops of this room, each compiled for several generations of processors. All of them
/// give the same bits: sums run in sixteen interleaved parts and nothing is fused.

#include <cstddef>
#include <cstdint>

#include "histo/score_engine.hpp"

namespace histo::cluster {

struct Kernels {
  /// |a - b|^2, without the cancellation of |a|^2 - 2 a.b + |b|^2.
  double (*squared_distance)(const float* a, const float* b, std::size_t dim);
  double (*squared_distance_64)(const float* a, const double* b, std::size_t dim);
  double (*squared_norm)(const float* a, std::size_t dim);

  /// sum[i] += a[i], rounded as Quantum does.
  void (*add)(const float* a, std::size_t dim, double magic, double* sum);
  /// The same for four rows at once.
  void (*add_four)(const float* const* rows, std::size_t dim, double magic, double* sum);
  /// One row, which is taken from another sum as well.
  void (*move)(const float* a, std::size_t dim, double magic, double* from, double* to);

  /// Of offsets[i] - 2 products[i]; infinity where there are no others.
  TwoSmallest (*two_smallest)(const float* offsets, const float* products, std::size_t count);

  /// The bits of the largest magnitude among the values: as integers they are in the order of the
  /// magnitudes, infinity and whatever is not a number above all finite ones.
  std::uint32_t (*largest_bits)(const float* values, std::size_t count);

  /// out[j] = sum_i (a[i] - mean[i]) * columns[i * width + j], one after the other.
  void (*project)(const float* a, const double* mean, std::size_t dim, const double* columns,
                  std::size_t width, double* out);
};

/// Those for this processor.
const Kernels& kernels();

template <class A, class B>
inline double squared_distance(const A* a, const B* b, std::size_t dim);
template <>
inline double squared_distance(const float* a, const float* b, std::size_t dim) {
  return kernels().squared_distance(a, b, dim);
}
template <>
inline double squared_distance(const float* a, const double* b, std::size_t dim) {
  return kernels().squared_distance_64(a, b, dim);
}
inline double squared_norm(const float* a, std::size_t dim) {
  return kernels().squared_norm(a, dim);
}

}  // namespace histo::cluster
