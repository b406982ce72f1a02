#pragma once
/// Patients' times until an event, from shares of clusters and clinical data.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "histo/cox.hpp"
#include "histo/job.hpp"
#include "histo/observer.hpp"

namespace histo {

/// Which penalty the inner cross-validation takes; see CoxValidation.
enum class PenaltyChoice { best, sparsest };

/// The recipe, which sees training patients alone: the lasso chooses clusters, at a penalty that
/// cross-validation among the training patients chooses; a plain Cox model is fitted of the
/// clinical columns and the clusters kept; its risks are cut at the training patients' median.
struct SurvivalJobOptions {
  std::filesystem::path table;  ///< a CSV with a line a patient, such as joined.csv of `compose`
  std::string key = "patient";  ///< its column with the names
  std::string time;             ///< with the follow-up
  std::string event;            ///< with 1: the event came at that time; 0: it had not by then

  std::vector<std::string> clinical;  ///< columns that are always in the model
  /// Columns that the lasso chooses from; "*" stands for any letters. Those that are not there are
  /// an error, but for the default.
  std::vector<std::string> clusters = default_clusters();
  static std::vector<std::string> default_clusters() { return {"cluster=*", "ilr=*", "alr=*"}; }

  std::string group;   ///< column that says which lines are of one patient; empty: each is one
  std::string split;   ///< column with train, test or nothing; empty: half of the patients, drawn
  std::string strata;  ///< column whose values get a curve each; empty: none

  Ties ties = Ties::efron;
  std::optional<double> penalty;  ///< unset: by inner cross-validation; 0: no lasso, all clusters
  double l1_ratio = 1.0;
  PenaltyChoice choice = PenaltyChoice::best;

  std::size_t folds = 5;  ///< outer; 0: no cross-validation, the test alone
  std::size_t inner_folds = 5;

  /// When decision curves look, in the unit of the times. Unset: the median of the events' times.
  std::optional<double> horizon;

  std::size_t bootstrap = 1000;
  double confidence = 0.95;
  std::uint64_t seed = 0;
  std::size_t threads = 1;

  std::filesystem::path apply;  ///< a model.h5 to apply; then nothing is fitted

  std::filesystem::path output;
  Overwrite overwrite = Overwrite::never;
  RunInfo info;
};

/// Throws Error(usage) naming the option.
void validate(const SurvivalJobOptions& options);

/// Writes summary.json, risks.csv, km.csv, decision_curve.csv, missing.csv, pictures, and where
/// something is fitted coefficients.csv, path.csv and model.h5. Throws Error(input) where the table
/// does not fit, where no event is there, and where patients are too few; Error(output).
AnalysisReport run_survival_job(const SurvivalJobOptions& options, Observer& observer,
                                const std::atomic<bool>& stop);

}  // namespace histo
