#include "jobs/classify_learn.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <numeric>
#include <set>

#include "histo/error.hpp"

#include "core/fingerprint.hpp"
#include "core/text.hpp"
#include "jobs/classify_results.hpp"
#include "jobs/feature_blocks.hpp"
#include "jobs/patient_table.hpp"
#include "jobs/prediction_rows.hpp"

namespace histo {

namespace {

std::vector<std::size_t> all_of(std::size_t count) {
  std::vector<std::size_t> places(count);
  std::iota(places.begin(), places.end(), std::size_t{0});
  return places;
}

void check_classes(const LabelledTiles& tiles, const LessonPlan& plan, const std::string& trial) {
  if (plan.classes().size() > 1) return;
  const std::string only = plan.class_names(tiles).front();
  if (tiles.classes.size() == 1) {
    throw Error(ErrorKind::input, "all tiles with a label have the class '" + only +
                                      "', and there is nothing to learn from fewer than 2");
  }
  throw Error(ErrorKind::input,
              "in " + trial + " all tiles to learn from have the class '" + only +
                  "', since no others' groups (patients) are left to learn from; --split can name "
                  "patients of each class to learn from");
}

void check_all_features(const LabelledTiles& tiles, bool takes_zeros) {
  for (std::size_t i = 0; i < tiles.tiles(); ++i) {
    const FloatMatrixView row{tiles.view().row(i), 1, tiles.source.dim};
    check_features(row, {tiles.rects[i]}, tiles.slides[tiles.slide[i]], takes_zeros);
  }
}

/// The rows of each slide together, in the order in which they stand.
void append_votes(const Named& named, const LessonPlan& plan, std::size_t voting_tiles,
                  PredictionTable& votes) {
  for (std::size_t first = 0; first < named.table.rows();) {
    std::size_t end = first;
    std::vector<std::size_t> places;
    while (end < named.table.rows() && named.table.slide[end] == named.table.slide[first]) {
      places.push_back(end++);
    }
    DoubleMatrix distances(places.size(), named.distances.columns);
    std::copy(named.distances.row(first), named.distances.row(first) + distances.values.size(),
              distances.values.begin());
    append_rows(votes,
                vote_row(rows_at(named.table, places), distances, plan.classes(), voting_tiles));
    first = end;
  }
}

/// In the order of the tiles, whatever trial they were tried on in.
PredictionTable in_order(const PredictionTable& table, const std::vector<std::size_t>& place_of) {
  std::vector<std::size_t> order = all_of(table.rows());
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return place_of[a] < place_of[b]; });
  return rows_at(table, order);
}

std::vector<std::size_t> places_of_slides(const PredictionTable& votes) {
  return {votes.slide.begin(), votes.slide.end()};
}

struct Learning {
  const Method& method;
  const ClassifyOptions& options;
  const LabelledTiles& tiles;
  Sideline* sideline;
  Observer& observer;
  Json& results;
};

struct Gathered {
  PredictionTable tiles;
  PredictionTable votes;
  std::vector<std::size_t> places;
};

void note_trial(const Learning& job, const Trial& trial, const LessonPlan& plan,
                const Classifier& classifier) {
  const std::vector<std::string> lacking = plan.lacking(job.tiles);
  if (!lacking.empty()) {
    say("in " + name_of(trial) + " no tile to learn from has the class " +
            first_names(lacking, lacking.size()) + ", which is then never predicted",
        job.results, job.observer);
  }
  for (const std::string& message : classifier.messages()) {
    say(name_of(trial) + ": " + message, job.results, job.observer);
  }
  Json findings = {{"trial", name_of(trial)},
                   {"learnt_from_tiles", trial.learnt_from.size()},
                   {"learnt_from_groups", groups_at(job.tiles, trial.learnt_from).size()},
                   {"tried_on_tiles", trial.tried_on.size()},
                   {"tried_on_groups", groups_at(job.tiles, trial.tried_on).size()}};
  findings.update(classifier.findings());
  job.results["trials"].push_back(std::move(findings));
}

/// Learns from a trial's tiles and tries on the others. The model of a split is saved at once.
void run_trial(const Learning& job, const Trial& trial, Gathered& gathered, Fitted* saved) {
  const LessonPlan plan(job.tiles, trial.learnt_from);
  check_classes(job.tiles, plan, name_of(trial));
  const LessonPlan validation(job.tiles, trial.validated_on, plan);
  const bool validates = !validation.lesson().labels.empty();
  const auto classifier =
      job.method.learn(plan.lesson(), validates ? &validation.lesson() : nullptr);
  note_trial(job, trial, plan, *classifier);
  const Named named = name_tiles(*classifier, plan, job.tiles, trial);
  append_rows(gathered.tiles, named.table);
  gathered.places.insert(gathered.places.end(), trial.tried_on.begin(), trial.tried_on.end());
  if (job.method.voting_tiles() > 0) {
    append_votes(named, plan, job.method.voting_tiles(), gathered.votes);
  }
  if (job.sideline != nullptr) job.sideline->join(job.tiles, trial, plan, *classifier);
  if (saved == nullptr) return;
  saved->lists["classes"] = plan.class_names(job.tiles);
  classifier->save(*saved);
}

/// From all tiles: what is saved where every tile was held out once.
void learn_final(const Learning& job, Fitted& saved) {
  const LessonPlan plan(job.tiles, all_of(job.tiles.tiles()));
  const auto classifier = job.method.learn(plan.lesson(), nullptr);
  for (const std::string& message : classifier->messages()) {
    say("model.h5: " + message, job.results, job.observer);
  }
  Json findings = {{"learnt_from_tiles", job.tiles.tiles()}};
  findings.update(classifier->findings());
  job.results["model"] = std::move(findings);
  saved.lists["classes"] = plan.class_names(job.tiles);
  classifier->save(saved);
}

Json first_results(const LabelledTiles& tiles, const ClassifyOptions& options) {
  const std::vector<std::size_t> all = all_of(tiles.tiles());
  return {{"mode", options.labels.split.empty() ? "folds" : "split"},
          {"features", json_of(tiles.source)},
          {"classes", tiles.classes},
          {"seed", options.seed},
          {"labelled_tiles", tiles.tiles()},
          {"labelled_slides", slides_at(tiles, all).size()},
          {"labelled_groups", groups_at(tiles, all).size()},
          {"missing", json_of(tiles.unmatched)},
          {"messages", Json::array()},
          {"trials", Json::array()}};
}

/// How many slides have tiles of more than one group.
std::size_t shared_slides(const LabelledTiles& tiles) {
  std::map<std::uint32_t, std::set<std::int32_t>> groups;
  for (std::size_t i = 0; i < tiles.tiles(); ++i) groups[tiles.slide[i]].insert(tiles.group[i]);
  return static_cast<std::size_t>(std::count_if(
      groups.begin(), groups.end(), [](const auto& slide) { return slide.second.size() > 1; }));
}

void note_parts(const Learning& job, bool validates) {
  const auto count = [&job](Split part) {
    return static_cast<std::size_t>(
        std::count(job.tiles.split.begin(), job.tiles.split.end(), part));
  };
  if (const std::size_t unused = count(Split::none)) {
    say(count_of(unused, "tile") + " with a label but nothing in column " +
            job.options.labels.split + ", left out",
        job.results, job.observer);
  }
  const std::size_t validation = count(Split::validation);
  if (validation == 0 || validates) return;
  say(count_of(validation, "tile") + " of validation, which nothing is chosen by here, left out",
      job.results, job.observer);
}

void note_inputs(const Learning& job) {
  tell(job.tiles.unmatched, job.observer);
  if (job.options.labels.group.empty()) {
    say("no --group: each slide is taken for a patient of its own, which is too hopeful where a "
        "patient has several",
        job.results, job.observer);
  }
  if (const std::size_t shared = shared_slides(job.tiles)) {
    say(count_of(shared, "slide") +
            " with tiles of several groups (patients), as spots of an array are: their tiles may "
            "be "
            "on both sides of a split",
        job.results, job.observer);
  }
  note_parts(job, job.method.validates());
}

void write_learnt(const Learning& job, const Gathered& gathered, const Fitted& saved,
                  ResultFolder& folder, AnalysisReport& report) {
  Judged judged;
  judged.tiles = in_order(gathered.tiles, gathered.places);
  judged.slides = slide_rows(judged.tiles, judged.mixed);
  judged.votes = in_order(gathered.votes, places_of_slides(gathered.votes));
  write_predictions(judged.tiles, folder, "predictions.csv");
  write_judged(judged, job.options, folder, job.results, report);
  const std::filesystem::path model = folder.file("model.h5");
  write_fitted(model, saved);
  job.results["model_file_sha256"] = sha256_file(model);
  folder.write("missing.csv", missing_table(job.tiles.unmatched));
  if (job.sideline != nullptr) job.sideline->write(job.tiles, folder, job.results, report);
}

}  // namespace

PredictionTable names_of(const LabelledTiles& tiles) {
  PredictionTable table;
  table.classes = tiles.classes;
  table.slides = tiles.slides;
  table.groups = tiles.groups;
  return table;
}

Named name_tiles(const Classifier& classifier, const LessonPlan& plan, const LabelledTiles& tiles,
                 const Trial& trial) {
  const std::vector<std::size_t>& places = trial.tried_on;
  const std::size_t dim = tiles.source.dim;
  Named named{names_of(tiles), {}};
  PredictionTable& table = named.table;
  table.probabilities = DoubleMatrix(places.size(), tiles.classes.size());
  named.distances.columns = plan.classes().size();
  for (const std::size_t place : places) {
    table.slide.push_back(tiles.slide[place]);
    table.rects.push_back(tiles.rects[place]);
    table.group.push_back(tiles.group[place]);
    table.truth.push_back(tiles.label[place]);
    if (trial.fold >= 0) table.fold.push_back(trial.fold);
  }
  const std::size_t block = rows_of_block(dim);
  for (std::size_t first = 0; first < places.size(); first += block) {
    const std::size_t end = std::min(places.size(), first + block);
    const auto begin = places.begin();
    const std::vector<float> rows = rows_at(tiles, {begin + static_cast<std::ptrdiff_t>(first),
                                                    begin + static_cast<std::ptrdiff_t>(end)});
    const Answers answers = classifier.answer({rows.data(), end - first, dim});
    for (std::size_t i = 0; i < end - first; ++i) {
      const auto label = static_cast<std::size_t>(answers.labels[i]);
      table.predicted.push_back(plan.classes()[label]);
      for (std::size_t c = 0; c < plan.classes().size(); ++c) {
        const auto column = static_cast<std::size_t>(plan.classes()[c]);
        table.probabilities.at(first + i, column) = answers.probabilities.at(i, c);
      }
    }
    std::vector<double>& distances = named.distances.values;
    distances.insert(distances.end(), answers.distances.values.begin(),
                     answers.distances.values.end());
    named.distances.rows += answers.distances.rows;
  }
  return named;
}

Fitted describe_model(const Method& method, const LabelledTiles& tiles,
                      const std::vector<std::size_t>& learnt_from, const ClassifyOptions& options) {
  Fitted fitted;
  fitted.kind = method.kind();
  fitted.texts["encoder"] = tiles.source.encoder;
  fitted.texts["model_sha256"] = tiles.source.model_sha256;
  fitted.texts["pooling"] = tiles.source.pooling;
  fitted.texts["group_column"] = options.labels.group;
  fitted.lists["groups"] = groups_at(tiles, learnt_from);
  fitted.lists["slides"] = slides_at(tiles, learnt_from);
  fitted.numbers["dim"] = row_of(static_cast<double>(tiles.source.dim));
  return fitted;
}

AnalysisReport learn_classes(const Method& method, const ClassifyOptions& options,
                             Sideline* sideline, Observer& observer,
                             const std::atomic<bool>& stop) {
  const auto start = std::chrono::steady_clock::now();
  const LabelledTiles tiles = read_labelled_tiles(options.inputs, options.labels, GroupsOf::tiles);
  check_all_features(tiles, method.takes_zero_rows());
  const std::vector<Trial> trials = trials_of(tiles, options);
  ResultFolder folder(options.output, options.overwrite);
  Json results = first_results(tiles, options);
  const Learning job{method, options, tiles, sideline, observer, results};
  note_inputs(job);

  const bool is_split = trials.front().fold < 0;
  Fitted saved = describe_model(
      method, tiles, is_split ? trials.front().learnt_from : all_of(tiles.tiles()), options);
  Gathered gathered{names_of(tiles), names_of(tiles), {}};
  AnalysisReport report;
  const std::size_t steps = trials.size() + (is_split ? 0 : 1);
  for (std::size_t i = 0; i < steps && !stop; ++i) {
    if (i < trials.size()) {
      run_trial(job, trials[i], gathered, is_split ? &saved : nullptr);
    } else {
      learn_final(job, saved);
    }
    observer.progress(i + 1, steps, "fits");
  }
  report.interrupted = stop;
  if (report.interrupted) return report;
  write_learnt(job, gathered, saved, folder, report);
  folder.commit(method.verb(), options.info, std::move(results));
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return report;
}

}  // namespace histo
