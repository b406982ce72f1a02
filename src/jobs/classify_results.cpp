#include "jobs/classify_results.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <numeric>
#include <set>

#include "histo/few_shot.hpp"

#include "core/text.hpp"
#include "jobs/table_rows.hpp"

namespace histo {

namespace {

/// Figures of one level, added to the summary under its name.
void add_figures(const std::string& level, const PredictionTable& known,
                 const ClassifyOptions& options, Json& results, AnalysisReport& report) {
  const BootstrapOptions bootstrap = bootstrap_options(options);
  const Predictions predictions = predictions_of(known);
  const ScoreIntervals scores = score_intervals(predictions, groups_of(known), bootstrap);
  results[level] = score_summary(predictions, known.classes, scores, bootstrap);
  const std::string rows = level == "slide_votes" ? "slides, by the vote of tiles," : level;
  report.findings.push_back(std::to_string(known.rows()) + " " + rows + " of " +
                            count_of(scores.bootstrap.groups, "group") + ": " +
                            score_sentence(scores, bootstrap.level));
  for (const std::string& message : score_messages(scores, known.classes)) {
    report.findings.push_back(level + ": " + message);
  }
}

void add_slide_figures(const Judged& judged, const ClassifyOptions& options, Json& results,
                       AnalysisReport& report) {
  if (!judged.mixed.empty()) {
    results["slides"] = {{"messages", {judged.mixed}}};
    report.findings.push_back("no figures of slides: " + judged.mixed);
    return;
  }
  add_figures("slides", known_rows(judged.slides), options, results, report);
  if (judged.votes.rows() == 0) return;
  add_figures("slide_votes", known_rows(judged.votes), options, results, report);
}

/// The slides whose tiles are of more than one group.
std::set<std::uint32_t> slides_of_several(const PredictionTable& tiles) {
  std::map<std::uint32_t, std::int32_t> first;
  std::set<std::uint32_t> several;
  for (std::size_t row = 0; row < tiles.group.size(); ++row) {
    if (tiles.group[row] < 0) continue;
    const auto [known, is_new] = first.emplace(tiles.slide[row], tiles.group[row]);
    if (!is_new && known->second != tiles.group[row]) several.insert(tiles.slide[row]);
  }
  return several;
}

}  // namespace

void write_judged(const Judged& judged, const ClassifyOptions& options, ResultFolder& folder,
                  Json& results, AnalysisReport& report) {
  write_predictions(judged.slides, folder, "slides.csv");
  if (judged.votes.rows() > 0) write_predictions(judged.votes, folder, "slide_votes.csv");
  if (judged.tiles.rows() == 0) return;
  const Predictions predictions = predictions_of(judged.tiles);
  folder.write("confusion.csv", confusion_table(predictions, judged.tiles.classes));
  folder.write("classes.csv", class_table(predictions, judged.tiles.classes));
  add_figures("tiles", judged.tiles, options, results, report);
  add_slide_figures(judged, options, results, report);
}

void write_predictions(const PredictionTable& table, ResultFolder& folder,
                       const std::string& name) {
  PredictionWriter writer(folder.file(name));
  writer.append(table);
  writer.commit();
}

PredictionTable slide_rows(PredictionTable tiles, std::string& mixed) {
  std::string problem = mixed_slide(tiles);
  if (!problem.empty()) std::fill(tiles.truth.begin(), tiles.truth.end(), -1);
  const std::set<std::uint32_t> shared = slides_of_several(tiles);
  for (std::size_t row = 0; row < tiles.group.size(); ++row) {
    if (shared.count(tiles.slide[row]) > 0) tiles.group[row] = -1;
  }
  if (problem.empty() && !shared.empty()) {
    problem = "the slide " + tiles.slides[*shared.begin()] +
              " has tiles of several groups (patients), and belongs to none of them";
  }
  if (mixed.empty()) mixed = problem;
  return by_slide(tiles);
}

void append_rows(PredictionTable& table, const PredictionTable& rows) {
  table.classes = rows.classes;
  table.slides = rows.slides;
  table.groups = rows.groups;
  append(table.slide, rows.slide);
  append(table.rects, rows.rects);
  append(table.group, rows.group);
  append(table.fold, rows.fold);
  append(table.truth, rows.truth);
  append(table.predicted, rows.predicted);
  append(table.probabilities, rows.probabilities);
}

PredictionTable vote_row(const PredictionTable& rows, const DoubleMatrix& distances,
                         const std::vector<std::int32_t>& learnt, std::size_t voting_tiles) {
  std::string mixed;
  PredictionTable row = slide_rows(rows, mixed);
  const SlideVote vote = slide_vote(distances, voting_tiles);
  DoubleMatrix measured(1, vote.distances.size());
  measured.values = vote.distances;
  const DoubleMatrix near = nearness(measured);
  std::fill(row.probabilities.values.begin(), row.probabilities.values.end(), 0.0);
  for (std::size_t c = 0; c < learnt.size(); ++c) {
    row.probabilities.at(0, static_cast<std::size_t>(learnt[c])) = near.at(0, c);
  }
  row.predicted = {learnt[static_cast<std::size_t>(vote.label)]};
  return row;
}

DoubleMatrix nearness(const DoubleMatrix& squared_distances) {
  DoubleMatrix result = squared_distances;
  for (std::size_t i = 0; i < result.rows; ++i) {
    double* const row = result.row(i);
    const double least = *std::min_element(row, row + result.columns);
    for (std::size_t c = 0; c < result.columns; ++c) row[c] = std::exp(least - row[c]);
    const double sum = std::accumulate(row, row + result.columns, 0.0);
    for (std::size_t c = 0; c < result.columns; ++c) row[c] /= sum;
  }
  return result;
}

Json json_of(const FeatureSource& source) {
  return {{"encoder", source.encoder},
          {"model_sha256", source.model_sha256},
          {"pooling", source.pooling},
          {"dim", source.dim}};
}

Json json_of(const Unmatched& unmatched) {
  return {{"slides_without_features", unmatched.unknown_slides.size()},
          {"slides_without_labels", unmatched.unlabelled_slides.size()},
          {"slides_without_tiles", unmatched.empty_slides.size()},
          {"tiles_without_features", unmatched.unknown_tiles.size()},
          {"tiles_without_labels", unmatched.unlabelled_tiles},
          {"lines_of_other_classes", unmatched.other_classes}};
}

void say(const std::string& sentence, Json& results, Observer& observer) {
  results["messages"].push_back(sentence);
  observer.warn(sentence);
}

BootstrapOptions bootstrap_options(const ClassifyOptions& options) {
  BootstrapOptions bootstrap;
  bootstrap.repeats = options.bootstrap;
  bootstrap.level = options.confidence;
  bootstrap.seed = options.seed;
  bootstrap.threads = options.threads;
  return bootstrap;
}

}  // namespace histo
