#include "core/blend_rows.hpp"

#include <algorithm>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace histo {

namespace {

constexpr int low_bits = 11;
constexpr std::int32_t half = std::int32_t{1} << (weight_bits - 1);

std::int32_t low_part(std::int32_t weight) {
  constexpr std::int32_t middle = 1 << (low_bits - 1);
  return ((weight + middle) & (2 * middle - 1)) - middle;
}

/// Up to 32 bytes of each row; few enough for the sums to stay in registers.
constexpr std::size_t block = 32;

void blend_block(const ByteRows& from, const WeightPair* weights, std::size_t length,
                 std::uint8_t* out) {
  std::array<std::int32_t, block> sums;
  sums.fill(half);
  const std::uint8_t* row = from.data;
  for (std::size_t k = 0; k < from.rows; ++k, row += from.stride) {
    const WeightPair& pair = weights[k / 2];
    const std::int32_t weight = pair.high[k % 2] * (1 << low_bits) + pair.low[k % 2];
    for (std::size_t i = 0; i < length; ++i) sums[i] += weight * row[i];
  }
  for (std::size_t i = 0; i < length; ++i) {
    out[i] = static_cast<std::uint8_t>(std::clamp(sums[i] >> weight_bits, 0, 255));
  }
}

#if defined(__x86_64__)

// Bytes of two rows side by side become pairs of 16-bit numbers, and one instruction multiplies
// both with their weights and adds them.
[[gnu::target("avx2")]] void blend_32_bytes(const ByteRows& from, const WeightPair* weights,
                                            std::uint8_t* out) {
  const __m256i zero = _mm256_setzero_si256();
  __m256i high0 = zero, high1 = zero, high2 = zero, high3 = zero;
  __m256i low0 = _mm256_set1_epi32(half);
  __m256i low1 = low0, low2 = low0, low3 = low0;
  const std::uint8_t* row = from.data;
  for (std::size_t k = 0; k < from.rows; k += 2, row += 2 * from.stride) {
    const std::uint8_t* next = k + 1 < from.rows ? row + from.stride : row;
    const __m256i a = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(row));
    const __m256i b = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(next));
    std::array<std::int32_t, 2> pair;
    std::memcpy(pair.data(), weights + k / 2, sizeof pair);
    const __m256i high = _mm256_set1_epi32(pair[0]);
    const __m256i low = _mm256_set1_epi32(pair[1]);
    const __m256i first = _mm256_unpacklo_epi8(a, b);
    const __m256i second = _mm256_unpackhi_epi8(a, b);
    const __m256i pixels0 = _mm256_unpacklo_epi8(first, zero);
    const __m256i pixels1 = _mm256_unpackhi_epi8(first, zero);
    const __m256i pixels2 = _mm256_unpacklo_epi8(second, zero);
    const __m256i pixels3 = _mm256_unpackhi_epi8(second, zero);
    high0 = _mm256_add_epi32(high0, _mm256_madd_epi16(pixels0, high));
    high1 = _mm256_add_epi32(high1, _mm256_madd_epi16(pixels1, high));
    high2 = _mm256_add_epi32(high2, _mm256_madd_epi16(pixels2, high));
    high3 = _mm256_add_epi32(high3, _mm256_madd_epi16(pixels3, high));
    low0 = _mm256_add_epi32(low0, _mm256_madd_epi16(pixels0, low));
    low1 = _mm256_add_epi32(low1, _mm256_madd_epi16(pixels1, low));
    low2 = _mm256_add_epi32(low2, _mm256_madd_epi16(pixels2, low));
    low3 = _mm256_add_epi32(low3, _mm256_madd_epi16(pixels3, low));
  }
  low0 = _mm256_srai_epi32(_mm256_add_epi32(low0, _mm256_slli_epi32(high0, low_bits)), weight_bits);
  low1 = _mm256_srai_epi32(_mm256_add_epi32(low1, _mm256_slli_epi32(high1, low_bits)), weight_bits);
  low2 = _mm256_srai_epi32(_mm256_add_epi32(low2, _mm256_slli_epi32(high2, low_bits)), weight_bits);
  low3 = _mm256_srai_epi32(_mm256_add_epi32(low3, _mm256_slli_epi32(high3, low_bits)), weight_bits);
  // Packing clamps, and undoes the unpacking's order.
  const __m256i bytes =
      _mm256_packus_epi16(_mm256_packs_epi32(low0, low1), _mm256_packs_epi32(low2, low3));
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), bytes);
}

[[gnu::target("avx2")]] void blend_rows_with_avx2(const ByteRows& from, const WeightPair* weights,
                                                  std::size_t length, std::uint8_t* out) {
  std::size_t i = 0;
  for (; i + block <= length; i += block) {
    blend_32_bytes({from.data + i, from.stride, from.rows}, weights, out + i);
  }
  if (i == length) return;
  // The last block once more from where it is whole: the same bytes are written again.
  const std::size_t last = length - block;
  blend_32_bytes({from.data + last, from.stride, from.rows}, weights, out + last);
}

bool has_avx2() {
  static const bool has = __builtin_cpu_supports("avx2") != 0;
  return has;
}

#endif

using Bytes = std::uint8_t __attribute__((vector_size(16)));

Bytes load(const std::uint8_t* from) {
  Bytes bytes;
  std::memcpy(&bytes, from, sizeof bytes);
  return bytes;
}

// Weaving row i with row i + 8 four times over turns 16 rows into 16 columns.
void transpose_16(const std::uint8_t* from, std::size_t from_stride, std::uint8_t* to,
                  std::size_t to_stride) {
  std::array<Bytes, 16> rows;
  for (std::size_t i = 0; i < 16; ++i) rows[i] = load(from + i * from_stride);
  for (int round = 0; round < 4; ++round) {
    std::array<Bytes, 16> woven;
    for (std::size_t i = 0; i < 8; ++i) {
      woven[2 * i] = __builtin_shufflevector(rows[i], rows[i + 8], 0, 16, 1, 17, 2, 18, 3, 19, 4,
                                             20, 5, 21, 6, 22, 7, 23);
      woven[2 * i + 1] = __builtin_shufflevector(rows[i], rows[i + 8], 8, 24, 9, 25, 10, 26, 11, 27,
                                                 12, 28, 13, 29, 14, 30, 15, 31);
    }
    rows = woven;
  }
  for (std::size_t i = 0; i < 16; ++i) std::memcpy(to + i * to_stride, &rows[i], sizeof(Bytes));
}

}  // namespace

WeightPair weight_pair(std::int32_t first, std::int32_t second) {
  const auto low = [](std::int32_t weight) { return static_cast<std::int16_t>(low_part(weight)); };
  const auto high = [](std::int32_t weight) {
    return static_cast<std::int16_t>((weight - low_part(weight)) / (1 << low_bits));
  };
  return {{high(first), high(second)}, {low(first), low(second)}};
}

void blend_rows_portably(const ByteRows& from, const WeightPair* weights, std::size_t length,
                         std::uint8_t* out) {
  std::size_t i = 0;
  for (; i + block <= length; i += block) {
    blend_block({from.data + i, from.stride, from.rows}, weights, block, out + i);
  }
  blend_block({from.data + i, from.stride, from.rows}, weights, length - i, out + i);
}

void blend_rows(const ByteRows& from, const WeightPair* weights, std::size_t length,
                std::uint8_t* out) {
#if defined(__x86_64__)
  if (length >= block && has_avx2()) return blend_rows_with_avx2(from, weights, length, out);
#endif
  blend_rows_portably(from, weights, length, out);
}

void transpose_bytes(const ByteRows& from, std::size_t length, std::uint8_t* to,
                     std::size_t to_stride) {
  constexpr std::size_t side = 16;
  const std::size_t whole_rows = from.rows / side * side;
  const std::size_t whole_length = length / side * side;
  for (std::size_t i = 0; i < whole_rows; i += side) {
    for (std::size_t j = 0; j < whole_length; j += side) {
      transpose_16(from.data + i * from.stride + j, from.stride, to + j * to_stride + i, to_stride);
    }
  }
  for (std::size_t i = 0; i < from.rows; ++i) {
    const std::uint8_t* row = from.data + i * from.stride;
    for (std::size_t j = i < whole_rows ? whole_length : 0; j < length; ++j) {
      to[j * to_stride + i] = row[j];
    }
  }
}

}  // namespace histo
