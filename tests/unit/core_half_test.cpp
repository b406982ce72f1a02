#include <cmath>
#include <limits>
#include <vector>

#include "core/half.hpp"
#include "support/catch.hpp"

using histo::half_to_float;

namespace {

float value_of(std::uint16_t half) {
  float value = 0.0F;
  half_to_float(&half, 1, &value);
  return value;
}

}  // namespace

TEST_CASE("half: every finite half has the value that its sign, exponent and fraction say") {
  std::vector<std::uint16_t> halves;
  std::vector<double> wanted;
  for (std::uint32_t bits = 0; bits < 0x10000U; ++bits) {
    const auto exponent = static_cast<int>(bits >> 10U & 0x1fU);
    if (exponent == 31) continue;
    const auto fraction = static_cast<double>(bits & 0x3ffU);
    const double magnitude =
        exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(fraction + 1024.0, exponent - 25);
    halves.push_back(static_cast<std::uint16_t>(bits));
    wanted.push_back((bits & 0x8000U) != 0 ? -magnitude : magnitude);
  }
  std::vector<float> values(halves.size());

  half_to_float(halves.data(), halves.size(), values.data());

  std::size_t wrong = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (static_cast<double>(values[i]) != wanted[i]) ++wrong;
  }
  CHECK(wrong == 0);
  CHECK(std::signbit(value_of(0x8000U)));
}

TEST_CASE("half: infinities and values that are no numbers stay what they are") {
  CHECK(value_of(0x7c00U) == std::numeric_limits<float>::infinity());
  CHECK(value_of(0xfc00U) == -std::numeric_limits<float>::infinity());
  CHECK(std::isnan(value_of(0x7c01U)));
  CHECK(std::isnan(value_of(0x7e00U)));
}
