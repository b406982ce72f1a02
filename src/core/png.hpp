#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "histo/image.hpp"

namespace histo {

/// Throws Error(input) with a sentence that starts with `name`.
Image decode_png(const std::uint8_t* bytes, std::size_t count, const std::string& name);

}  // namespace histo
