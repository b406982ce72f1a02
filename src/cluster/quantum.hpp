#pragma once
/// Sums that do not depend on the order of adding.
///
/// Each addend is first rounded to a multiple of a common quantum q, a power of two so large that
/// all sums stay below 2^53 q. Float64 then adds them without any rounding, in whatever order, and
/// takes away again what has been added. (x + 1.5 * 2^52 q) - 1.5 * 2^52 q is x rounded to a
/// multiple of q, for |x| <= 2^51 q: numbers around 1.5 * 2^52 q are q apart.
///
/// What it costs: an addend is off by q / 2 at most. For n addends of magnitude at most b, q lies
/// between n b 2^-52 and n b 2^-51: with a million rows that is 2^-32 of the largest value, with
/// 2^27 of them 2^-25, below what a float32 of that size resolves; a smaller float32 value loses
/// digits. A mean is off by q / 2 at most, and by much less where roundings up and down cancel.

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace histo::cluster {

class Quantum {
 public:
  /// For at most `count` addends, each of magnitude `bound` at most; each may be taken away again,
  /// by parts of a sum that know nothing of each other.
  Quantum(double bound, std::size_t count) {
    // 2 n (b + q) <= 2^53 q, and b <= 2^51 q.
    const double addends = 2.0 * static_cast<double>(std::max<std::size_t>(count, 2));
    int exponent = 0;
    std::frexp(bound * addends / (0x1p53 - addends), &exponent);
    magic_ = bound > 0.0 ? std::ldexp(1.5, exponent + 52) : std::ldexp(1.5, 52);
  }

  double operator()(double value) const { return (value + magic_) - magic_; }

  /// What is added and taken away again.
  double magic() const { return magic_; }

 private:
  double magic_;
};

}  // namespace histo::cluster
