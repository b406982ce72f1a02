#pragma once

#include <cstddef>
#include <cstdint>

namespace histo::cluster {

/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA
/// 2014): the k-th number is a hash of the seed and k. The standard library's distributions differ
/// from one library to the next; these do not.
class Random {
 public:
  /// `stream` separates the numbers of one purpose from those of another with the same seed.
  Random(std::uint64_t seed, std::uint64_t stream) : state_(mix(mix(seed) + stream)) {}

  /// In [0, 1), with 53 random bits.
  double uniform() {
    state_ += 0x9e3779b97f4a7c15U;
    return static_cast<double>(mix(state_) >> 11U) * 0x1p-53;
  }

  /// In [0, count), count at least 1 and below 2^53.
  std::size_t below(std::size_t count) {
    return static_cast<std::size_t>(uniform() * static_cast<double>(count));
  }

 private:
  static std::uint64_t mix(std::uint64_t value) {
    value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9U;
    value = (value ^ (value >> 27U)) * 0x94d049bb133111ebU;
    return value ^ (value >> 31U);
  }

  std::uint64_t state_;
};

}  // namespace histo::cluster
