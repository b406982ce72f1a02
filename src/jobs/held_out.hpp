#pragma once
/// Risks of patients that a model has not seen, and what they are worth.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "histo/bootstrap.hpp"
#include "histo/decision_curve.hpp"
#include "histo/survival.hpp"

#include "jobs/cohort.hpp"
#include "jobs/cox_recipe.hpp"

namespace histo {

/// What one model says of patients; one entry a patient.
struct Risks {
  std::vector<double> log_risk;     ///< beyond the training patients' mean
  std::vector<double> event_risk;   ///< of the event by the horizon
  std::vector<std::int32_t> group;  ///< 1: above the training patients' median
  bool empty() const { return log_risk.empty(); }
};

/// Patients by models that were fitted on others.
struct HeldOut {
  std::string name;                      ///< "test", "folds", "apply"
  Cohort cohort;                         ///< the patients held out
  std::vector<std::int32_t> fold;        ///< whose model; risks of two models are not compared
  Risks risks;                           ///< of clinical columns and clusters
  Risks clinical;                        ///< of the clinical columns alone; empty without any
  std::vector<std::size_t> learnt_from;  ///< patients, one entry a model
  std::vector<std::vector<std::string>> kept;  ///< clusters, one list a model
  std::vector<double> penalties;               ///< one a model
};

/// Adds the patients with what the model says of them.
void hold_out(const CoxRecipe& recipe, const Cohort& patients, double horizon, HeldOut& to);

struct HeldOutFigures {
  Interval concordance;
  std::optional<Interval> clinical;    ///< of the clinical columns alone
  std::optional<Interval> difference;  ///< on the same resamples
  std::vector<std::string> messages;
};
/// Harrell's C over pairs of one fold, with intervals over patients.
HeldOutFigures concordance_of(const HeldOut& held, const BootstrapOptions& options);

/// Tests that hold their level where all risks are of one model.
struct HeldOutTest {
  LogRank log_rank;          ///< high against low risk, cut at the training patients' median
  bool is_reversed = false;  ///< the group of low risk had more events than expected
  /// The one coefficient of a Cox model of the log risk: 1 where differences of risk are as large
  /// as foretold. NaN with `slope_message`.
  double slope = 0.0;
  double slope_p = 0.0;
  std::string slope_message;
  /// Whether the log risk explains more than that of the clinical columns alone. NaN likewise.
  std::optional<LikelihoodRatio> beyond_clinical;
  std::string beyond_message;
};
HeldOutTest test_of(const HeldOut& held, Ties ties);

/// 0.01, 0.02 .. 0.99
std::vector<double> risk_thresholds();

}  // namespace histo
