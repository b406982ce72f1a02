#pragma once

#include <cstddef>
#include <cstdint>

namespace histo {

/// PNG's Paeth filter (PNG specification, 9.4) of one row of `count` bytes, of which `pixel_bytes`
/// make a pixel: each byte less that of its neighbours to the left, above and above left which is
/// nearest to left + above - above left. `out` holds `count` bytes and overlaps neither row.
void paeth_filter(const std::uint8_t* above, const std::uint8_t* row, std::size_t count,
                  std::size_t pixel_bytes, std::uint8_t* out);

}  // namespace histo
