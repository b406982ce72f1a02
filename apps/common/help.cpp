#include "common/help.hpp"

#include <sstream>

namespace histo::app {

namespace {

constexpr std::size_t column = 28;
constexpr std::size_t width = 80;

std::string entry(const std::string& left, const std::string& right) {
  const std::string gap = left.size() + 2 > column ? "\n" + std::string(column, ' ')
                                                   : std::string(column - left.size(), ' ');
  return left + gap + wrap(right, column, width) + "\n";
}

}  // namespace

std::string wrap(const std::string& text, std::size_t indent, std::size_t limit) {
  std::istringstream words(text);
  std::string result;
  std::size_t at = indent;
  for (std::string word; words >> word;) {
    if (at > indent && at + 1 + word.size() > limit) {
      result += "\n" + std::string(indent, ' ');
      at = indent;
    } else if (at > indent) {
      result += ' ';
      ++at;
    }
    result += word;
    at += word.size();
  }
  return result;
}

std::string HelpFormatter::make_option(const CLI::Option* option, bool is_positional) const {
  std::string left = "  " + make_option_name(option, is_positional);
  if (!option->get_option_text().empty()) left += " " + option->get_option_text();
  std::string right = option->get_description();
  if (!option->get_default_str().empty()) right += " [" + option->get_default_str() + "]";
  return entry(left, right);
}

std::string HelpFormatter::make_help(const CLI::App* app, std::string name,
                                     CLI::AppFormatMode /*mode*/) const {
  const auto commands = app->get_subcommands({});
  if (name.empty()) name = app->get_name();
  std::string text = wrap(app->get_description(), 0, width) + "\n\nUsage: " + name;
  const auto is_positional = [](const CLI::Option* option) { return option->get_positional(); };
  for (const CLI::Option* option : app->get_options(is_positional)) {
    text += " [" + option->get_name(true) + "]";
  }
  if (commands.empty() || app->get_require_subcommand_min() == 0) text += " [options]\n";
  if (!commands.empty() && app->get_require_subcommand_min() == 0) text += "       " + name;
  if (!commands.empty()) text += " COMMAND [options]\n";
  if (!commands.empty()) text += "\nCommands:\n";
  for (const CLI::App* command : commands) {
    text += entry("  " + command->get_name(), command->get_description());
  }
  for (const std::string& group : app->get_groups()) {
    const auto options = app->get_options(
        [&group](const CLI::Option* option) { return option->get_group() == group; });
    if (group.empty() || options.empty()) continue;
    text += "\n" + group + ":\n";
    for (const CLI::Option* option : options) text += make_option(option, false);
  }
  return text + "\n" + app->get_footer() + "\n";
}

}  // namespace histo::app
