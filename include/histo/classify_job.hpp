#pragma once
/// Jobs that learn classes (or numbers) from labelled tiles and name them for others: `knn`,
/// `fewshot` and `probe`.
///
/// Three ways, the same for all:
///   split   labels.split says which tiles are learnt from and which are tried on
///   folds   without it: every tile is tried on by what was learnt from the groups (patients) of
///           the other folds, and the model that is saved is learnt from all tiles
///   apply   with `model`: the tiles of the inputs get the classes of a model.h5, slide by slide;
///           labels are then the truth to compare with, and may be left out
///
/// No group is ever in two parts, and none that a model was learnt from is tried on with it:
/// Error(input) names it. Results do not depend on `threads`; the same seed gives the same files.
///
/// Written to `output`: predictions.csv, slides.csv, confusion.csv, classes.csv, missing.csv,
/// model.h5 (not by apply) and, last, summary.json; docs/formats.md says what they hold.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "histo/bootstrap.hpp"
#include "histo/few_shot.hpp"
#include "histo/job.hpp"
#include "histo/knn.hpp"
#include "histo/labels.hpp"
#include "histo/observer.hpp"
#include "histo/probe.hpp"

namespace histo {

/// What the three jobs share.
struct ClassifyOptions {
  std::vector<std::filesystem::path> inputs;  ///< folders with extracted features
  LabelOptions labels;                        ///< with `model` the table may be empty
  std::filesystem::path model;                ///< --apply: a model.h5 of the same job; empty: learn
  std::size_t folds = 5;                      ///< at least 2; of no meaning with labels.split

  std::size_t bootstrap = 1000;  ///< resamples of groups for the intervals, at least 1
  double confidence = 0.95;      ///< of the intervals, in (0, 1)
  std::uint64_t seed = 0;        ///< of folds, resamples, episodes and ladders
  std::size_t threads = 1;       ///< at least 1

  std::filesystem::path output;
  Overwrite overwrite = Overwrite::never;
  RunInfo info;
};

struct KnnJobOptions {
  ClassifyOptions common;
  KnnOptions knn;  ///< its threads are those of `common`
};

struct FewShotJobOptions {
  ClassifyOptions common;

  /// Prototypes from so many examples of each class, drawn again and again, tried on the test tiles
  /// of the split or on the first fold. No shots: no episodes. Its seed and threads are those of
  /// `common`.
  EpisodeOptions episodes;
  bool save_episodes = false;     ///< episodes.csv and episode_tiles.csv
  std::size_t nearest_tiles = 5;  ///< of a slide that vote for each class, at least 1
};

struct ProbeJobOptions {
  ClassifyOptions common;
  ProbeOptions probe;  ///< its threads are those of `common`

  /// Costs to choose from by log loss: on the validation tiles of the split, or where there are
  /// none, on a quarter of the groups that are learnt from. Empty: probe.cost.
  std::vector<double> costs;

  /// How good the probe is with that many of the tiles, each at least the number of classes.
  std::vector<std::size_t> ladder;

  /// Columns of the labels with numbers to be predicted by ridge regression, in place of classes.
  /// Lines with an empty cell in one of them say nothing.
  std::vector<std::string> regress;
  double penalty = 1.0;  ///< of the ridge regression, above 0
};

/// Throw Error(usage) naming the option and the value.
void validate(const KnnJobOptions& options);
void validate(const FewShotJobOptions& options);
void validate(const ProbeJobOptions& options);

AnalysisReport run_knn_job(const KnnJobOptions& options, Observer& observer,
                           const std::atomic<bool>& stop);
AnalysisReport run_few_shot_job(const FewShotJobOptions& options, Observer& observer,
                                const std::atomic<bool>& stop);
AnalysisReport run_probe_job(const ProbeJobOptions& options, Observer& observer,
                             const std::atomic<bool>& stop);

}  // namespace histo
