#pragma once
/// IEEE 754's binary16, as bits, to float32.

#include <cstddef>
#include <cstdint>

namespace histo {

/// Exact; infinities and values that are not numbers stay what they are. `halves` and `out` hold
/// `count` values each and do not overlap.
void half_to_float(const std::uint16_t* halves, std::size_t count, float* out);

}  // namespace histo
