#include "jobs/probe_ladder.hpp"

#include <algorithm>
#include <limits>

#include "histo/charts.hpp"

#include "core/csv.hpp"
#include "core/text.hpp"
#include "jobs/classify_results.hpp"
#include "jobs/probe_head.hpp"
#include "jobs/score_summary.hpp"

namespace histo {

namespace {

LinearHead probe_of(const Lesson& lesson, std::size_t tiles, double cost,
                    const ProbeJobOptions& options) {
  const std::vector<std::size_t> rows =
      ladder_rows(lesson.labels, lesson.classes, {tiles}, options.common.seed).front();
  const std::size_t dim = lesson.features.columns;
  std::vector<float> features;
  std::vector<std::int32_t> labels;
  for (const std::size_t row : rows) {
    const float* const from = lesson.features.row(row);
    features.insert(features.end(), from, from + dim);
    labels.push_back(lesson.labels[row]);
  }
  ProbeOptions fit = probe_options(options);
  fit.cost = cost;
  return LinearHead(fit_probe({features.data(), rows.size(), dim}, labels, lesson.classes, fit));
}

/// A curve with its interval, over the numbers of tiles.
class Curve {
 public:
  Curve(const std::string& y_label, const std::string& remark) {
    chart_.remark = remark;
    chart_.x_label = "tiles to learn from";
    chart_.y_label = y_label;
    chart_.x_scale = ChartScale::logarithmic;
    chart_.series = {{"on tiles held out", {}, {}, ChartStyle::points},
                     {"upper end", {}, {}, ChartStyle::line},
                     {"lower end", {}, {}, ChartStyle::line}};
  }

  void add(std::size_t tiles, const Interval& interval) {
    for (ChartSeries& series : chart_.series) series.x.push_back(static_cast<double>(tiles));
    chart_.series[0].y.push_back(interval.value);
    chart_.series[1].y.push_back(interval.high);
    chart_.series[2].y.push_back(interval.low);
    chart_.x_ticks.push_back(static_cast<double>(tiles));
  }

  const Chart& chart() const { return chart_; }

 private:
  Chart chart_;
};

}  // namespace

Ladder::Ladder(const ProbeJobOptions& options, Observer& observer, const std::atomic<bool>& stop)
    : options_(options), observer_(observer), stop_(stop) {
  std::vector<std::size_t> sizes = options.ladder;
  std::sort(sizes.begin(), sizes.end());
  sizes.erase(std::unique(sizes.begin(), sizes.end()), sizes.end());
  for (const std::size_t size : sizes) steps_.push_back({size, {}, {}});
}

void Ladder::join(const LabelledTiles& tiles, const Trial& trial, const LessonPlan& plan,
                  const Classifier& classifier) {
  const double cost = static_cast<const LinearHead&>(classifier).probe().cost;
  const Lesson& lesson = plan.lesson();
  for (Step& step : steps_) {
    if (stop_) return;
    if (!step.message.empty()) continue;
    if (step.tiles > lesson.labels.size() || step.tiles < lesson.classes) {
      step.message = "--ladder " + std::to_string(step.tiles) + ": " + name_of(trial) + " has " +
                     count_of(lesson.labels.size(), "tile") + " of " +
                     std::to_string(lesson.classes) + " classes to learn from";
      observer_.warn(step.message);
      continue;
    }
    const LinearHead head = probe_of(lesson, step.tiles, cost, options_);
    for (const std::string& message : head.messages()) {
      observer_.warn("--ladder " + std::to_string(step.tiles) + ", " + name_of(trial) + ": " +
                     message);
    }
    append_rows(step.predictions, name_tiles(head, plan, tiles, trial).table);
  }
}

void Ladder::write(const LabelledTiles& /*tiles*/, ResultFolder& folder, Json& results,
                   AnalysisReport& report) {
  if (steps_.empty()) return;
  const BootstrapOptions bootstrap = bootstrap_options(options_.common);
  const std::string remark = "with " + percent(bootstrap.level) + " intervals over groups";
  Curve accuracy("balanced accuracy", remark);
  Curve auroc("AUROC", remark);
  std::string table = csv_line({"tiles", "figure", "value", "low", "high", "standard_error"});
  Json steps = Json::array();
  for (const Step& step : steps_) {
    if (!step.message.empty()) {
      steps.push_back({{"learnt_from_tiles", step.tiles}, {"messages", {step.message}}});
      continue;
    }
    const Predictions predictions = predictions_of(step.predictions);
    const ScoreIntervals scores =
        score_intervals(predictions, groups_of(step.predictions), bootstrap);
    for (const auto& [name, interval] : named_figures(scores)) {
      table += csv_line({std::to_string(step.tiles), name, csv_number(interval.value),
                         csv_number(interval.low), csv_number(interval.high),
                         csv_number(interval.standard_error)});
    }
    accuracy.add(step.tiles, scores.balanced_accuracy);
    auroc.add(step.tiles, scores.auroc_ovo);
    Json one = {{"learnt_from_tiles", step.tiles}};
    one.update(score_summary(predictions, step.predictions.classes, scores, bootstrap));
    steps.push_back(std::move(one));
    report.findings.push_back("learnt from " + count_of(step.tiles, "tile") + ": " +
                              score_sentence(scores, bootstrap.level));
  }
  results["ladder"] = std::move(steps);
  folder.write("ladder.csv", table);
  folder.write("ladder.png",
               chart_picture("Learning curve of the probe", {accuracy.chart(), auroc.chart()}));
}

}  // namespace histo
