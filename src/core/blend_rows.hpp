#pragma once
/// The two loops that resizing spends its time in. Both are exact: every processor gives the same
/// bytes.

#include <array>
#include <cstddef>
#include <cstdint>

namespace histo {

/// Weights are fixed-point numbers with 22 bits of fraction: 8 bits of pixel and 2 of overshoot
/// fill the rest of a 32-bit sum.
constexpr int weight_bits = 22;

/// The weights of two neighbouring rows, each split as high * 2^11 + low, so that 16-bit
/// multiplications give the exact product with a byte. A lone last row has a second weight of 0.
struct WeightPair {
  std::array<std::int16_t, 2> high{};
  std::array<std::int16_t, 2> low{};
};

WeightPair weight_pair(std::int32_t first, std::int32_t second);

/// `rows` rows of bytes, each `stride` after the one before.
struct ByteRows {
  const std::uint8_t* data;
  std::size_t stride;
  std::size_t rows;
};

/// out[i] = the weighted sum of the rows' i-th bytes, rounded and clamped to [0, 255], for `length`
/// bytes. `weights` has ceil(rows / 2) pairs, whose magnitudes add up to less than 2. `out` must
/// not overlap the rows.
void blend_rows(const ByteRows& from, const WeightPair* weights, std::size_t length,
                std::uint8_t* out);

/// The same in plain C++, for processors without AVX2.
void blend_rows_portably(const ByteRows& from, const WeightPair* weights, std::size_t length,
                         std::uint8_t* out);

/// to[j * to_stride + i] = byte j of row i, for `length` bytes of each row. Quick where the rows
/// are a multiple of 16.
void transpose_bytes(const ByteRows& from, std::size_t length, std::uint8_t* to,
                     std::size_t to_stride);

}  // namespace histo
