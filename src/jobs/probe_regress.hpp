#pragma once
/// Numbers, such as an expression, from frozen features by ridge regression.

#include <atomic>

#include "histo/classify_job.hpp"

#include "jobs/labelled_tiles.hpp"
#include "jobs/number_table.hpp"
#include "jobs/result_folder.hpp"

namespace histo {

/// By split or by folds. Writes regression.csv, regression_slides.csv, missing.csv, model.h5 and
/// summary.json.
AnalysisReport learn_numbers(const ProbeJobOptions& options, Observer& observer,
                             const std::atomic<bool>& stop);

/// A model.h5 of kind "ridge" for the tiles of other slides.
AnalysisReport apply_numbers(const ProbeJobOptions& options, Observer& observer,
                             const std::atomic<bool>& stop);

/// The names of slides stand in for classes, so that every line of the table counts as a label.
LabelOptions any_line(const LabelOptions& labels);

/// Writes regression_slides.csv and adds the figures of tiles whose truth is known, and of their
/// slides, to `results` and as sentences to `report`.
void write_regressed(const Regressed& known, const Regressed& slides,
                     const ClassifyOptions& options, ResultFolder& folder, Json& results,
                     AnalysisReport& report);

}  // namespace histo
