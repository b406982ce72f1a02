#pragma once
/// Small helpers to bind options; what an option means stands in the library's option structs.

#include <cstddef>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

namespace histo::app {

/// An option that takes one of a few words. A wrong one is answered with the list.
template <class T>
CLI::Option* add_choice(CLI::App& cli, const std::string& name, T& value,
                        const std::vector<std::pair<std::string, T>>& names,
                        const std::string& help) {
  std::vector<std::string> words;
  std::string all;
  std::string preset;
  for (const auto& [word, meaning] : names) {
    words.push_back(word);
    all += (all.empty() ? "" : "|") + word;
    if (meaning == value) preset = word;
  }
  const auto assign = [&value, names](const std::string& text) {
    for (const auto& [word, meaning] : names) {
      if (word == text) value = meaning;
    }
  };
  return cli.add_option_function<std::string>(name, assign, help)
      ->check(CLI::IsMember(words))
      ->option_text(all)
      ->default_str(preset);
}

/// An option whose value stays unset unless it is given; `otherwise` says in the help what holds
/// then.
template <class T>
CLI::Option* add_optional(CLI::App& cli, const std::string& name, std::optional<T>& value,
                          const std::string& help, const std::string& text,
                          const std::string& otherwise) {
  return cli.add_option(name, value, help)->option_text(text)->default_str(otherwise);
}

/// Refuses a minus sign, which the parser would take for a very large number.
inline CLI::Validator whole_number() {
  return CLI::Validator(
      [](const std::string& text) {
        return text.rfind('-', 0) == 0 ? "must be at least 0, got " + text : std::string();
      },
      "");
}

/// A number of at most nine decimal digits; unset for any other text.
inline std::optional<std::size_t> parse_count(const std::string& text) {
  const bool is_count = !text.empty() && text.size() <= 9 &&
                        text.find_first_not_of("0123456789") == std::string::npos;
  if (!is_count) return std::nullopt;
  return std::stoul(text);
}

/// An option with the struct's own value as its default.
template <class T>
CLI::Option* add_value(CLI::App& cli, const std::string& name, T& value, const std::string& help,
                       const std::string& text) {
  CLI::Option* option = cli.add_option(name, value, help)->option_text(text)->capture_default_str();
  if constexpr (std::is_unsigned_v<T>) option->check(whole_number());
  return option;
}

}  // namespace histo::app
