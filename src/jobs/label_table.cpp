#include "jobs/label_table.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <string_view>

#include "histo/error.hpp"

#include "core/csv.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "jobs/patient_table.hpp"

namespace histo {

namespace {

/// A cell of a table, for errors.
[[noreturn]] void fail(const CsvTable& table, std::size_t row, const std::string& what) {
  throw Error(ErrorKind::input,
              table.source + ": line " + std::to_string(table.lines[row]) + ": " + what);
}

std::int64_t integer(const CsvTable& table, std::size_t row, std::size_t column) {
  const std::string& text = table.rows[row][column];
  std::int64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (stop != end || error != std::errc()) {
    fail(table, row, "column " + table.header[column] + ": '" + text + "' is not a whole number");
  }
  return value;
}

bool has_column(const CsvTable& table, std::string_view name) {
  return std::find(table.header.begin(), table.header.end(), name) != table.header.end();
}

/// Unset where the options name none.
std::optional<std::size_t> column_of(const CsvTable& table, const std::string& name) {
  if (name.empty()) return std::nullopt;
  return table.column(name);
}

std::vector<std::string> names_in(const CsvTable& table, std::size_t column) {
  std::set<std::string> names;
  for (const auto& row : table.rows) names.insert(row[column]);
  names.erase("");
  return {names.begin(), names.end()};
}

std::map<std::string, std::int32_t> numbered(const std::vector<std::string>& names) {
  std::map<std::string, std::int32_t> numbers;
  for (const std::string& name : names) {
    numbers.emplace(name, static_cast<std::int32_t>(numbers.size()));
  }
  return numbers;
}

Split split_of(const CsvTable& table, std::size_t row, std::size_t column) {
  const std::string& word = table.rows[row][column];
  if (word.empty()) return Split::none;
  if (word == "train") return Split::train;
  if (word == "validation" || word == "val") return Split::validation;
  if (word == "test") return Split::test;
  fail(table, row,
       "column " + table.header[column] + ": '" + word + "' is none of train, validation and test");
}

/// "3 slides of LABELS have no folder: a, b, c"
std::string some_of(const std::vector<std::string>& names) {
  constexpr std::size_t shown = 3;
  std::string text;
  for (std::size_t i = 0; i < std::min(shown, names.size()); ++i) {
    text += (i == 0 ? "" : ", ") + names[i];
  }
  return names.size() > shown ? text + ", .." : text;
}

void add_lines(std::string& text, const char* what, const std::vector<std::string>& keys) {
  for (const std::string& key : keys) text += csv_line({what, key});
}

}  // namespace

void tell(const Unmatched& unmatched, Observer& observer) {
  const auto warn = [&observer](const std::vector<std::string>& names, const std::string& noun,
                                const std::string& what) {
    if (names.empty()) return;
    observer.warn(count_of(names.size(), noun) + " " + what + ": " + some_of(names) +
                  " (all in missing.csv)");
  };
  warn(unmatched.unknown_slides, "slide", "of the labels not among the inputs");
  warn(unmatched.unlabelled_slides, "slide", "of the inputs not in the labels");
  warn(unmatched.empty_slides, "slide", "with a label and without a row of features");
  warn(unmatched.unknown_tiles, "tile", "of the labels not among the features");
  if (unmatched.unlabelled_tiles > 0) {
    observer.note(count_of(unmatched.unlabelled_tiles, "tile") + " without a label");
  }
  if (unmatched.other_classes > 0) {
    observer.warn(
        count_of(unmatched.other_classes, "line") +
        " of the labels with a class that is none of those asked for, or that the model does not "
        "know, left out of all figures");
  }
}

std::string missing_table(const Unmatched& unmatched) {
  std::string text = csv_line({"what", "key"});
  add_lines(text, "slide without features", unmatched.unknown_slides);
  add_lines(text, "slide without labels", unmatched.unlabelled_slides);
  add_lines(text, "slide without tiles", unmatched.empty_slides);
  add_lines(text, "tile without features", unmatched.unknown_tiles);
  return text;
}

/// The table's columns, and what their words stand for.
struct LabelTable::Columns {
  std::size_t slide = 0;
  std::size_t x = 0;
  std::size_t y = 0;
  std::optional<std::size_t> label;
  std::optional<std::size_t> split;
  std::size_t group = 0;  ///< the slide's column where no other is named
  std::map<std::string, std::int32_t> class_numbers;
  std::map<std::string, std::int32_t> group_numbers;
};

LabelTable::LabelTable(const LabelOptions& options, GroupsOf groups_of) {
  CsvTable table = parse_csv(read_text(options.table), options.table.string());
  Columns columns;
  columns.slide = table.column("slide");
  columns.label = column_of(table, options.column);
  columns.split = column_of(table, options.split);
  columns.group = column_of(table, options.group).value_or(columns.slide);
  for (std::vector<std::string>& row : table.rows) {
    for (const auto& column : {columns.label, columns.split, std::optional(columns.group)}) {
      if (column && *column != columns.slide) row[*column] = std::string(known_text(row[*column]));
    }
  }
  of_tiles_ = has_column(table, "x") || has_column(table, "y");
  if (of_tiles_) {
    columns.x = table.column("x");
    columns.y = table.column("y");
  }
  classes_ = options.classes;
  if (classes_.empty() && columns.label) classes_ = names_in(table, *columns.label);
  columns.class_numbers = numbered(classes_);
  if (columns.class_numbers.size() != classes_.size()) {
    throw Error(ErrorKind::usage, "--classes must name each class once");
  }
  groups_ = names_in(table, columns.group);
  columns.group_numbers = numbered(groups_);

  std::map<std::string, std::size_t> first_rows;  // of each slide
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    const Entry entry = entry_of(table, row, columns);
    const std::string& slide = table.rows[row][columns.slide];
    const auto [first, is_new] = first_rows.emplace(slide, row);
    if (!is_new && groups_of == GroupsOf::slides) check_group(table, first->second, row, columns);
    add(table, row, columns, entry);
  }
}

LabelTable::Entry LabelTable::entry_of(const CsvTable& table, std::size_t row,
                                       const Columns& columns) {
  const std::vector<std::string>& cells = table.rows[row];
  if (cells[columns.slide].empty()) fail(table, row, "no slide");
  Entry entry;
  if (columns.label && !cells[*columns.label].empty()) {
    const auto number = columns.class_numbers.find(cells[*columns.label]);
    if (number == columns.class_numbers.end()) {
      ++other_classes_;
    } else {
      entry.label = number->second;
    }
  }
  if (cells[columns.group].empty()) {
    fail(table, row, "no '" + table.header[columns.group] + "', so that it belongs to nobody");
  }
  entry.group = columns.group_numbers.at(cells[columns.group]);
  if (columns.split) entry.split = split_of(table, row, *columns.split);
  return entry;
}

void LabelTable::check_group(const CsvTable& table, std::size_t first, std::size_t row,
                             const Columns& columns) {
  const std::string& before = table.rows[first][columns.group];
  const std::string& here = table.rows[row][columns.group];
  if (here == before) return;
  fail(table, row,
       "slide '" + table.rows[row][columns.slide] + "' is of '" + here + "' here, and of '" +
           before + "' on line " + std::to_string(table.lines[first]));
}

void LabelTable::add(const CsvTable& table, std::size_t row, const Columns& columns,
                     const Entry& entry) {
  const std::string& slide = table.rows[row][columns.slide];
  std::pair<std::int64_t, std::int64_t> place;
  if (of_tiles_) place = {integer(table, row, columns.x), integer(table, row, columns.y)};
  if (slides_[slide].emplace(place, Line{entry, false}).second) return;
  const std::string where = of_tiles_
                                ? "the tile at " + std::to_string(place.first) + ", " +
                                      std::to_string(place.second) + " of slide '" + slide + "'"
                                : "slide '" + slide + "'";
  fail(table, row, where + " stands there twice");
}

const LabelTable::Entry* LabelTable::find(const std::string& slide, const Rect& tile) {
  const auto places = slides_.find(slide);
  if (places == slides_.end()) return nullptr;
  const auto line = of_tiles_ ? places->second.find({tile.x, tile.y}) : places->second.begin();
  if (line == places->second.end()) {
    ++unlabelled_;
    return nullptr;
  }
  line->second.found = true;
  return &line->second.entry;
}

bool LabelTable::knows(const std::string& slide) const { return slides_.count(slide) > 0; }

Unmatched LabelTable::unmatched(const std::vector<std::string>& slides) const {
  Unmatched unmatched;
  const std::set<std::string> there(slides.begin(), slides.end());
  for (const auto& [slide, places] : slides_) {
    if (there.count(slide) == 0) {
      unmatched.unknown_slides.push_back(slide);
      continue;
    }
    for (const auto& [place, line] : places) {
      if (!of_tiles_ || line.found) continue;
      unmatched.unknown_tiles.push_back(slide + " " + std::to_string(place.first) + " " +
                                        std::to_string(place.second));
    }
  }
  for (const std::string& slide : there) {
    if (!knows(slide)) unmatched.unlabelled_slides.push_back(slide);
  }
  unmatched.unlabelled_tiles = unlabelled_;
  unmatched.other_classes = other_classes_;
  return unmatched;
}

}  // namespace histo
