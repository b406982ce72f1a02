#pragma once
/// A table of patients with columns that are read as what they are.

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/csv.hpp"

namespace histo {

/// What a table does not say of a patient.
struct MissingCell {
  std::string key;
  std::string column;
};

/// A cell without spaces around it; empty where it is missing: nothing, or "NA", "N/A" or "NaN" in
/// letters of any size, as R and pandas write it.
std::string_view known_text(std::string_view cell);

/// A CSV with a header and one line a patient, or slide, whose cells are `known_text`.
class PatientTable {
 public:
  /// Throws Error(input) naming the file, the line and what is wrong: no column of that name, a
  /// line without a key, a key twice, no line at all.
  PatientTable(const std::filesystem::path& file, const std::string& key_column);

  std::size_t rows() const { return keys_.size(); }
  const std::vector<std::string>& keys() const { return keys_; }
  const std::vector<std::string>& columns() const { return table_.header; }
  bool has(const std::string& column) const;
  const CsvTable& cells() const { return table_; }

  /// One value a line; NaN where it is missing. All throw Error(input) naming the file, the line
  /// and the column: a text that is no number, or an infinite one.
  std::vector<double> numbers(const std::string& column) const;
  /// Those that are below 0 are refused, too.
  std::vector<double> times(const std::string& column) const;
  /// 0 and 1 alone.
  std::vector<double> events(const std::string& column) const;
  /// As they stand there, without spaces around; empty where missing.
  std::vector<std::string> texts(const std::string& column) const;

 private:
  [[noreturn]] void fail(std::size_t row, const std::string& column, const std::string& what) const;

  CsvTable table_;
  std::vector<std::string> keys_;
};

/// missing.csv of an analysis of patients: columns key, column.
std::string missing_cells_table(const std::vector<MissingCell>& missing);

/// "a, b, c and 4 more"
std::string first_names(const std::vector<std::string>& names, std::size_t most = 3);

/// The columns that one of the patterns names, in the table's order; "*" stands for any letters.
std::vector<std::string> matching_columns(const std::vector<std::string>& columns,
                                          const std::vector<std::string>& patterns);

}  // namespace histo
