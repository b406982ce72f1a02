#include "jobs/classify_trials.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "histo/error.hpp"
#include "histo/group_folds.hpp"

#include "core/text.hpp"

namespace histo {

namespace {

std::vector<std::string> names_at(const std::vector<std::string>& names,
                                  const std::set<std::size_t>& numbers) {
  std::vector<std::string> result;
  for (const std::size_t number : numbers) result.push_back(names[number]);
  std::sort(result.begin(), result.end());
  return result;
}

[[noreturn]] void refuse(const ClassifyOptions& options, const std::string& sentence) {
  throw Error(ErrorKind::input, options.labels.table.string() + ": " + sentence);
}

Trial split_trial(const LabelledTiles& tiles, const ClassifyOptions& options) {
  Trial trial;
  for (std::size_t i = 0; i < tiles.tiles(); ++i) {
    if (tiles.split[i] == Split::train) trial.learnt_from.push_back(i);
    if (tiles.split[i] == Split::validation) trial.validated_on.push_back(i);
    if (tiles.split[i] == Split::test) trial.tried_on.push_back(i);
  }
  const auto need = [&](const std::vector<std::size_t>& part, const std::string& word) {
    if (!part.empty()) return;
    refuse(options, "column " + options.labels.split + " says '" + word +
                        "' of no tile that has a label and features");
  };
  need(trial.learnt_from, "train");
  need(trial.tried_on, "test");
  const std::vector<std::string> learnt = groups_at(tiles, trial.learnt_from);
  const std::vector<std::string> tried = groups_at(tiles, trial.tried_on);
  const std::vector<std::string> validated = groups_at(tiles, trial.validated_on);
  refuse_leak(learnt, tried);
  refuse_leak(learnt, validated);
  refuse_leak(validated, tried);
  return trial;
}

void check_group_count(const LabelledTiles& tiles, const ClassifyOptions& options) {
  const std::size_t groups = std::set<std::int32_t>(tiles.group.begin(), tiles.group.end()).size();
  if (groups >= options.folds) return;
  const std::string found =
      "the tiles with a label are of " + count_of(groups, "group") + " (patients)";
  if (groups == 1) {
    refuse(options, found +
                        ", so that none can be held out to be tried on; label slides of other "
                        "patients, name each tile's patient by --group, or --apply a model of "
                        "others");
  }
  refuse(options, found + ", too few for " + count_of(options.folds, "fold") + "; --folds " +
                      std::to_string(groups) +
                      " takes as many as there are, and --split names tiles to learn from");
}

std::vector<Trial> fold_trials(const LabelledTiles& tiles, const ClassifyOptions& options) {
  check_group_count(tiles, options);
  const std::vector<std::int32_t> folds =
      group_folds(tiles.group, tiles.label, tiles.classes.size(), options.folds, options.seed);
  std::vector<Trial> trials(options.folds);
  for (std::size_t f = 0; f < trials.size(); ++f) {
    trials[f].fold = static_cast<std::int32_t>(f);
    for (std::size_t i = 0; i < folds.size(); ++i) {
      const bool held_out = folds[i] == trials[f].fold;
      (held_out ? trials[f].tried_on : trials[f].learnt_from).push_back(i);
    }
  }
  return trials;
}

}  // namespace

std::vector<Trial> trials_of(const LabelledTiles& tiles, const ClassifyOptions& options) {
  if (!options.labels.split.empty()) return {split_trial(tiles, options)};
  return fold_trials(tiles, options);
}

std::string name_of(const Trial& trial) {
  return trial.fold < 0 ? "the split" : "fold " + std::to_string(trial.fold);
}

std::vector<std::string> groups_at(const LabelledTiles& tiles,
                                   const std::vector<std::size_t>& places) {
  std::set<std::size_t> numbers;
  for (const std::size_t place : places) {
    numbers.insert(static_cast<std::size_t>(tiles.group[place]));
  }
  return names_at(tiles.groups, numbers);
}

std::vector<std::string> slides_at(const LabelledTiles& tiles,
                                   const std::vector<std::size_t>& places) {
  std::set<std::size_t> numbers;
  for (const std::size_t place : places) numbers.insert(tiles.slide[place]);
  return names_at(tiles.slides, numbers);
}

void check_features(const FloatMatrixView& features, const std::vector<Rect>& rects,
                    const std::string& slide, bool takes_zeros) {
  for (std::size_t i = 0; i < features.rows; ++i) {
    const float* const row = features.row(i);
    const float* const end = row + features.columns;
    const auto is_finite = [](float value) { return std::isfinite(value); };
    const auto is_zero = [](float value) { return value == 0.0F; };
    const bool finite = std::all_of(row, end, is_finite);
    if (finite && (takes_zeros || !std::all_of(row, end, is_zero))) continue;
    throw Error(
        ErrorKind::input,
        "slide " + slide + ": the features of the tile at " + std::to_string(rects[i].x) + ", " +
            std::to_string(rects[i].y) +
            (finite ? " are all 0, and have no direction" : " hold a value that is not finite"));
  }
}

LessonPlan::LessonPlan(const LabelledTiles& tiles, const std::vector<std::size_t>& places) {
  std::set<std::int32_t> present;
  for (const std::size_t place : places) present.insert(tiles.label[place]);
  classes_.assign(present.begin(), present.end());
  fill(tiles, places);
}

LessonPlan::LessonPlan(const LabelledTiles& tiles, const std::vector<std::size_t>& places,
                       const LessonPlan& learnt)
    : classes_(learnt.classes_) {
  std::vector<std::size_t> known;
  for (const std::size_t place : places) {
    const bool is_known = std::binary_search(classes_.begin(), classes_.end(), tiles.label[place]);
    if (is_known) known.push_back(place);
  }
  fill(tiles, known);
}

void LessonPlan::fill(const LabelledTiles& tiles, const std::vector<std::size_t>& places) {
  lesson_.classes = classes_.size();
  for (const std::size_t place : places) {
    const auto found = std::lower_bound(classes_.begin(), classes_.end(), tiles.label[place]);
    lesson_.labels.push_back(static_cast<std::int32_t>(found - classes_.begin()));
    lesson_.groups.push_back(tiles.group[place]);
  }
  lesson_.features = tiles.view();
  if (places.size() == tiles.tiles()) return;
  copied_ = rows_at(tiles, places);
  lesson_.features = {copied_.data(), places.size(), tiles.source.dim};
}

std::vector<std::string> LessonPlan::class_names(const LabelledTiles& tiles) const {
  std::vector<std::string> names;
  for (const std::int32_t c : classes_) names.push_back(tiles.classes[static_cast<std::size_t>(c)]);
  return names;
}

std::vector<std::string> LessonPlan::lacking(const LabelledTiles& tiles) const {
  std::vector<std::string> names;
  for (std::size_t c = 0; c < tiles.classes.size(); ++c) {
    const auto number = static_cast<std::int32_t>(c);
    if (!std::binary_search(classes_.begin(), classes_.end(), number)) {
      names.push_back(tiles.classes[c]);
    }
  }
  return names;
}

std::vector<float> rows_at(const LabelledTiles& tiles, const std::vector<std::size_t>& places) {
  const std::size_t dim = tiles.source.dim;
  std::vector<float> rows;
  rows.reserve(places.size() * dim);
  for (const std::size_t place : places) {
    const float* const row = tiles.view().row(place);
    rows.insert(rows.end(), row, row + dim);
  }
  return rows;
}

}  // namespace histo
