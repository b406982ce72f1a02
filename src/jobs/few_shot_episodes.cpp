#include "jobs/few_shot_episodes.hpp"

#include <algorithm>
#include <cmath>

#include "histo/charts.hpp"

#include "core/csv.hpp"
#include "core/file_writer.hpp"
#include "core/text.hpp"

namespace histo {

namespace {

EpisodeOptions episode_options(const FewShotJobOptions& options, std::size_t shots) {
  EpisodeOptions episodes = options.episodes;
  episodes.shots = {shots};
  episodes.seed = options.common.seed;
  episodes.threads = options.common.threads;
  return episodes;
}

std::string shots_table(const std::vector<ShotScores>& scores) {
  std::string text = csv_line({"shots", "episodes", "accuracy", "accuracy_sd", "balanced_accuracy",
                               "balanced_accuracy_sd", "message"});
  for (const ShotScores& one : scores) {
    text += csv_line({std::to_string(one.shots), std::to_string(one.accuracies.size()),
                      csv_number(one.mean_accuracy), csv_number(one.accuracy_deviation),
                      csv_number(one.mean_balanced_accuracy),
                      csv_number(one.balanced_accuracy_deviation), one.message});
  }
  return text;
}

Image shots_picture(const std::vector<ShotScores>& scores, std::size_t episodes) {
  Chart chart;
  chart.title = "Prototypes of a few tiles";
  chart.remark = "mean of " + count_of(episodes, "episode") + ", and one standard deviation";
  chart.x_label = "tiles of each class";
  chart.y_label = "balanced accuracy";
  chart.x_scale = ChartScale::logarithmic;
  chart.series = {{"mean", {}, {}, ChartStyle::points},
                  {"mean + sd", {}, {}, ChartStyle::line},
                  {"mean - sd", {}, {}, ChartStyle::line}};
  for (const ShotScores& one : scores) {
    const double mean = one.mean_balanced_accuracy;
    const double deviation = one.balanced_accuracy_deviation;
    for (ChartSeries& series : chart.series) series.x.push_back(static_cast<double>(one.shots));
    chart.series[0].y.push_back(mean);
    chart.series[1].y.push_back(mean + deviation);
    chart.series[2].y.push_back(mean - deviation);
    chart.x_ticks.push_back(static_cast<double>(one.shots));
  }
  return chart_picture("", {chart});
}

Json json_of(const ShotScores& scores) {
  return {{"shots", scores.shots},
          {"episodes", scores.accuracies.size()},
          {"accuracy", scores.mean_accuracy},
          {"accuracy_sd", scores.accuracy_deviation},
          {"balanced_accuracy", scores.mean_balanced_accuracy},
          {"balanced_accuracy_sd", scores.balanced_accuracy_deviation},
          {"message", scores.message}};
}

/// The class by its name in "class 2 has 3 rows, fewer than 16".
std::string named(const std::string& message, const std::vector<std::string>& classes) {
  for (std::size_t c = 0; c < classes.size(); ++c) {
    const std::string start = "class " + std::to_string(c) + " has ";
    if (message.rfind(start, 0) != 0) continue;
    return "class " + classes[c] + message.substr(start.size() - 5);
  }
  return message;
}

}  // namespace

void Episodes::join(const LabelledTiles& tiles, const Trial& trial, const LessonPlan& plan,
                    const Classifier& /*classifier*/) {
  if (is_done_ || options_.episodes.shots.empty()) return;
  is_done_ = true;
  const LessonPlan tests(tiles, trial.tried_on, plan);
  if (tests.lesson().labels.empty()) {
    observer_.warn("no episodes: no tile of " + name_of(trial) +
                   " to be tried on has a class that was learnt");
    return;
  }
  trial_ = trial;
  labels_ = plan.lesson().labels;
  classes_ = plan.class_names(tiles);
  const std::vector<std::size_t>& shots = options_.episodes.shots;
  for (std::size_t i = 0; i < shots.size() && !stop_; ++i) {
    scores_.push_back(run_episodes(plan.lesson().features, labels_, tests.lesson().features,
                                   tests.lesson().labels, plan.lesson().classes,
                                   episode_options(options_, shots[i]))
                          .front());
    scores_.back().message = named(scores_.back().message, classes_);
    if (!scores_.back().message.empty()) {
      observer_.warn(count_of(shots[i], "shot") + ": " + scores_.back().message);
    }
    observer_.progress(i + 1, shots.size(), "shots");
  }
}

void Episodes::write(const LabelledTiles& tiles, ResultFolder& folder, Json& results,
                     AnalysisReport& report) {
  if (scores_.empty()) return;
  folder.write("shots.csv", shots_table(scores_));
  folder.write("shots.png", shots_picture(scores_, options_.episodes.episodes));
  Json shots = Json::array();
  for (const ShotScores& one : scores_) shots.push_back(json_of(one));
  results["episodes"] = {{"trial", name_of(trial_)},
                         {"learnt_from_tiles", trial_.learnt_from.size()},
                         {"tried_on_tiles", trial_.tried_on.size()},
                         {"shots", std::move(shots)}};
  const auto last = std::find_if(scores_.rbegin(), scores_.rend(), [](const ShotScores& one) {
    return !std::isnan(one.mean_balanced_accuracy);
  });
  if (last != scores_.rend()) {
    report.findings.push_back(
        "episodes with " + count_of(last->shots, "tile") + " of each class: balanced accuracy " +
        number(std::round(last->mean_balanced_accuracy * 1000.0) / 1000.0) + " in the mean");
  }
  if (options_.save_episodes) save(tiles, folder);
}

void Episodes::save(const LabelledTiles& tiles, ResultFolder& folder) const {
  FileWriter scores(folder.file("episodes.csv"));
  FileWriter drawn(folder.file("episode_tiles.csv"));
  scores.write(csv_line({"shots", "episode", "accuracy", "balanced_accuracy"}));
  drawn.write(csv_line({"shots", "episode", "class", "slide", "x", "y"}));
  for (const ShotScores& one : scores_) {
    for (std::size_t e = 0; e < one.accuracies.size(); ++e) {
      const std::string shots_cell = std::to_string(one.shots);
      scores.write(csv_line({shots_cell, std::to_string(e), csv_number(one.accuracies[e]),
                             csv_number(one.balanced_accuracies[e])}));
      for (const std::size_t row :
           episode_rows(labels_, classes_.size(), one.shots, options_.common.seed, e)) {
        const std::size_t place = trial_.learnt_from[row];
        drawn.write(csv_line(
            {shots_cell, std::to_string(e), classes_[static_cast<std::size_t>(labels_[row])],
             tiles.slides[tiles.slide[place]], std::to_string(tiles.rects[place].x),
             std::to_string(tiles.rects[place].y)}));
      }
    }
  }
  scores.commit();
  drawn.commit();
}

}  // namespace histo
