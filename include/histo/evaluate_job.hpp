#pragma once
/// What files of predictions are worth: the figures of histo/classification_metrics.hpp with
/// intervals over patients, of one file or of several beside each other.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

#include "histo/job.hpp"
#include "histo/labels.hpp"
#include "histo/observer.hpp"

namespace histo {

/// What is scored: the rows of the files as they are, or one prediction for each slide or patient,
/// which is the mean of the probabilities of its rows.
enum class EvaluationLevel { tile, slide, group };

struct EvaluateJobOptions {
  /// predictions.csv of one or several models, of the same tiles; each once. Rows that one of them
  /// has and another has not are left out, counted and listed in missing.csv. The first file is
  /// what the others are compared with.
  std::vector<std::filesystem::path> predictions;

  /// Where the truth is from: with a table by slide and place from there, else the files' own
  /// column `truth`. Its groups, if it is asked for some, replace those of the files; with a split
  /// only rows of "test" are scored. `classes` are the order of the classes of the files, which
  /// quadratic kappa follows; it holds each of them.
  LabelOptions labels;

  EvaluationLevel level = EvaluationLevel::tile;

  std::size_t repeats = 1000;  ///< resamples of the patients; at least 1
  double confidence = 0.95;    ///< of the intervals, in (0, 1)
  std::uint64_t seed = 0;
  std::size_t threads = 1;  ///< at least 1; no result depends on it

  std::filesystem::path output;
  Overwrite overwrite = Overwrite::never;
  RunInfo info;
};

/// Throws Error(usage) naming the option and the value.
void validate(const EvaluateJobOptions& options);

/// Holds all files in memory. Throws Error(input) naming the file for one that cannot be read, for
/// a row that stands there twice, for files that contradict each other in truth or patient, and
/// where no row is left that has a truth. Figures that are not defined are said in `messages` of
/// summary.json.
AnalysisReport run_evaluate_job(const EvaluateJobOptions& options, Observer& observer,
                                const std::atomic<bool>& stop);

}  // namespace histo
