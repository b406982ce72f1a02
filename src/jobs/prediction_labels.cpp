#include "jobs/prediction_labels.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "histo/error.hpp"

namespace histo {

namespace {

/// What the labels say of the rows, in their order; nullptr: nothing.
std::vector<const LabelTable::Entry*> entries_of(const PredictionTable& table, LabelTable& labels) {
  std::vector<const LabelTable::Entry*> entries;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const Rect place = table.rects.empty() ? Rect() : table.rects[row];
    entries.push_back(labels.find(table.slides[table.slide[row]], place));
  }
  return entries;
}

/// The group of each slide of the table; -1: not known.
std::vector<std::int32_t> groups_of_slides(const PredictionTable& table,
                                           const std::vector<const LabelTable::Entry*>& entries) {
  std::vector<std::int32_t> groups(table.slides.size(), -1);
  for (std::size_t row = 0; row < entries.size(); ++row) {
    if (entries[row] != nullptr) groups[table.slide[row]] = entries[row]->group;
  }
  return groups;
}

/// The classes of the predictions and those further ones that a row truly has.
std::vector<std::string> classes_with(const PredictionTable& table, const LabelTable& labels,
                                      const std::vector<const LabelTable::Entry*>& entries) {
  std::vector<bool> seen(labels.classes().size());
  for (const LabelTable::Entry* entry : entries) {
    if (entry != nullptr && entry->label >= 0) seen[static_cast<std::size_t>(entry->label)] = true;
  }
  std::vector<std::string> classes = table.classes;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    const std::string& name = labels.classes()[i];
    const bool is_new = std::find(classes.begin(), classes.end(), name) == classes.end();
    if (seen[i] && is_new) classes.push_back(name);
  }
  return classes;
}

std::size_t set_truth(PredictionTable& table, const LabelTable& labels,
                      const std::vector<const LabelTable::Entry*>& entries) {
  std::map<std::string, std::int32_t> place_of;
  for (const std::string& name : table.classes) {
    place_of.emplace(name, static_cast<std::int32_t>(place_of.size()));
  }
  std::vector<std::int32_t> truth(table.rows(), -1);
  std::size_t corrected = 0;
  for (std::size_t row = 0; row < truth.size(); ++row) {
    if (entries[row] == nullptr || entries[row]->label < 0) continue;
    truth[row] = place_of.at(labels.classes()[static_cast<std::size_t>(entries[row]->label)]);
    const bool had_one = !table.truth.empty() && table.truth[row] >= 0;
    if (had_one && table.truth[row] != truth[row]) ++corrected;
  }
  table.truth = std::move(truth);
  return corrected;
}

}  // namespace

LabelledPredictions label_predictions(NamedPredictions& predictions, const LabelOptions& options) {
  PredictionTable& table = predictions.table;
  LabelTable labels(options, GroupsOf::tiles);
  if (labels.of_tiles() && table.rects.empty()) {
    throw Error(ErrorKind::input, predictions.file + " holds predictions of whole slides, and " +
                                      options.table.string() + " labels of tiles");
  }
  LabelledPredictions result;
  std::vector<const LabelTable::Entry*> entries = entries_of(table, labels);
  result.unmatched = labels.unmatched(table.slides);

  const std::vector<std::int32_t> groups = groups_of_slides(table, entries);
  std::vector<std::size_t> kept;
  for (std::size_t row = 0; row < entries.size(); ++row) {
    const bool is_known = groups[table.slide[row]] >= 0;
    const bool is_test =
        options.split.empty() || (entries[row] != nullptr && entries[row]->split == Split::test);
    result.unknown += is_known ? 0 : 1;
    result.not_test += is_known && !is_test ? 1 : 0;
    if (is_known && is_test) kept.push_back(row);
  }
  if (kept.empty()) {
    throw Error(ErrorKind::input,
                predictions.file + ": " + options.table.string() +
                    " says nothing of any of its rows" +
                    (result.not_test > 0 ? " that is of the split \"test\"" : ""));
  }
  std::vector<const LabelTable::Entry*> kept_entries;
  for (const std::size_t row : kept) kept_entries.push_back(entries[row]);
  table = rows_at(table, kept);
  table = with_classes(table, classes_with(table, labels, kept_entries));
  result.corrected = set_truth(table, labels, kept_entries);
  if (options.group.empty()) return result;
  table.groups = labels.groups();
  table.group.clear();
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const LabelTable::Entry* const entry = kept_entries[row];
    table.group.push_back(entry == nullptr ? groups[table.slide[row]] : entry->group);
  }
  return result;
}

}  // namespace histo
