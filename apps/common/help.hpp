#pragma once

#include <string>

#include <CLI/CLI.hpp>

namespace histo::app {

/// Help in 80 columns: names on the left, wrapped sentences with defaults on the right, groups
/// apart. Written out here since the library's own layout differs between its versions.
class HelpFormatter : public CLI::Formatter {
 public:
  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode mode) const override;
  std::string make_option(const CLI::Option* option, bool is_positional) const override;
};

/// `text` broken at spaces so that no line is longer than `limit`; lines after the first begin with
/// `indent` spaces.
std::string wrap(const std::string& text, std::size_t indent, std::size_t limit);

}  // namespace histo::app
