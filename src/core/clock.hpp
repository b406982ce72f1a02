#pragma once
/// Moments as text, in UTC.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace histo {

/// "2026-11-21T16:57:00.123Z". Texts sort as their moments do.
std::string utc(std::chrono::system_clock::time_point when);

/// What `utc` wrote; nothing for any other text.
std::optional<std::chrono::system_clock::time_point> parse_utc(std::string_view text);

}  // namespace histo
