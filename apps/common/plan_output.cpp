#include "common/plan_output.hpp"

#include <array>
#include <cstdio>
#include <iostream>
#include <sstream>

#include "common/app.hpp"
#include "common/options.hpp"

namespace histo::app {

namespace {

std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    const std::size_t at = std::string("\t\n\r\\").find(c);
    result += at == std::string::npos ? std::string(1, c) : std::string("\\") + "tnr\\"[at];
  }
  return result;
}

/// How many bytes the UTF-8 character at `at` has (RFC 3629); 0 where there is none.
std::size_t utf8_length(const std::string& text, std::size_t at) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const unsigned first = byte(at);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xc2 && first <= 0xdf   ? 2
                             : first >= 0xe0 && first <= 0xef ? 3
                             : first >= 0xf0 && first <= 0xf4 ? 4
                                                              : 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xc0U) != 0x80U) return 0;
  }
  const unsigned second = byte(at + 1);
  const bool is_too_long = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
  const bool is_no_character = (first == 0xed && second > 0x9f) || (first == 0xf4 && second > 0x8f);
  return is_too_long || is_no_character ? 0 : length;
}

std::string json_text(const std::string& text) {
  std::string result = "\"";
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = utf8_length(text, at);
    const auto c = static_cast<unsigned char>(text[at]);
    if (length == 0) {
      result += "\xef\xbf\xbd";
    } else if (c == '"' || c == '\\') {
      result += std::string("\\") + text[at];
    } else if (c < 0x20) {
      std::array<char, 8> code{};
      std::snprintf(code.data(), code.size(), "\\u%04x", c);
      result += code.data();
    } else {
      result += text.substr(at, length);
    }
    at += std::max<std::size_t>(length, 1);
  }
  return result + "\"";
}

template <class Value>
std::string known(const std::optional<Value>& value, const char* otherwise) {
  if (!value) return otherwise;
  std::ostringstream text;
  text << *value;
  return text.str();
}

/// The numbers of a row, by their columns' names.
std::vector<std::pair<const char*, std::string>> numbers_of(const PlanRow& row,
                                                            const char* unknown) {
  std::optional<std::int64_t> width;
  std::optional<std::int64_t> height;
  if (row.size) {
    width = row.size->width;
    height = row.size->height;
  }
  std::optional<std::size_t> levels;
  if (row.levels > 0) levels = row.levels;
  return {{"width", known(width, unknown)},        {"height", known(height, unknown)},
          {"levels", known(levels, unknown)},      {"mpp", known(row.mpp, unknown)},
          {"cells", std::to_string(row.cells)},    {"tiles", std::to_string(row.tiles)},
          {"bytes", std::to_string(row.bytes)},    {"inodes", std::to_string(row.inodes)},
          {"done", std::to_string(row.tiles_done)}};
}

std::string in_units(std::uintmax_t bytes) {
  constexpr std::array units{"bytes", "KB", "MB", "GB", "TB", "PB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1000.0 && unit + 1 < units.size()) {
    value /= 1000.0;
    ++unit;
  }
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), unit == 0 ? "%.0f" : "%.1f", value);
  return std::string(text.data()) + " " + units.at(unit);
}

void say_sums(const PlanTable& table, Console& console) {
  std::string states;
  for (const PlanState state :
       {PlanState::work, PlanState::done, PlanState::stale, PlanState::unfinished, PlanState::held,
        PlanState::waiting, PlanState::unreadable, PlanState::refused}) {
    const std::size_t count = table.count(state);
    if (count == 0) continue;
    states += (states.empty() ? "" : ", ") + std::to_string(count) + " " + name_of(state);
  }
  console.info(std::to_string(table.rows.size()) + " slides: " + (states.empty() ? "-" : states));
  console.info("to be made: about " + std::to_string(table.tiles()) + " tiles, " +
               in_units(table.bytes()) + " and " + std::to_string(table.inodes()) +
               " files and folders; " + table.basis);
  if (table.free_bytes && table.bytes() > *table.free_bytes) {
    console.warn("the output's file system has " + in_units(*table.free_bytes) + " left");
  }
  if (table.free_inodes && table.inodes() > *table.free_inodes) {
    console.warn("the output's file system has room for " + std::to_string(*table.free_inodes) +
                 " more files and folders; --save tar makes two a slide");
  }
}

}  // namespace

void add_plan_format(CLI::App& cli, PlanFormat& format) {
  add_choice(cli, "--format", format, {{"tsv", PlanFormat::tsv}, {"json", PlanFormat::json}},
             "How the table is written.");
}

std::string plan_tsv(const PlanTable& table) {
  std::string text = "slide\tstate\treason";
  for (const auto& [name, value] : numbers_of({}, "-")) text += std::string("\t") + name;
  text += "\tfolder\n";
  for (const PlanRow& row : table.rows) {
    text += escaped(row.input.string()) + "\t" + name_of(row.state) + "\t" + escaped(row.reason);
    for (const auto& [name, value] : numbers_of(row, "-")) text += "\t" + value;
    text += "\t" + escaped(row.folder.string()) + "\n";
  }
  return text;
}

std::string plan_json(const PlanTable& table) {
  std::string text = "{\n \"slides\": [";
  const char* separator = "\n";
  for (const PlanRow& row : table.rows) {
    text += separator;
    text += "  {\"slide\": " + json_text(row.input.string()) + ", \"state\": \"" +
            name_of(row.state) + "\", \"reason\": " + json_text(row.reason) +
            ", \"fails\": " + (row.fails ? "true" : "false");
    for (const auto& [name, value] : numbers_of(row, "null")) {
      text += std::string(", \"") + name + "\": " + value;
    }
    text += ", \"folder\": " + json_text(row.folder.string()) + "}";
    separator = ",\n";
  }
  return text + "\n ],\n \"tiles\": " + std::to_string(table.tiles()) +
         ",\n \"bytes\": " + std::to_string(table.bytes()) +
         ",\n \"inodes\": " + std::to_string(table.inodes()) +
         ",\n \"free_bytes\": " + known(table.free_bytes, "null") +
         ",\n \"free_inodes\": " + known(table.free_inodes, "null") +
         ",\n \"basis\": " + json_text(table.basis) + "\n}\n";
}

int print_table(const PlanTable& table, PlanFormat format, Console& console) {
  std::cout << (format == PlanFormat::json ? plan_json(table) : plan_tsv(table));
  say_sums(table, console);
  if (table.interrupted) {
    console.error("interrupted; slides at the end are missing");
    return stop_exit_code();
  }
  return table.will_fail() ? exit_failed : exit_done;
}

}  // namespace histo::app
