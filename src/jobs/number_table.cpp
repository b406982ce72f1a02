#include "jobs/number_table.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "histo/error.hpp"

#include "core/csv.hpp"
#include "core/files.hpp"
#include "jobs/table_rows.hpp"

namespace histo {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

[[noreturn]] void fail(const CsvTable& table, std::size_t row, std::size_t column,
                       const std::string& what) {
  throw Error(ErrorKind::input, table.source + ": line " + std::to_string(table.lines[row]) +
                                    ": column " + table.header[column] + ": '" +
                                    table.rows[row][column] + "' is not " + what);
}

template <class Value>
Value value_at(const CsvTable& table, std::size_t row, std::size_t column, const char* what) {
  const std::string& text = table.rows[row][column];
  const char* const end = text.data() + text.size();
  Value value{};
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (stop != end || error != std::errc() || !std::isfinite(static_cast<double>(value))) {
    fail(table, row, column, what);
  }
  return value;
}

void append_names(std::vector<std::string>& names, const std::string& prefix,
                  const std::vector<std::string>& targets) {
  for (const std::string& target : targets) names.push_back(prefix + target);
}

std::vector<std::string> header_of(const Regressed& block) {
  std::vector<std::string> names{"slide"};
  if (!block.rects.empty()) names.insert(names.end(), {"x", "y", "w", "h"});
  if (!block.group.empty()) names.emplace_back("group");
  if (!block.fold.empty()) names.emplace_back("fold");
  if (block.truth.columns > 0) append_names(names, "truth=", block.targets);
  append_names(names, "predicted=", block.targets);
  return names;
}

std::vector<std::string> cells_of(const Regressed& block, std::size_t row) {
  std::vector<std::string> cells{block.slides[block.slide[row]]};
  if (!block.rects.empty()) {
    const Rect& rect = block.rects[row];
    for (const std::int64_t value : {rect.x, rect.y, rect.width, rect.height}) {
      cells.push_back(std::to_string(value));
    }
  }
  if (!block.group.empty()) {
    const std::int32_t group = block.group[row];
    cells.push_back(group < 0 ? "" : block.groups[static_cast<std::size_t>(group)]);
  }
  if (!block.fold.empty()) cells.push_back(std::to_string(block.fold[row]));
  for (std::size_t t = 0; t < block.truth.columns; ++t)
    cells.push_back(csv_number(block.truth.at(row, t)));
  for (std::size_t t = 0; t < block.predicted.columns; ++t) {
    cells.push_back(csv_number(block.predicted.at(row, t)));
  }
  return cells;
}

/// Sums and counts of the numbers that there are, NaN where there is none.
struct Means {
  DoubleMatrix sums;
  DoubleMatrix counts;

  Means(std::size_t rows, std::size_t columns) : sums(rows, columns), counts(rows, columns) {}

  void add(std::size_t to, const double* values) {
    for (std::size_t t = 0; t < sums.columns; ++t) {
      if (std::isnan(values[t])) continue;
      sums.at(to, t) += values[t];
      counts.at(to, t) += 1.0;
    }
  }

  DoubleMatrix take() {
    for (std::size_t i = 0; i < sums.values.size(); ++i) {
      sums.values[i] = counts.values[i] > 0.0 ? sums.values[i] / counts.values[i] : nan;
    }
    return std::move(sums);
  }
};

}  // namespace

NumberTable::NumberTable(const std::filesystem::path& file,
                         const std::vector<std::string>& columns) {
  const CsvTable table = parse_csv(read_text(file), file.string());
  const std::size_t slide = table.column("slide");
  std::vector<std::size_t> targets;
  for (const std::string& name : columns) targets.push_back(table.column(name));
  const auto named = [&table](const char* name) {
    return std::find(table.header.begin(), table.header.end(), name) != table.header.end();
  };
  of_tiles_ = named("x") || named("y");
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    const auto is_empty = [&](std::size_t column) { return table.rows[row][column].empty(); };
    if (std::any_of(targets.begin(), targets.end(), is_empty)) {
      ++incomplete_;
      continue;
    }
    std::vector<double> values;
    for (const std::size_t column : targets) {
      values.push_back(value_at<double>(table, row, column, "a finite number"));
    }
    Place place;
    if (of_tiles_) {
      place = {value_at<std::int64_t>(table, row, table.column("x"), "a whole number"),
               value_at<std::int64_t>(table, row, table.column("y"), "a whole number")};
    }
    slides_[table.rows[row][slide]].emplace(place, std::move(values));
  }
}

const std::vector<double>* NumberTable::find(const std::string& slide, const Rect& tile) const {
  const auto places = slides_.find(slide);
  if (places == slides_.end()) return nullptr;
  const auto line = places->second.find(of_tiles_ ? Place(tile.x, tile.y) : Place());
  return line == places->second.end() ? nullptr : &line->second;
}

void RegressionWriter::append(const Regressed& block) {
  if (!has_header_) file_.write(csv_line(header_of(block)));
  has_header_ = true;
  std::string text;
  for (std::size_t row = 0; row < block.rows(); ++row) text += csv_line(cells_of(block, row));
  file_.write(text);
}

void append_rows(Regressed& table, const Regressed& rows) {
  append(table.slide, rows.slide);
  append(table.rects, rows.rects);
  append(table.group, rows.group);
  append(table.fold, rows.fold);
  append(table.truth, rows.truth);
  append(table.predicted, rows.predicted);
}

Regressed rows_at(const Regressed& table, const std::vector<std::size_t>& places) {
  Regressed result;
  result.targets = table.targets;
  result.slides = table.slides;
  result.groups = table.groups;
  result.slide = values_at(table.slide, places);
  result.rects = values_at(table.rects, places);
  result.group = values_at(table.group, places);
  result.fold = values_at(table.fold, places);
  result.truth = values_at(table.truth, places);
  result.predicted = values_at(table.predicted, places);
  return result;
}

Regressed known_rows(const Regressed& table) {
  std::vector<std::size_t> places;
  for (std::size_t row = 0; row < table.truth.rows; ++row) {
    const double* const truth = table.truth.row(row);
    const auto is_nan = [](double value) { return std::isnan(value); };
    if (std::none_of(truth, truth + table.truth.columns, is_nan)) places.push_back(row);
  }
  return rows_at(table, places);
}

Regressed by_slide(const Regressed& table) {
  std::map<std::uint32_t, std::size_t> first_row;
  for (std::size_t row = 0; row < table.rows(); ++row) first_row.emplace(table.slide[row], row);
  std::vector<std::size_t> first;
  std::map<std::uint32_t, std::size_t> place_of;
  for (const auto& [slide, row] : first_row) {
    place_of[slide] = first.size();
    first.push_back(row);
  }
  Means truth(first.size(), table.truth.columns);
  Means predicted(first.size(), table.predicted.columns);
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const std::size_t place = place_of[table.slide[row]];
    if (table.truth.columns > 0) truth.add(place, table.truth.row(row));
    predicted.add(place, table.predicted.row(row));
  }
  // A slide's tiles are of one group and one fold.
  Regressed result = rows_at(table, first);
  result.rects.clear();
  if (table.truth.columns > 0) result.truth = truth.take();
  result.predicted = predicted.take();
  return result;
}

}  // namespace histo
