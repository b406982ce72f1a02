#pragma once
/// Whether a device multiplies float32 as float32.

#include <string>

#include "histo/error.hpp"

namespace histo {

/// A factor whose last bit is lost where factors are rounded to TF32, to bfloat16 or to float16.
inline constexpr float telling_factor = 1.0F + 0x1p-23F;

/// Of products of telling_factor and 1. Vendors' libraries can be told by the environment to round
/// factors, whatever a program asks for. Throws Error(model).
inline void require_float32_products(float smallest, float largest, const std::string& subject) {
  if (smallest == telling_factor && largest == telling_factor) return;
  throw Error(ErrorKind::model,
              subject +
                  ": the device multiplies with fewer bits than float32 has; unset "
                  "NVIDIA_TF32_OVERRIDE, or use --device cpu");
}

}  // namespace histo
