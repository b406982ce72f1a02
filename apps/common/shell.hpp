#pragma once

#include <string>

namespace histo::app {

/// A word of a command line as a shell takes it back, whatever bytes it holds.
std::string shell_quoted(const std::string& word);

}  // namespace histo::app
