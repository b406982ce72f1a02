#include "core/text.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace histo {

std::string number(double value) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  return {text.data(), end};
}

std::string count_of(std::size_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string percent(double share) { return number(std::round(share * 1000) / 10) + " %"; }

}  // namespace histo
