#include "jobs/prediction_rows.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>
#include <tuple>
#include <utility>

#include "histo/error.hpp"

#include "jobs/table_rows.hpp"

namespace histo {

namespace {

/// Slide, place and size; slides numbered alike in all tables.
using Key = std::tuple<std::int32_t, std::int64_t, std::int64_t, std::int64_t, std::int64_t>;

struct KeyedRow {
  Key key;
  std::size_t row = 0;
};

bool operator<(const KeyedRow& a, const KeyedRow& b) { return a.key < b.key; }

using SlideNumbers = std::map<std::string, std::int32_t>;

SlideNumbers slide_numbers(const std::vector<NamedPredictions>& all) {
  SlideNumbers numbers;
  for (const NamedPredictions& one : all) {
    for (const std::string& slide : one.table.slides) {
      numbers.emplace(slide, static_cast<std::int32_t>(numbers.size()));
    }
  }
  return numbers;
}

std::string key_text(const PredictionTable& table, std::size_t row) {
  const std::string& slide = table.slides[table.slide[row]];
  if (table.rects.empty()) return slide;
  const Rect& rect = table.rects[row];
  return slide + " " + std::to_string(rect.x) + " " + std::to_string(rect.y);
}

/// In the order of the keys.
std::vector<KeyedRow> keyed_rows(const NamedPredictions& predictions, const SlideNumbers& numbers) {
  const PredictionTable& table = predictions.table;
  std::vector<std::int32_t> number_of;
  for (const std::string& slide : table.slides) number_of.push_back(numbers.at(slide));
  std::vector<KeyedRow> rows;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const Rect rect = table.rects.empty() ? Rect() : table.rects[row];
    rows.push_back({{number_of[table.slide[row]], rect.x, rect.y, rect.width, rect.height}, row});
  }
  std::sort(rows.begin(), rows.end());
  for (std::size_t i = 1; i < rows.size(); ++i) {
    if (rows[i - 1].key != rows[i].key) continue;
    throw Error(ErrorKind::input,
                predictions.file + ": " + key_text(table, rows[i].row) + " stands there twice");
  }
  return rows;
}

/// Rows of the first table, in its order, that all others have.
std::vector<KeyedRow> common_rows(const std::vector<std::vector<KeyedRow>>& keyed) {
  std::vector<KeyedRow> common;
  for (const std::vector<KeyedRow>& rows : keyed) {
    if (&rows == keyed.data()) {
      common = rows;
      continue;
    }
    std::vector<KeyedRow> both;
    std::set_intersection(common.begin(), common.end(), rows.begin(), rows.end(),
                          std::back_inserter(both));
    common = std::move(both);
  }
  std::sort(common.begin(), common.end(),
            [](const KeyedRow& a, const KeyedRow& b) { return a.row < b.row; });
  return common;
}

std::vector<LoneRow> lone_rows(const std::vector<NamedPredictions>& all,
                               const std::vector<std::vector<KeyedRow>>& keyed) {
  std::vector<LoneRow> lone;
  for (std::size_t i = 1; i < keyed.size(); ++i) {
    for (const auto& [from, lacking] :
         {std::pair(std::size_t{0}, i), std::pair(i, std::size_t{0})}) {
      std::vector<KeyedRow> rows;
      std::set_difference(keyed[from].begin(), keyed[from].end(), keyed[lacking].begin(),
                          keyed[lacking].end(), std::back_inserter(rows));
      for (const KeyedRow& row : rows) {
        lone.push_back({all[lacking].file, key_text(all[from].table, row.row)});
      }
    }
  }
  return lone;
}

/// What a row has by number, by name.
std::string name_of(const std::vector<std::string>& names, const std::vector<std::int32_t>& numbers,
                    std::size_t row) {
  if (numbers.empty() || numbers[row] < 0) return {};
  return names[static_cast<std::size_t>(numbers[row])];
}

[[noreturn]] void contradict(const NamedPredictions& a, const NamedPredictions& b, std::size_t row,
                             const std::string& what, const std::string& in_a,
                             const std::string& in_b) {
  throw Error(ErrorKind::input, b.file + ": the " + what + " of " + key_text(b.table, row) +
                                    " is '" + in_b + "', and '" + in_a + "' in " + a.file);
}

/// The classes that a file names; not the ones that only its truth has, where it has probabilities.
std::vector<std::string> all_classes(const std::vector<NamedPredictions>& all) {
  std::vector<std::string> classes;
  for (const NamedPredictions& one : all) {
    for (const std::string& name : one.table.classes) {
      if (std::find(classes.begin(), classes.end(), name) == classes.end()) classes.push_back(name);
    }
  }
  return classes;
}

void share_truth(std::vector<NamedPredictions>& all) {
  std::vector<std::int32_t> truth(all.front().table.rows(), -1);
  for (std::size_t row = 0; row < truth.size(); ++row) {
    const NamedPredictions* source = nullptr;
    for (const NamedPredictions& one : all) {
      if (one.table.truth.empty() || one.table.truth[row] < 0) continue;
      if (source == nullptr) {
        source = &one;
        truth[row] = one.table.truth[row];
      } else if (one.table.truth[row] != truth[row]) {
        contradict(*source, one, row, "truth",
                   name_of(source->table.classes, source->table.truth, row),
                   name_of(one.table.classes, one.table.truth, row));
      }
    }
  }
  for (NamedPredictions& one : all) one.table.truth = truth;
}

void share_groups(std::vector<NamedPredictions>& all) {
  const auto has_groups = [](const NamedPredictions& one) { return !one.table.group.empty(); };
  const auto source = std::find_if(all.begin(), all.end(), has_groups);
  if (source == all.end()) return;
  for (auto one = source + 1; one != all.end(); ++one) {
    for (std::size_t row = 0; has_groups(*one) && row < one->table.rows(); ++row) {
      const std::string before = name_of(source->table.groups, source->table.group, row);
      const std::string now = name_of(one->table.groups, one->table.group, row);
      if (now != before) contradict(*source, *one, row, "group (patient)", before, now);
    }
  }
  const std::vector<std::string> names = source->table.groups;
  const std::vector<std::int32_t> numbers = source->table.group;
  for (NamedPredictions& one : all) {
    one.table.groups = names;
    one.table.group = numbers;
  }
}

}  // namespace

PredictionTable rows_at(const PredictionTable& table, const std::vector<std::size_t>& places) {
  PredictionTable result;
  result.classes = table.classes;
  result.slides = table.slides;
  result.groups = table.groups;
  result.slide = values_at(table.slide, places);
  result.rects = values_at(table.rects, places);
  result.group = values_at(table.group, places);
  result.fold = values_at(table.fold, places);
  result.truth = values_at(table.truth, places);
  result.predicted = values_at(table.predicted, places);
  result.probabilities = values_at(table.probabilities, places);
  return result;
}

PredictionTable with_classes(const PredictionTable& table,
                             const std::vector<std::string>& classes) {
  if (classes == table.classes) return table;
  std::vector<std::size_t> place_of;
  for (const std::string& name : table.classes) {
    const auto place = std::find(classes.begin(), classes.end(), name);
    if (place == classes.end()) {
      throw Error(ErrorKind::internal, "the class " + name + " is not among the new ones");
    }
    place_of.push_back(static_cast<std::size_t>(place - classes.begin()));
  }
  const auto renumber = [&place_of](std::vector<std::int32_t>& labels) {
    for (std::int32_t& label : labels) {
      if (label >= 0) label = static_cast<std::int32_t>(place_of[static_cast<std::size_t>(label)]);
    }
  };
  PredictionTable result = table;
  result.classes = classes;
  renumber(result.truth);
  renumber(result.predicted);
  if (table.probabilities.columns == 0) return result;
  result.probabilities = DoubleMatrix(table.rows(), classes.size());
  for (std::size_t row = 0; row < table.rows(); ++row) {
    for (std::size_t c = 0; c < place_of.size(); ++c) {
      result.probabilities.at(row, place_of[c]) = table.probabilities.at(row, c);
    }
  }
  return result;
}

void check_whole(const NamedPredictions& predictions) {
  const PredictionTable& table = predictions.table;
  const auto refuse = [&](const std::vector<std::int32_t>& numbers, const std::string& what) {
    const auto none = std::find_if(numbers.begin(), numbers.end(), [](auto i) { return i < 0; });
    if (none == numbers.end()) return;
    throw Error(ErrorKind::input,
                predictions.file + ": " +
                    key_text(table, static_cast<std::size_t>(none - numbers.begin())) + " has no " +
                    what);
  };
  refuse(table.predicted, "predicted class");
  refuse(table.group, "group");
}

std::vector<LoneRow> match_rows(std::vector<NamedPredictions>& all) {
  const NamedPredictions& first = all.front();
  for (const NamedPredictions& one : all) {
    if (one.table.rects.empty() == first.table.rects.empty()) continue;
    const bool first_is_whole = first.table.rects.empty();
    throw Error(ErrorKind::input,
                (first_is_whole ? first : one).file + " holds predictions of whole slides, and " +
                    (first_is_whole ? one : first).file + " of tiles; --level slide compares them");
  }
  const SlideNumbers numbers = slide_numbers(all);
  std::vector<std::vector<KeyedRow>> keyed;
  for (const NamedPredictions& one : all) keyed.push_back(keyed_rows(one, numbers));
  const std::vector<KeyedRow> common = common_rows(keyed);
  if (common.empty()) {
    throw Error(ErrorKind::input, all.size() == 1 ? first.file + ": holds no predictions"
                                                  : "no row is in all files of predictions");
  }
  const std::vector<LoneRow> lone = lone_rows(all, keyed);
  for (std::size_t i = 0; i < all.size(); ++i) {
    std::vector<std::size_t> places;
    for (const KeyedRow& row : common) {
      places.push_back(std::lower_bound(keyed[i].begin(), keyed[i].end(), row)->row);
    }
    all[i].table = rows_at(all[i].table, places);
  }
  return lone;
}

void share_knowledge(std::vector<NamedPredictions>& all, const std::vector<std::string>& classes) {
  const std::vector<std::string> known = all_classes(all);
  for (const std::string& name : known) {
    if (classes.empty() || std::find(classes.begin(), classes.end(), name) != classes.end()) {
      continue;
    }
    throw Error(ErrorKind::usage,
                "--classes must hold all classes of the predictions; '" + name + "' is missing");
  }
  for (NamedPredictions& one : all) {
    one.table = with_classes(one.table, classes.empty() ? known : classes);
  }
  share_truth(all);
  share_groups(all);
}

}  // namespace histo
