#pragma once
/// Comma-separated values by RFC 4180, with "\n" at the end of each line when writing, "\n" or
/// "\r\n" when reading.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace histo {

/// A field as it stands in a file: quoted where it holds a comma, a quote or a line break.
std::string csv_field(std::string_view value);

/// The shortest digits that read back as the same value; nothing for a NaN.
std::string csv_number(double value);

/// One line with its "\n".
std::string csv_line(const std::vector<std::string>& fields);

/// A table with a header. All rows have as many fields as the header.
struct CsvTable {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;
  std::vector<std::size_t> lines;  ///< the line of the file, from 1, on which each row begins

  /// The column's index. Throws Error(input) that names `name`, the table's source and the columns
  /// there are.
  std::size_t column(std::string_view name) const;
  std::string source;
};

/// UTF-8, with or without the mark of its byte order. Throws Error(input) that starts with `source`
/// and names the line: a quote that never ends, text
/// after a closing quote, a row of another length than the header, an empty text.
CsvTable parse_csv(std::string_view text, const std::string& source);

}  // namespace histo
