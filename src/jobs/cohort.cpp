#include "jobs/cohort.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <utility>

#include "histo/error.hpp"

namespace histo {

namespace {

/// Removes the names that stand in `taken`.
std::vector<std::string> without(const std::vector<std::string>& names,
                                 const std::vector<std::string>& taken) {
  std::vector<std::string> left;
  for (const std::string& name : names) {
    if (std::find(taken.begin(), taken.end(), name) == taken.end()) left.push_back(name);
  }
  return left;
}

/// The cells of each line as far as they have been read, and which lines are complete.
class Lines {
 public:
  explicit Lines(const PatientTable& table) : table_(table), complete_(table.rows(), true) {}

  std::vector<double> numbers(const std::string& column) {
    return checked(column, table_.numbers(column));
  }
  std::vector<double> times(const std::string& column) {
    return checked(column, table_.times(column));
  }
  std::vector<double> events(const std::string& column) {
    return checked(column, table_.events(column));
  }
  /// A line in which one of them is missing is named, and stays; its time is NaN.
  SurvivalTimes further_outcomes(const std::string& time, const std::string& event) {
    SurvivalTimes outcomes;
    outcomes.times = table_.times(time);
    const std::vector<double> events = table_.events(event);
    for (std::size_t i = 0; i < events.size(); ++i) {
      if (std::isnan(outcomes.times[i])) name(i, time);
      if (std::isnan(events[i])) {
        name(i, event);
        outcomes.times[i] = events[i];
      }
      outcomes.events.push_back(events[i] > 0.0 ? 1 : 0);
    }
    return outcomes;
  }
  std::vector<std::string> texts(const std::string& column) {
    std::vector<std::string> values = table_.texts(column);
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (values[i].empty()) miss(i, column);
    }
    return values;
  }
  /// A line in which it is missing is named, and stays.
  std::vector<std::string> further_texts(const std::string& column) {
    std::vector<std::string> values = table_.texts(column);
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (values[i].empty()) name(i, column);
    }
    return values;
  }

  /// The complete ones.
  std::vector<std::size_t> places() const {
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < complete_.size(); ++i) {
      if (complete_[i]) places.push_back(i);
    }
    return places;
  }
  std::vector<MissingCell> missing() const { return missing_; }
  std::vector<MissingCell> lacking() const { return lacking_; }

 private:
  std::vector<double> checked(const std::string& column, std::vector<double> values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (std::isnan(values[i])) miss(i, column);
    }
    return values;
  }
  void miss(std::size_t line, const std::string& column) {
    complete_[line] = false;
    lacking_.push_back({table_.keys()[line], column});
    name(line, column);
  }
  void name(std::size_t line, const std::string& column) {
    missing_.push_back({table_.keys()[line], column});
  }

  const PatientTable& table_;
  std::vector<bool> complete_;
  std::vector<MissingCell> missing_;
  std::vector<MissingCell> lacking_;  ///< for which a line is not complete
};

DoubleMatrix matrix_of(Lines& lines, std::size_t rows, const std::vector<std::string>& columns) {
  DoubleMatrix matrix(rows, columns.size());
  for (std::size_t j = 0; j < columns.size(); ++j) {
    const std::vector<double> values = lines.numbers(columns[j]);
    for (std::size_t i = 0; i < rows; ++i) matrix.at(i, j) = values[i];
  }
  return matrix;
}

/// A clinical column that says the outcome, or who is tried on, makes a model that knows the
/// answer.
void check_clinical(const SurvivalJobOptions& options) {
  const std::vector<std::pair<std::string, std::string>> taken{
      {"--time", options.time},   {"--event", options.event}, {"--key", options.key},
      {"--group", options.group}, {"--split", options.split}, {"--strata", options.strata}};
  std::set<std::string> seen;
  for (const std::string& column : options.clinical) {
    for (const auto& [option, other] : taken) {
      if (column != other) continue;
      throw Error(ErrorKind::usage, "--clinical-columns names " + column +
                                        ", which is the column of " + option +
                                        " and can be no covariate");
    }
    if (!seen.insert(column).second) {
      throw Error(ErrorKind::usage, "--clinical-columns names " + column + " twice");
    }
  }
}

std::vector<CohortPart> parts_of(const PatientTable& table, const std::string& column) {
  std::vector<CohortPart> parts;
  const std::vector<std::string> words = table.texts(column);
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] != "train" && words[i] != "test" && !words[i].empty()) {
      throw Error(ErrorKind::input, table.cells().source + ": line " +
                                        std::to_string(table.cells().lines[i]) + ", column " +
                                        column + ": '" + words[i] +
                                        "' is neither train, test nor empty");
    }
    parts.push_back(words[i] == "train"  ? CohortPart::train
                    : words[i] == "test" ? CohortPart::test
                                         : CohortPart::none);
  }
  return parts;
}

void number_groups(Cohort& cohort, const std::vector<std::string>& names) {
  const std::set<std::string> known(names.begin(), names.end());
  cohort.groups.assign(known.begin(), known.end());
  for (const std::string& name : names) {
    const auto place = std::lower_bound(cohort.groups.begin(), cohort.groups.end(), name);
    cohort.group.push_back(static_cast<std::int32_t>(place - cohort.groups.begin()));
  }
}

}  // namespace

std::size_t Cohort::events() const {
  return std::accumulate(survival.events.begin(), survival.events.end(), std::size_t{0});
}

double Cohort::median_event_time() const {
  std::vector<double> times;
  for (std::size_t i = 0; i < survival.times.size(); ++i) {
    if (survival.events[i] == 1) times.push_back(survival.times[i]);
  }
  return median(times);
}

CohortColumns columns_of(const SurvivalJobOptions& options, const PatientTable& table) {
  check_clinical(options);
  CohortColumns columns;
  columns.key = options.key;
  columns.time = options.time;
  columns.event = options.event;
  columns.clinical = options.clinical;
  columns.group = options.group;
  columns.split = options.split;
  columns.strata = options.strata;
  if (options.clusters != SurvivalJobOptions::default_clusters()) {
    for (const std::string& pattern : options.clusters) {
      if (!matching_columns(table.columns(), {pattern}).empty()) continue;
      throw Error(ErrorKind::usage, "--cluster-columns '" + pattern + "' names no column of " +
                                        table.cells().source + ", which has " +
                                        first_names(table.columns(), 20));
    }
  }
  const std::vector<std::string> taken{options.key,   options.time,  options.event,
                                       options.group, options.split, options.strata};
  columns.clusters = without(without(matching_columns(table.columns(), options.clusters), taken),
                             options.clinical);
  return columns;
}

Cohort read_cohort(const PatientTable& table, const CohortColumns& columns) {
  Lines lines(table);
  Cohort cohort;
  cohort.lines = table.rows();
  cohort.keys = table.keys();
  cohort.has_times = !columns.time.empty();
  if (cohort.has_times && columns.outcomes_may_miss) {
    cohort.survival = lines.further_outcomes(columns.time, columns.event);
  } else if (cohort.has_times) {
    cohort.survival.times = lines.times(columns.time);
    for (const double event : lines.events(columns.event)) {
      cohort.survival.events.push_back(event > 0.0 ? 1 : 0);
    }
  }
  cohort.clinical_names = columns.clinical;
  cohort.cluster_names = columns.clusters;
  cohort.clinical = matrix_of(lines, table.rows(), columns.clinical);
  cohort.clusters = matrix_of(lines, table.rows(), columns.clusters);
  number_groups(cohort, columns.group.empty() ? table.keys() : lines.texts(columns.group));
  cohort.part = columns.split.empty() ? std::vector<CohortPart>(table.rows(), CohortPart::none)
                                      : parts_of(table, columns.split);
  if (!columns.strata.empty()) cohort.strata = lines.further_texts(columns.strata);
  cohort.missing = lines.missing();
  cohort.lacking = lines.lacking();
  const std::vector<std::size_t> complete = lines.places();
  if (complete.empty()) {
    throw Error(ErrorKind::input, table.cells().source + ": no patient has all of the columns; " +
                                      cohort.lacking.front().column + " is missing of " +
                                      cohort.lacking.front().key);
  }
  return patients_at(cohort, complete);
}

Cohort patients_at(const Cohort& cohort, const std::vector<std::size_t>& places) {
  Cohort some;
  some.groups = cohort.groups;
  some.has_times = cohort.has_times;
  some.clinical_names = cohort.clinical_names;
  some.cluster_names = cohort.cluster_names;
  some.lines = cohort.lines;
  some.missing = cohort.missing;
  some.lacking = cohort.lacking;
  const auto add = [](DoubleMatrix& to, const DoubleMatrix& from, std::size_t row) {
    to.columns = from.columns;
    to.values.insert(to.values.end(), from.row(row), from.row(row) + from.columns);
    ++to.rows;
  };
  for (const std::size_t place : places) {
    some.keys.push_back(cohort.keys[place]);
    some.group.push_back(cohort.group[place]);
    some.part.push_back(cohort.part[place]);
    if (cohort.has_times) {
      some.survival.times.push_back(cohort.survival.times[place]);
      some.survival.events.push_back(cohort.survival.events[place]);
    }
    if (!cohort.strata.empty()) some.strata.push_back(cohort.strata[place]);
    add(some.clinical, cohort.clinical, place);
    add(some.clusters, cohort.clusters, place);
  }
  return some;
}

DoubleMatrix columns_at(const DoubleMatrix& first, const std::vector<std::size_t>& of_first,
                        const DoubleMatrix& second, const std::vector<std::size_t>& of_second) {
  DoubleMatrix some(first.rows, of_first.size() + of_second.size());
  for (std::size_t i = 0; i < some.rows; ++i) {
    std::size_t column = 0;
    for (const std::size_t j : of_first) some.at(i, column++) = first.at(i, j);
    for (const std::size_t j : of_second) some.at(i, column++) = second.at(i, j);
  }
  return some;
}

}  // namespace histo
