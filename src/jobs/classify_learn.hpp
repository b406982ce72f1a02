#pragma once
/// From labelled tiles to a model and to what it says of tiles that it has not seen.

#include <atomic>
#include <vector>

#include "histo/classify_job.hpp"

#include "jobs/classifier.hpp"
#include "jobs/classify_trials.hpp"
#include "jobs/labelled_tiles.hpp"
#include "jobs/result_folder.hpp"
#include "store/prediction_table.hpp"

namespace histo {

/// What a job does beside predicting, with the same tiles held out.
class Sideline {
 public:
  Sideline() = default;
  Sideline(const Sideline&) = delete;
  Sideline& operator=(const Sideline&) = delete;
  virtual ~Sideline() = default;

  /// With each trial; `plan` is what `classifier` has learnt from.
  virtual void join(const LabelledTiles& tiles, const Trial& trial, const LessonPlan& plan,
                    const Classifier& classifier) = 0;
  /// After all trials.
  virtual void write(const LabelledTiles& tiles, ResultFolder& folder, Json& results,
                     AnalysisReport& report) = 0;
};

/// By split or by folds. Throws as the doors of the job say.
AnalysisReport learn_classes(const Method& method, const ClassifyOptions& options,
                             Sideline* sideline, Observer& observer, const std::atomic<bool>& stop);

/// What a classifier that learnt from `plan` says of the tiles at these places. `distances`: of
/// each tile to the classes that were learnt, where it measures some.
struct Named {
  PredictionTable table;  ///< a row for each place
  DoubleMatrix distances;
};
Named name_tiles(const Classifier& classifier, const LessonPlan& plan, const LabelledTiles& tiles,
                 const Trial& trial);

/// Without any row: the classes, slides and groups.
PredictionTable names_of(const LabelledTiles& tiles);

/// As model.h5 has it: the texts and lists that all kinds have.
Fitted describe_model(const Method& method, const LabelledTiles& tiles,
                      const std::vector<std::size_t>& learnt_from, const ClassifyOptions& options);

}  // namespace histo
