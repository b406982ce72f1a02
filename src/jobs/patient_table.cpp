#include "jobs/patient_table.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <string_view>
#include <system_error>

#include "histo/error.hpp"

#include "core/files.hpp"
#include "core/text.hpp"

namespace histo {

namespace {

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool is_missing(std::string_view cell) {
  constexpr std::array<std::string_view, 4> words{"", "na", "n/a", "nan"};
  std::string lower;
  for (const char letter : cell) {
    const bool is_capital = letter >= 'A' && letter <= 'Z';
    lower += is_capital ? static_cast<char>(letter - 'A' + 'a') : letter;
  }
  return std::find(words.begin(), words.end(), lower) != words.end();
}

bool matches(std::string_view name, std::string_view pattern) {
  if (pattern.empty()) return name.empty();
  if (pattern.front() != '*') {
    return !name.empty() && name.front() == pattern.front() &&
           matches(name.substr(1), pattern.substr(1));
  }
  for (std::size_t skipped = 0; skipped <= name.size(); ++skipped) {
    if (matches(name.substr(skipped), pattern.substr(1))) return true;
  }
  return false;
}

}  // namespace

PatientTable::PatientTable(const std::filesystem::path& file, const std::string& key_column)
    : table_(parse_csv(read_text(file), file.string())) {
  const std::size_t column = table_.column(key_column);
  std::map<std::string, std::size_t> lines;
  for (std::size_t i = 0; i < table_.rows.size(); ++i) {
    const std::string key(trimmed(table_.rows[i][column]));
    if (key.empty()) fail(i, key_column, "is empty, and each line needs its key");
    const auto [known, is_new] = lines.emplace(key, table_.lines[i]);
    if (!is_new) {
      fail(i, key_column,
           "'" + key + "' stands in line " + std::to_string(known->second) +
               " already; each key may have one line");
    }
    keys_.push_back(key);
  }
  if (keys_.empty()) throw Error(ErrorKind::input, table_.source + ": has a header and no line");
}

bool PatientTable::has(const std::string& column) const {
  return std::find(table_.header.begin(), table_.header.end(), column) != table_.header.end();
}

void PatientTable::fail(std::size_t row, const std::string& column, const std::string& what) const {
  throw Error(ErrorKind::input, table_.source + ": line " + std::to_string(table_.lines[row]) +
                                    ", column " + column + ": " + what);
}

std::vector<double> PatientTable::numbers(const std::string& column) const {
  const std::size_t place = table_.column(column);
  std::vector<double> values;
  for (std::size_t i = 0; i < rows(); ++i) {
    std::string_view cell = known_text(table_.rows[i][place]);
    double value = std::numeric_limits<double>::quiet_NaN();
    if (!cell.empty()) {
      if (cell.front() == '+') cell.remove_prefix(1);
      const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
      if (error != std::errc() || end != cell.data() + cell.size()) {
        fail(i, column,
             "'" + std::string(cell) + "' is no number; classes are given as columns of 0 and 1");
      }
      if (!std::isfinite(value)) fail(i, column, "'" + std::string(cell) + "' is not finite");
    }
    values.push_back(value);
  }
  return values;
}

std::vector<double> PatientTable::times(const std::string& column) const {
  std::vector<double> values = numbers(column);
  for (std::size_t i = 0; i < rows(); ++i) {
    if (values[i] < 0.0) fail(i, column, "a time must be at least 0, got " + number(values[i]));
  }
  return values;
}

std::vector<double> PatientTable::events(const std::string& column) const {
  const std::vector<std::string> cells = texts(column);
  std::vector<double> values;
  for (std::size_t i = 0; i < rows(); ++i) {
    const std::string& cell = cells[i];
    const bool came = cell == "1" || cell == "1.0";
    if (!came && !cell.empty() && cell != "0" && cell != "0.0") {
      fail(i, column,
           "'" + cell +
               "' is neither 1, the event came at that time, nor 0, it had not "
               "come by then");
    }
    values.push_back(cell.empty() ? std::numeric_limits<double>::quiet_NaN() : came ? 1.0 : 0.0);
  }
  return values;
}

std::vector<std::string> PatientTable::texts(const std::string& column) const {
  const std::size_t place = table_.column(column);
  std::vector<std::string> values;
  for (const std::vector<std::string>& row : table_.rows) {
    values.emplace_back(known_text(row[place]));
  }
  return values;
}

std::string_view known_text(std::string_view cell) {
  const std::string_view text = trimmed(cell);
  return is_missing(text) ? std::string_view() : text;
}

std::string missing_cells_table(const std::vector<MissingCell>& missing) {
  std::string text = csv_line({"key", "column"});
  for (const MissingCell& cell : missing) text += csv_line({cell.key, cell.column});
  return text;
}

std::string first_names(const std::vector<std::string>& names, std::size_t most) {
  std::string text;
  for (std::size_t i = 0; i < std::min(most, names.size()); ++i) {
    text += (text.empty() ? "" : ", ") + names[i];
  }
  if (names.size() > most) text += " and " + std::to_string(names.size() - most) + " more";
  return text;
}

std::vector<std::string> matching_columns(const std::vector<std::string>& columns,
                                          const std::vector<std::string>& patterns) {
  std::vector<std::string> found;
  for (const std::string& column : columns) {
    const bool is_wanted =
        std::any_of(patterns.begin(), patterns.end(),
                    [&column](const std::string& pattern) { return matches(column, pattern); });
    if (is_wanted) found.push_back(column);
  }
  return found;
}

}  // namespace histo
