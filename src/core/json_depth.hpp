#pragma once

#include <cstddef>
#include <string_view>

namespace histo {

/// No file of ours, and none that we read, has objects and lists so deep within each other.
constexpr std::size_t most_json_depth = 64;

/// Whether a text, which need not be JSON, opens more than `most_json_depth` objects and lists
/// within each other. To be asked before it is parsed: what copies or prints the result calls
/// itself once for each level, and a file of a megabyte could use up the stack. An ordered object
/// copies its members while it is parsed.
bool is_too_deep_json(std::string_view text);

}  // namespace histo
