#include "jobs/probe_regress.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <optional>
#include <utility>

#include "histo/error.hpp"
#include "histo/ridge.hpp"

#include "core/fingerprint.hpp"
#include "core/text.hpp"
#include "jobs/classify_results.hpp"
#include "jobs/classify_trials.hpp"
#include "store/fitted_file.hpp"

namespace histo {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::vector<std::size_t> all_of(std::size_t count) {
  std::vector<std::size_t> places(count);
  std::iota(places.begin(), places.end(), std::size_t{0});
  return places;
}

/// Tiles of which all numbers are known, and those numbers.
struct Measured {
  LabelledTiles tiles;
  DoubleMatrix numbers;
  std::size_t incomplete = 0;  ///< lines of the table with an empty cell
};

Measured read_measured(const ProbeJobOptions& options) {
  const ClassifyOptions& common = options.common;
  const NumberTable table(common.labels.table, options.regress);
  Measured measured;
  measured.incomplete = table.incomplete();
  measured.tiles = read_labelled_tiles(common.inputs, any_line(common.labels), GroupsOf::slides);
  LabelledTiles& tiles = measured.tiles;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < tiles.tiles(); ++i) {
    const std::vector<double>* const values =
        table.find(tiles.slides[tiles.slide[i]], tiles.rects[i]);
    if (values == nullptr) continue;
    places.push_back(i);
    std::vector<double>& numbers = measured.numbers.values;
    numbers.insert(numbers.end(), values->begin(), values->end());
  }
  if (places.empty()) {
    throw Error(ErrorKind::input, common.labels.table.string() +
                                      ": no tile of the inputs has a number in every column of "
                                      "--regress");
  }
  measured.numbers.rows = places.size();
  measured.numbers.columns = options.regress.size();
  if (places.size() < tiles.tiles()) {
    Unmatched unmatched = std::move(tiles.unmatched);
    tiles = tiles_at(tiles, places);
    tiles.unmatched = std::move(unmatched);
  }
  std::fill(tiles.label.begin(), tiles.label.end(), 0);
  tiles.classes = {"number"};
  for (std::size_t i = 0; i < tiles.tiles(); ++i) {
    check_features({tiles.view().row(i), 1, tiles.source.dim}, {tiles.rects[i]},
                   tiles.slides[tiles.slide[i]], true);
  }
  return measured;
}

Ridge fit_on(const Measured& measured, const std::vector<std::size_t>& places, double penalty) {
  const std::vector<float> features = rows_at(measured.tiles, places);
  DoubleMatrix targets(places.size(), measured.numbers.columns);
  for (std::size_t i = 0; i < places.size(); ++i) {
    const double* const row = measured.numbers.row(places[i]);
    std::copy(row, row + targets.columns, targets.row(i));
  }
  return fit_ridge({features.data(), places.size(), measured.tiles.source.dim}, targets.view(),
                   penalty);
}

Regressed predicted_rows(const Ridge& ridge, const Measured& measured, const Trial& trial) {
  const LabelledTiles& tiles = measured.tiles;
  Regressed rows;
  rows.truth = DoubleMatrix(trial.tried_on.size(), measured.numbers.columns);
  for (std::size_t i = 0; i < trial.tried_on.size(); ++i) {
    const std::size_t place = trial.tried_on[i];
    rows.slide.push_back(tiles.slide[place]);
    rows.rects.push_back(tiles.rects[place]);
    rows.group.push_back(tiles.group[place]);
    if (trial.fold >= 0) rows.fold.push_back(trial.fold);
    const double* const row = measured.numbers.row(place);
    std::copy(row, row + rows.truth.columns, rows.truth.row(i));
  }
  const std::vector<float> features = rows_at(tiles, trial.tried_on);
  rows.predicted = predict_ridge(ridge, {features.data(), rows.rows(), tiles.source.dim});
  return rows;
}

Fitted fitted_of(const Ridge& ridge, const Measured& measured,
                 const std::vector<std::size_t>& learnt_from, const ProbeJobOptions& options) {
  const LabelledTiles& tiles = measured.tiles;
  Fitted fitted;
  fitted.kind = "ridge";
  fitted.texts["encoder"] = tiles.source.encoder;
  fitted.texts["model_sha256"] = tiles.source.model_sha256;
  fitted.texts["pooling"] = tiles.source.pooling;
  fitted.texts["group_column"] = options.common.labels.group;
  fitted.lists["targets"] = options.regress;
  fitted.lists["groups"] = groups_at(tiles, learnt_from);
  fitted.lists["slides"] = slides_at(tiles, learnt_from);
  fitted.numbers["dim"] = row_of(static_cast<double>(tiles.source.dim));
  fitted.numbers["coefficients"] = ridge.coefficients;
  fitted.numbers["intercepts"] = row_of(ridge.intercepts);
  fitted.numbers["penalty"] = row_of(ridge.penalty);
  return fitted;
}

Json first_results(const Measured& measured, const ProbeJobOptions& options) {
  const LabelledTiles& tiles = measured.tiles;
  const std::vector<std::size_t> all = all_of(tiles.tiles());
  return {{"mode", options.common.labels.split.empty() ? "folds" : "split"},
          {"features", json_of(tiles.source)},
          {"targets", options.regress},
          {"penalty", options.penalty},
          {"seed", options.common.seed},
          {"labelled_tiles", tiles.tiles()},
          {"labelled_slides", slides_at(tiles, all).size()},
          {"labelled_groups", groups_at(tiles, all).size()},
          {"incomplete_lines", measured.incomplete},
          {"missing", json_of(tiles.unmatched)},
          {"messages", Json::array()}};
}

void note_inputs(const Measured& measured, const ProbeJobOptions& options, Json& results,
                 Observer& observer) {
  tell(measured.tiles.unmatched, observer);
  if (measured.incomplete > 0) {
    say(count_of(measured.incomplete, "line") +
            " of the labels with an empty cell in a column of --regress, left out",
        results, observer);
  }
  if (options.common.labels.group.empty()) {
    say("no --group: each slide is taken for a patient of its own", results, observer);
  }
}

/// Everything that was predicted, tiles in their order.
Regressed in_order(const Regressed& rows, const std::vector<std::size_t>& places) {
  std::vector<std::size_t> order = all_of(places.size());
  std::sort(order.begin(), order.end(),
            [&places](std::size_t a, std::size_t b) { return places[a] < places[b]; });
  return rows_at(rows, order);
}

}  // namespace

LabelOptions any_line(const LabelOptions& labels) {
  LabelOptions options = labels;
  options.column = "slide";
  options.classes.clear();
  return options;
}

void write_regressed(const Regressed& known, const Regressed& slides,
                     const ClassifyOptions& options, ResultFolder& folder, Json& results,
                     AnalysisReport& report) {
  RegressionWriter writer(folder.file("regression_slides.csv"));
  writer.append(slides);
  writer.commit();
  if (known.rows() == 0) return;
  const BootstrapOptions bootstrap = bootstrap_options(options);
  for (const auto& [level, rows] :
       {std::pair<const char*, Regressed>("tiles", known), {"slides", known_rows(slides)}}) {
    Json summary = regression_summary(rows, bootstrap);
    for (const std::string& target : rows.targets) {
      const Json& figures = summary["targets"][target];
      const auto three = [&figures](const char* name) {
        const double value = figures[name]["value"].get<double>();
        return std::isnan(value) ? "none" : number(std::round(value * 1000.0) / 1000.0);
      };
      report.findings.push_back(target + " of " + std::to_string(rows.rows()) + " " + level +
                                ": r2 " + three("r2") + ", correlation " + three("pearson") +
                                ", error " + three("rmse"));
    }
    for (const Json& message : summary["messages"]) {
      report.findings.push_back(std::string(level) + ": " + message.get<std::string>());
    }
    results[level] = std::move(summary);
  }
}

AnalysisReport learn_numbers(const ProbeJobOptions& options, Observer& observer,
                             const std::atomic<bool>& stop) {
  const Clock::time_point start = Clock::now();
  const Measured measured = read_measured(options);
  const std::vector<Trial> trials = trials_of(measured.tiles, options.common);
  ResultFolder folder(options.common.output, options.common.overwrite);
  Json results = first_results(measured, options);
  note_inputs(measured, options, results, observer);
  AnalysisReport report;
  Regressed all;
  all.targets = options.regress;
  all.slides = measured.tiles.slides;
  all.groups = measured.tiles.groups;
  std::vector<std::size_t> places;
  std::optional<Fitted> model;
  for (std::size_t i = 0; i < trials.size() && !stop; ++i) {
    const Ridge ridge = fit_on(measured, trials[i].learnt_from, options.penalty);
    append_rows(all, predicted_rows(ridge, measured, trials[i]));
    places.insert(places.end(), trials[i].tried_on.begin(), trials[i].tried_on.end());
    if (trials[i].fold < 0) model = fitted_of(ridge, measured, trials[i].learnt_from, options);
    observer.progress(i + 1, trials.size() + 1, "fits");
  }
  report.interrupted = stop;
  if (report.interrupted) return report;
  if (!model) {
    const std::vector<std::size_t> every = all_of(measured.tiles.tiles());
    model = fitted_of(fit_on(measured, every, options.penalty), measured, every, options);
  }
  const Regressed sorted = in_order(all, places);
  RegressionWriter writer(folder.file("regression.csv"));
  writer.append(sorted);
  writer.commit();
  write_regressed(sorted, by_slide(sorted), options.common, folder, results, report);
  write_fitted(folder.file("model.h5"), *model);
  results["model_file_sha256"] = sha256_file(folder.file("model.h5"));
  folder.write("missing.csv", missing_table(measured.tiles.unmatched));
  folder.commit("probe", options.common.info, std::move(results));
  report.seconds = seconds_since(start);
  return report;
}

}  // namespace histo
