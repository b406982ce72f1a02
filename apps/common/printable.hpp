#pragma once

#include <string>
#include <string_view>

namespace histo::app {

/// With "\n" for a line feed, "\x1b" for an escape and so on: a text that may hold the name of a
/// file stays on its line and tells a terminal nothing. All other bytes are kept.
std::string printable(std::string_view text);

}  // namespace histo::app
