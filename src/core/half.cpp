#include "core/half.hpp"

#include <cstring>

namespace histo {

// The ten bits of the fraction and the five of the exponent move to where float32 has its own; a
// product with 2^112 then makes up for the other bias, and gives subnormal halves their leading
// bit. The loop has no branch, so that the compiler takes several values at once.
void half_to_float(const std::uint16_t* halves, std::size_t count, float* out) {
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint32_t half = halves[i];
    const std::uint32_t magnitude = (half & 0x7fffU) << 13U;
    float value = 0.0F;
    std::memcpy(&value, &magnitude, sizeof value);
    value *= 0x1p112F;
    std::uint32_t bits = 0;
    std::memcpy(&bits, &value, sizeof bits);
    // An exponent of all ones means infinity or no number in both.
    const std::uint32_t special = (half & 0x7c00U) == 0x7c00U ? 0x7f800000U : 0U;
    bits |= special | (half & 0x8000U) << 16U;
    std::memcpy(out + i, &bits, sizeof bits);
  }
}

}  // namespace histo
