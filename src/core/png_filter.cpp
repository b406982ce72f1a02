#include "core/png_filter.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace histo {

namespace {

// Sixteen bytes that the compiler turns into one register wherever there is one. The loop over
// single bytes takes six times as long, and neither compiler finds this form of it by itself.
using Lanes = std::uint8_t __attribute__((vector_size(16)));

Lanes load(const std::uint8_t* bytes) {
  Lanes lanes;
  std::memcpy(&lanes, bytes, sizeof lanes);
  return lanes;
}

Lanes smaller(Lanes a, Lanes b) { return a < b ? a : b; }
Lanes larger(Lanes a, Lanes b) { return a > b ? a : b; }
Lanes distance(Lanes a, Lanes b) { return larger(a, b) - smaller(a, b); }

// The predictor in unsigned bytes. With p = a + b - c, |p - a| is |b - c| and |p - b| is |a - c|.
// |p - c| is their sum where b - c and a - c have one sign, so that c is never the nearest, and
// their difference otherwise.
Lanes predict(Lanes left, Lanes above, Lanes corner) {
  const Lanes to_left = distance(above, corner);
  const Lanes to_above = distance(left, corner);
  const auto one_sign = reinterpret_cast<Lanes>((above >= corner) == (left >= corner));
  const Lanes to_corner = distance(to_left, to_above) | one_sign;
  const Lanes other = to_above <= to_corner ? above : corner;
  return to_left <= smaller(to_above, to_corner) ? left : other;
}

std::uint8_t predict(int left, int above, int corner) {
  const int to_left = std::abs(above - corner);
  const int to_above = std::abs(left - corner);
  const int to_corner = std::abs(left + above - 2 * corner);
  if (to_left <= to_above && to_left <= to_corner) return static_cast<std::uint8_t>(left);
  return static_cast<std::uint8_t>(to_above <= to_corner ? above : corner);
}

}  // namespace

void paeth_filter(const std::uint8_t* above, const std::uint8_t* row, std::size_t count,
                  std::size_t pixel_bytes, std::uint8_t* out) {
  std::size_t i = 0;
  // Left of the row all is 0, and the nearest is what is above.
  for (; i < std::min(pixel_bytes, count); ++i) {
    out[i] = static_cast<std::uint8_t>(row[i] - above[i]);
  }
  for (; i + sizeof(Lanes) <= count; i += sizeof(Lanes)) {
    const Lanes filtered = load(row + i) - predict(load(row + i - pixel_bytes), load(above + i),
                                                   load(above + i - pixel_bytes));
    std::memcpy(out + i, &filtered, sizeof filtered);
  }
  for (; i < count; ++i) {
    out[i] = static_cast<std::uint8_t>(
        row[i] - predict(row[i - pixel_bytes], above[i], above[i - pixel_bytes]));
  }
}

}  // namespace histo
