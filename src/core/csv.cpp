#include "core/csv.hpp"

#include <algorithm>
#include <cmath>

#include "histo/error.hpp"

#include "core/text.hpp"

namespace histo {

namespace {

class Parser {
 public:
  Parser(std::string_view text, const std::string& source) : text_(text), source_(source) {}

  bool at_end() const { return at_ == text_.size(); }
  std::size_t line() const { return line_; }

  std::vector<std::string> row() {
    std::vector<std::string> fields;
    for (;;) {
      fields.push_back(!at_end() && text_[at_] == '"' ? quoted() : plain());
      if (at_end()) return fields;
      if (text_[at_] == ',') {
        ++at_;
        continue;
      }
      end_line();
      return fields;
    }
  }

  [[noreturn]] void fail(std::size_t line, const std::string& what) const {
    throw Error(ErrorKind::input, source_ + ": line " + std::to_string(line) + ": " + what);
  }

 private:
  std::string plain() {
    const std::size_t begin = at_;
    at_ = std::min(text_.find_first_of(",\r\n", at_), text_.size());
    return std::string(text_.substr(begin, at_ - begin));
  }

  std::string quoted() {
    const std::size_t first_line = line_;
    std::string field;
    ++at_;
    for (;;) {
      const std::size_t quote = text_.find('"', at_);
      if (quote == std::string_view::npos) fail(first_line, "a quote that never ends");
      const std::string_view part = text_.substr(at_, quote - at_);
      line_ += static_cast<std::size_t>(std::count(part.begin(), part.end(), '\n'));
      field += part;
      at_ = quote + 1;
      if (at_end() || text_[at_] != '"') break;
      field += '"';
      ++at_;
    }
    if (!at_end() && std::string_view(",\r\n").find(text_[at_]) == std::string_view::npos) {
      fail(line_, "text after a closing quote");
    }
    return field;
  }

  void end_line() {
    if (text_[at_] == '\r') ++at_;
    if (at_end() || text_[at_] != '\n') fail(line_, "a carriage return without a line feed");
    ++at_;
    ++line_;
  }

  std::string_view text_;
  const std::string& source_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
};

}  // namespace

std::string csv_field(std::string_view value) {
  if (value.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(value);
  std::string quoted = "\"";
  for (const char c : value) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::string csv_number(double value) { return std::isnan(value) ? std::string() : number(value); }

std::string csv_line(const std::vector<std::string>& fields) {
  std::string line;
  for (const std::string& field : fields) {
    if (!line.empty() || &field != fields.data()) line += ',';
    line += csv_field(field);
  }
  return line + '\n';
}

std::size_t CsvTable::column(std::string_view name) const {
  const auto found = std::find(header.begin(), header.end(), name);
  if (found != header.end()) return static_cast<std::size_t>(found - header.begin());
  std::string names;
  for (const std::string& each : header) names += (names.empty() ? "" : ", ") + each;
  const bool is_other_kind =
      header.size() == 1 && header.front().find_first_of(";\t") != std::string::npos;
  throw Error(ErrorKind::input, source + ": no column '" + std::string(name) + "', only: " + names +
                                    (is_other_kind ? "; commas must separate columns" : ""));
}

CsvTable parse_csv(std::string_view text, const std::string& source) {
  // The mark that Excel's "CSV UTF-8" begins with would be an invisible part of the first name.
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (text.substr(0, byte_order_mark.size()) == byte_order_mark) {
    text.remove_prefix(byte_order_mark.size());
  }
  if (text.empty()) throw Error(ErrorKind::input, source + ": the table is empty");
  Parser parser(text, source);
  CsvTable table;
  table.source = source;
  table.header = parser.row();
  while (!parser.at_end()) {
    const std::size_t line = parser.line();
    std::vector<std::string> row = parser.row();
    const bool is_blank = row.size() == 1 && row.front().empty() && table.header.size() > 1;
    if (is_blank && parser.at_end()) break;  // as some editors end a file
    if (row.size() != table.header.size()) {
      parser.fail(line, std::to_string(row.size()) + " fields, and the header has " +
                            std::to_string(table.header.size()));
    }
    table.rows.push_back(std::move(row));
    table.lines.push_back(line);
  }
  return table;
}

}  // namespace histo
