#pragma once
/// Images of noise, the same on every machine.

#include <cstdint>

#include "histo/image.hpp"

namespace histo::test {

/// Bytes s >> 24 of s = 1664525 s + 1013904223 mod 2^32, from s = 1 on; the first byte is of the
/// second s.
Image noise(std::int64_t width, std::int64_t height);

}  // namespace histo::test
