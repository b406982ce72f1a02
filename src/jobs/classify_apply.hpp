#pragma once
/// The classes of a model.h5 for the tiles of other slides.

#include <atomic>

#include "histo/classify_job.hpp"

#include "jobs/classifier.hpp"
#include "jobs/labelled_tiles.hpp"

namespace histo {

/// Slide after slide; in memory is what is held of one block of tiles, and of the tiles whose truth
/// is known what was predicted of them. Throws as the doors of the job say.
AnalysisReport apply_classes(const Method& method, const ClassifyOptions& options,
                             Observer& observer, const std::atomic<bool>& stop);

/// What a model.h5 says that it was fitted on.
FeatureSource source_of(const Fitted& fitted);

/// The inputs and what the labels say of them, one entry a slide, by name.
struct AppliedSlides {
  std::vector<std::filesystem::path> folders;
  std::vector<std::string> names;
  /// Of each tile; no entries of any slide without labels.
  std::vector<std::vector<LabelTable::Entry>> entries;
  std::vector<std::string> groups;  ///< names
  Unmatched unmatched;
};
/// Throws Error(input) for two slides of one name, features that are not those of the model, and
/// with labels for a slide or group that the model was fitted on.
AppliedSlides applied_slides(const Fitted& fitted, const ClassifyOptions& options,
                             const std::vector<std::string>& classes);

/// What summary.json begins with; `named` is the model's list of what it names, "classes" or
/// "targets".
Json applied_results(const Fitted& fitted, const ClassifyOptions& options,
                     const AppliedSlides& slides, const std::string& named);

}  // namespace histo
