#include "histo/few_shot.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "histo/error.hpp"

#include "analysis/checks.hpp"
#include "analysis/directions.hpp"
#include "analysis/prototypes.hpp"
#include "core/ordered_map.hpp"
#include "core/random.hpp"

namespace histo {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

using RowsOfClass = std::vector<std::vector<std::size_t>>;

RowsOfClass rows_by_class(const std::vector<std::int32_t>& labels, std::size_t classes) {
  analysis::check_labels(labels, classes);
  RowsOfClass rows(classes);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    rows[static_cast<std::size_t>(labels[i])].push_back(i);
  }
  return rows;
}

/// The class with too few rows, as a sentence; else empty.
std::string shortage(const RowsOfClass& rows, std::size_t shots) {
  for (std::size_t c = 0; c < rows.size(); ++c) {
    if (rows[c].size() >= shots) continue;
    return "class " + std::to_string(c) + " has " + std::to_string(rows[c].size()) +
           " rows, fewer than " + std::to_string(shots);
  }
  return {};
}

std::vector<std::size_t> drawn_rows(RowsOfClass rows, std::size_t shots, std::uint64_t seed,
                                    std::size_t episode) {
  Random random(hash_of(seed, shots), episode);
  std::vector<std::size_t> drawn;
  for (std::vector<std::size_t>& of_class : rows) {
    // The beginning of a Fisher-Yates shuffle.
    for (std::size_t i = 0; i < shots; ++i) {
      std::swap(of_class[i], of_class[i + random.below(of_class.size() - i)]);
      drawn.push_back(of_class[i]);
    }
  }
  return drawn;
}

struct Accuracy {
  double plain = nan;
  double balanced = nan;
};

Accuracy accuracy_of(const std::vector<std::int32_t>& found, const std::vector<std::int32_t>& truth,
                     std::size_t classes) {
  std::vector<double> right(classes);
  std::vector<double> all(classes);
  for (std::size_t i = 0; i < truth.size(); ++i) {
    const auto label = static_cast<std::size_t>(truth[i]);
    all[label] += 1.0;
    right[label] += found[i] == truth[i] ? 1.0 : 0.0;
  }
  double hits = 0.0;
  double recalls = 0.0;
  double present = 0.0;
  for (std::size_t c = 0; c < classes; ++c) {
    if (all[c] == 0.0) continue;
    hits += right[c];
    recalls += right[c] / all[c];
    present += 1.0;
  }
  return {hits / static_cast<double>(truth.size()), recalls / present};
}

struct Task {
  const FloatMatrixView& support;
  const RowsOfClass& support_rows;
  const FloatMatrixView& tests;
  const std::vector<std::int32_t>& test_labels;
  const EpisodeOptions& options;
};

Accuracy run_episode(const Task& task, std::size_t shots, std::size_t episode) {
  const std::size_t classes = task.support_rows.size();
  const std::vector<std::size_t> rows =
      drawn_rows(task.support_rows, shots, task.options.seed, episode);
  std::vector<std::int32_t> labels;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    labels.push_back(static_cast<std::int32_t>(i / shots));
  }
  const Prototypes prototypes = analysis::prototypes_of(task.support, rows, labels, classes);
  if (prototypes.centres.rows == 0) return {};
  const DoubleMatrix distances = analysis::distances_to(prototypes, task.tests);
  return accuracy_of(nearest_classes(distances), task.test_labels, classes);
}

struct Moments {
  double mean = nan;
  double deviation = nan;
};

Moments moments_of(const std::vector<double>& values) {
  double sum = 0.0;
  double count = 0.0;
  for (const double value : values) {
    if (std::isnan(value)) continue;
    sum += value;
    count += 1.0;
  }
  if (count == 0.0) return {};
  double squares = 0.0;
  for (const double value : values) {
    if (!std::isnan(value)) squares += (value - sum / count) * (value - sum / count);
  }
  return {sum / count, count > 1.0 ? std::sqrt(squares / (count - 1.0)) : nan};
}

ShotScores run_shots(const Task& task, std::size_t shots) {
  ShotScores scores;
  scores.shots = shots;
  scores.message = shortage(task.support_rows, shots);
  if (scores.message.empty()) {
    std::size_t next = 0;
    ordered_map(
        task.options.threads,
        [&]() -> std::optional<std::size_t> {
          if (next == task.options.episodes) return std::nullopt;
          return next++;
        },
        [&] { return [&](std::size_t episode) { return run_episode(task, shots, episode); }; },
        [&](const Accuracy& accuracy) {
          scores.accuracies.push_back(accuracy.plain);
          scores.balanced_accuracies.push_back(accuracy.balanced);
        });
    const auto without = std::count_if(scores.accuracies.begin(), scores.accuracies.end(),
                                       [](double value) { return std::isnan(value); });
    if (without > 0) {
      scores.message = "in " + std::to_string(without) + " episodes the examples were all equal";
    }
  }
  const Moments plain = moments_of(scores.accuracies);
  const Moments balanced = moments_of(scores.balanced_accuracies);
  scores.mean_accuracy = plain.mean;
  scores.accuracy_deviation = plain.deviation;
  scores.mean_balanced_accuracy = balanced.mean;
  scores.balanced_accuracy_deviation = balanced.deviation;
  return scores;
}

}  // namespace

void validate(const EpisodeOptions& options) {
  const auto refuse = [](const std::string& sentence) { throw Error(ErrorKind::usage, sentence); };
  if (options.shots.empty()) refuse("no numbers of shots are given");
  if (std::count(options.shots.begin(), options.shots.end(), 0U) > 0) {
    refuse("a number of shots must be at least 1, got 0");
  }
  if (options.episodes == 0) refuse("the number of episodes must be at least 1, got 0");
  if (options.threads == 0) refuse("the number of threads must be at least 1, got 0");
}

std::vector<std::size_t> episode_rows(const std::vector<std::int32_t>& labels, std::size_t classes,
                                      std::size_t shots, std::uint64_t seed, std::size_t episode) {
  RowsOfClass rows = rows_by_class(labels, classes);
  const std::string problem = shortage(rows, shots);
  if (!problem.empty()) throw Error(ErrorKind::input, problem);
  return drawn_rows(std::move(rows), shots, seed, episode);
}

std::vector<ShotScores> run_episodes(const FloatMatrixView& support,
                                     const std::vector<std::int32_t>& support_labels,
                                     const FloatMatrixView& tests,
                                     const std::vector<std::int32_t>& test_labels,
                                     std::size_t classes, const EpisodeOptions& options) {
  validate(options);
  analysis::check_count(support_labels.size(), support.rows, "the labels of the support");
  analysis::check_count(test_labels.size(), tests.rows, "the labels of the tests");
  if (tests.rows == 0) throw Error(ErrorKind::input, "there are no test rows");
  analysis::check_columns(tests, support.columns, "the tests");
  analysis::check_finite(support, "the support");
  analysis::check_finite(tests, "the tests");
  analysis::check_labels(test_labels, classes);
  const RowsOfClass rows = rows_by_class(support_labels, classes);
  const Task task{support, rows, tests, test_labels, options};
  std::vector<ShotScores> scores;
  for (const std::size_t shots : options.shots) scores.push_back(run_shots(task, shots));
  return scores;
}

}  // namespace histo
