#include "core/clock.hpp"

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <ctime>

namespace histo {

std::string utc(std::chrono::system_clock::time_point when) {
  using std::chrono::floor;
  using std::chrono::milliseconds;
  const auto whole = floor<std::chrono::seconds>(when);
  const auto rest = floor<milliseconds>(when - whole).count();
  const std::time_t seconds = std::chrono::system_clock::to_time_t(whole);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[64];
  const std::size_t length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text + length, sizeof text - length, ".%03dZ", static_cast<int>(rest));
  return text;
}

std::optional<std::chrono::system_clock::time_point> parse_utc(std::string_view text) {
  const std::string copy(text);
  std::tm parts{};
  const char* const rest = strptime(copy.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (rest == nullptr || *rest != '.') return std::nullopt;
  const auto moment = std::chrono::system_clock::from_time_t(timegm(&parts)) +
                      std::chrono::milliseconds(std::strtol(rest + 1, nullptr, 10));
  // There and back: what is not written as we write it is none of ours.
  if (utc(moment) != text) return std::nullopt;
  return moment;
}

}  // namespace histo
