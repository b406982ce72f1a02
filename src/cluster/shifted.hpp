#pragma once
/// Squared distances by float32 products, with a bound on how wrong they may be.
///
/// |x - c|^2 = |x'|^2 - 2 x'.c' + |c'|^2 for x' = x - o and c' = c - o. The difference of large
/// numbers loses digits; with the origin o at the rows' mean it loses fewest, and the bound says
/// where too many are lost, so that the few doubtful cases can be decided in float64. What is
/// decided thus does not depend on the order in which a library adds.

#include <cstddef>
#include <limits>
#include <vector>

namespace histo::cluster {

/// out = row - origin, both of `origin.size()` values.
inline void shift_row(const float* row, const std::vector<float>& origin, float* out) {
  const std::size_t dim = origin.size();
  for (std::size_t i = 0; i < dim; ++i) out[i] = row[i] - origin[i];
}

/// The most by which n - 2 p differs from |x - c|^2 - |x'|^2 for |x'| <= row_norm, |c'| <=
/// centre_norm, where n is |c'|^2 and p is x'.c', both in float32. With u = 2^-24: 2 gamma(dim)
/// |x'||c'| of the product, the rest of rounding x', c', n and the difference (Higham, "Accuracy
/// and Stability of Numerical Algorithms", 2nd ed., section 3.1). Infinite where float32 might
/// overflow or underflow.
inline double product_error(double row_norm, double centre_norm, std::size_t dim) {
  constexpr double unit = 0x1p-24;
  const double sum = row_norm + centre_norm;
  if (!(sum * sum > 1e-24 && sum * sum < 1e37)) return std::numeric_limits<double>::infinity();
  const auto terms = static_cast<double>(dim);
  return unit * (2.05 * terms * row_norm * centre_norm + 5.0 * sum * sum);
}

}  // namespace histo::cluster
