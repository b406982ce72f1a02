#pragma once

#include <cstddef>
#include <cstdint>

namespace histo {

/// The finaliser of SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number
/// generators", OOPSLA 2014).
inline std::uint64_t mix(std::uint64_t value) {
  value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9U;
  value = (value ^ (value >> 27U)) * 0x94d049bb133111ebU;
  return value ^ (value >> 31U);
}

/// The `index`-th number of a seeded stream, without those before it: what is drawn for a row does
/// not depend on which rows a process sees.
inline std::uint64_t hash_of(std::uint64_t stream, std::uint64_t index) {
  return mix(mix(stream) + (index + 1) * 0x9e3779b97f4a7c15U);
}

/// In [0, 1), with 53 random bits.
inline double unit_interval(std::uint64_t bits) {
  return static_cast<double>(bits >> 11U) * 0x1p-53;
}

/// SplitMix64: the k-th number is a hash of the seed and k. The standard library's distributions
/// differ from one library to the next; these do not.
class Random {
 public:
  /// `stream` separates the numbers of one purpose from those of another with the same seed.
  Random(std::uint64_t seed, std::uint64_t stream) : state_(mix(mix(seed) + stream)) {}

  double uniform() {
    state_ += 0x9e3779b97f4a7c15U;
    return unit_interval(mix(state_));
  }

  /// In [0, count), count at least 1 and below 2^53.
  std::size_t below(std::size_t count) {
    return static_cast<std::size_t>(uniform() * static_cast<double>(count));
  }

 private:
  std::uint64_t state_;
};

}  // namespace histo
