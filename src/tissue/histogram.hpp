#pragma once
/// What the grey values of a whole slide say.

#include <array>
#include <cstddef>
#include <cstdint>

#include "histo/tissue.hpp"

namespace histo {

/// How often each of the 256 values occurs.
class Histogram {
 public:
  void add(const std::uint8_t* values, std::size_t count);

  std::array<std::uint64_t, 256> counts() const;

 private:
  // Neighbouring pixels are mostly equal: eight tables, so that one count need not wait for the
  // last one's to be stored.
  std::array<std::array<std::uint64_t, 256>, 8> tables_{};
};

struct Otsu {
  int threshold = 0;
  double contrast = 0.0;  ///< between the means of the values up to it and above; 0 for one value
};

/// Of the values 1 to 254; threshold 0 if there are none or they are all the same.
Otsu otsu(const std::array<std::uint64_t, 256>& counts);

/// Bright on black, by the rule in the door.
bool is_dark_field(const std::array<std::uint64_t, 256>& counts);

}  // namespace histo
