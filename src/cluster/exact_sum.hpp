#pragma once
/// A sum of float64 values without any rounding, in whatever order they come, and without a bound
/// on them: a fixed-point number as long as float64's whole range (Kulisch and Miranker, "Computer
/// arithmetic in theory and practice", 1981), in digits of 32 bits.

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace histo::cluster {

class ExactSum {
 public:
  /// `value`: finite, not negative. At most 2^30 values between two calls of `carry`.
  void add(double value) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof bits);
    const std::uint64_t exponent = bits >> 52U;
    std::uint64_t digits = bits & 0xfffffffffffffU;
    if (exponent > 0) digits |= std::uint64_t{1} << 52U;
    const std::uint64_t place = exponent > 0 ? exponent - 1 : 0;
    std::uint64_t* to = digits_.data() + place / 32;
    const std::uint64_t shift = place % 32;
    const std::uint64_t low = (digits & low_half) << shift;
    const std::uint64_t high = (digits >> 32U) << shift;
    to[0] += low & low_half;
    to[1] += (low >> 32U) + (high & low_half);
    to[2] += high >> 32U;
  }

  void add(const ExactSum& other) {
    for (std::size_t i = 0; i < digits_.size(); ++i) digits_[i] += other.digits_[i];
  }

  /// Makes every digit less than 2^32 again.
  void carry() {
    for (std::size_t i = 0; i + 1 < digits_.size(); ++i) {
      digits_[i + 1] += digits_[i] >> 32U;
      digits_[i] &= low_half;
    }
  }

  double value() const {
    ExactSum whole = *this;
    whole.carry();
    double result = 0.0;
    for (std::size_t i = digits_.size(); i-- > 0;) {
      // The lowest digit counts multiples of 2^-1074.
      result += std::ldexp(static_cast<double>(whole.digits_[i]), static_cast<int>(i) * 32 - 1074);
    }
    return result;
  }

  static constexpr std::size_t digit_count = 68;
  std::uint64_t* digits() { return digits_.data(); }

 private:
  static constexpr std::uint64_t low_half = 0xffffffffU;
  std::array<std::uint64_t, digit_count> digits_{};
};

}  // namespace histo::cluster
