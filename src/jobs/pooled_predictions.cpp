// Predictions of slides and patients from those of their tiles.

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "histo/error.hpp"
#include "histo/probe.hpp"

#include "jobs/prediction_rows.hpp"
#include "jobs/score_summary.hpp"

namespace histo {

namespace {

constexpr std::int32_t unknown = -1;

/// What rows are pooled to: the unit of each row, and what one of them is called.
struct Units {
  std::string noun;
  const std::vector<std::string>& names;
  std::vector<std::size_t> of_row;
};

Units slides_of(const PredictionTable& table) {
  return {"slide", table.slides, {table.slide.begin(), table.slide.end()}};
}

void check_groups(const PredictionTable& table) {
  for (std::size_t row = 0; row < table.group.size(); ++row) {
    if (table.group[row] != unknown) continue;
    throw Error(ErrorKind::input, "a row of the slide " + table.slides[table.slide[row]] +
                                      " has no group (patient), and others have");
  }
}

Units patients_of(const PredictionTable& table) {
  if (table.group.empty()) {
    throw Error(ErrorKind::input, "the predictions have no groups (patients) to be pooled by");
  }
  check_groups(table);
  Units units{"group (patient)", table.groups, {}};
  for (const std::int32_t group : table.group) {
    units.of_row.push_back(static_cast<std::size_t>(group));
  }
  return units;
}

/// The unit whose rows differ in what they have in `values`, -1 aside; none: all agree.
std::optional<std::size_t> first_mixed(const std::vector<std::size_t>& of_row,
                                       const std::vector<std::int32_t>& values) {
  std::map<std::size_t, std::int32_t> known;
  std::set<std::size_t> mixed;
  for (std::size_t row = 0; row < values.size(); ++row) {
    if (values[row] == unknown) continue;
    const auto [place, is_new] = known.emplace(of_row[row], values[row]);
    if (!is_new && place->second != values[row]) mixed.insert(of_row[row]);
  }
  if (mixed.empty()) return std::nullopt;
  return *mixed.begin();
}

std::string mixed_truth(const PredictionTable& table, const Units& units) {
  const std::optional<std::size_t> unit = first_mixed(units.of_row, table.truth);
  if (!unit) return {};
  std::set<std::int32_t> found;
  for (std::size_t row = 0; row < table.truth.size(); ++row) {
    if (units.of_row[row] == *unit && table.truth[row] != unknown) found.insert(table.truth[row]);
  }
  const auto second = std::next(found.begin());
  return "the " + units.noun + " " + units.names[*unit] + " has tiles of the classes " +
         table.classes[static_cast<std::size_t>(*found.begin())] + " and " +
         table.classes[static_cast<std::size_t>(*second)] +
         ", so that it has no class of its own to be compared with";
}

/// The value that each unit's rows share; -1 where they have none or several.
std::vector<std::int32_t> shared_values(const std::vector<std::size_t>& of_row,
                                        const std::vector<std::int32_t>& values,
                                        std::size_t units) {
  std::vector<std::int32_t> result(units, unknown);
  std::vector<bool> differs(units);
  for (std::size_t row = 0; row < values.size(); ++row) {
    std::int32_t& shared = result[of_row[row]];
    if (values[row] == unknown) continue;
    if (shared != unknown && shared != values[row]) differs[of_row[row]] = true;
    shared = values[row];
  }
  for (std::size_t i = 0; i < units; ++i) {
    if (differs[i]) result[i] = unknown;
  }
  return result;
}

/// Means of the rows' probabilities, or the shares of the classes they were given.
DoubleMatrix means_of(const PredictionTable& table, const std::vector<std::size_t>& place_of_row,
                      std::size_t units) {
  const std::size_t classes = table.classes.size();
  const bool has_probabilities = table.probabilities.columns > 0;
  DoubleMatrix means(units, classes);
  std::vector<double> counts(units);
  for (std::size_t row = 0; row < table.rows(); ++row) {
    double* const mean = means.row(place_of_row[row]);
    counts[place_of_row[row]] += 1.0;
    if (!has_probabilities) {
      if (table.predicted[row] == unknown) {
        throw Error(ErrorKind::input, "a row of the slide " + table.slides[table.slide[row]] +
                                          " has no predicted class");
      }
      mean[static_cast<std::size_t>(table.predicted[row])] += 1.0;
      continue;
    }
    for (std::size_t c = 0; c < classes; ++c) mean[c] += table.probabilities.at(row, c);
  }
  for (std::size_t i = 0; i < means.values.size(); ++i) means.values[i] /= counts[i / classes];
  return means;
}

PredictionTable pooled(const PredictionTable& table, const Units& units) {
  const std::string problem = mixed_truth(table, units);
  if (!problem.empty()) throw Error(ErrorKind::input, problem);
  if (const auto mixed = first_mixed(units.of_row, table.group)) {
    throw Error(ErrorKind::input, "the " + units.noun + " " + units.names[*mixed] +
                                      " lies in two groups (patients) of the predictions");
  }
  std::vector<std::size_t> present = units.of_row;
  std::sort(present.begin(), present.end());
  present.erase(std::unique(present.begin(), present.end()), present.end());
  std::vector<std::size_t> places;
  for (const std::size_t unit : units.of_row) {
    const auto found = std::lower_bound(present.begin(), present.end(), unit);
    places.push_back(static_cast<std::size_t>(found - present.begin()));
  }
  PredictionTable result;
  result.classes = table.classes;
  result.slides = units.names;
  result.groups = table.groups;
  for (const std::size_t unit : present) result.slide.push_back(static_cast<std::uint32_t>(unit));
  if (!table.group.empty()) result.group = shared_values(places, table.group, present.size());
  if (!table.truth.empty()) result.truth = shared_values(places, table.truth, present.size());
  if (!table.fold.empty()) result.fold = shared_values(places, table.fold, present.size());
  result.probabilities = means_of(table, places, present.size());
  result.predicted = largest_classes(result.probabilities);
  return result;
}

}  // namespace

std::string mixed_slide(const PredictionTable& table) {
  return mixed_truth(table, slides_of(table));
}

std::string mixed_group(const PredictionTable& table) {
  return mixed_truth(table, patients_of(table));
}

PredictionTable by_slide(const PredictionTable& table) { return pooled(table, slides_of(table)); }

PredictionTable by_group(const PredictionTable& table) { return pooled(table, patients_of(table)); }

PredictionTable known_rows(const PredictionTable& table) {
  std::vector<std::size_t> kept;
  for (std::size_t row = 0; row < table.truth.size(); ++row) {
    if (table.truth[row] != unknown) kept.push_back(row);
  }
  return kept.size() == table.rows() ? table : rows_at(table, kept);
}

Predictions predictions_of(const PredictionTable& table) {
  return {table.classes.size(), table.truth, table.predicted, table.probabilities};
}

std::vector<std::int32_t> groups_of(const PredictionTable& table) {
  check_groups(table);
  if (!table.group.empty()) return table.group;
  return {table.slide.begin(), table.slide.end()};
}

}  // namespace histo
