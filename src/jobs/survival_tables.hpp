#pragma once
/// Tables and figures that `survival` writes.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "histo/decision_curve.hpp"
#include "histo/survival.hpp"

#include "jobs/cohort.hpp"
#include "jobs/cox_recipe.hpp"
#include "jobs/held_out.hpp"
#include "jobs/result_folder.hpp"

namespace histo {

/// Kaplan-Meier's curve of some patients.
struct NamedCurve {
  std::string name;
  std::size_t patients = 0;
  std::vector<double> times;  ///< of all of them, rising
  SurvivalCurve curve;
  std::size_t at_risk(double time) const;
};

/// Curves that stand beside each other in a chart.
struct CurveSet {
  std::string evaluation;  ///< "test", "folds", "strata", "apply"
  std::string title;
  std::vector<NamedCurve> curves;
  std::optional<LogRank> log_rank;  ///< where the test holds its level
};

/// One curve for each group that has a patient; `names` by group.
CurveSet curves_of(const SurvivalTimes& survival, const std::vector<std::int32_t>& groups,
                   const std::vector<std::string>& names);

/// km.csv: columns evaluation, curve, time, at_risk, events, survival, standard_error, lower,
/// upper; a first line at the time 0 and one for each time with events.
std::string curve_table(const std::vector<CurveSet>& sets);

struct NamedDecision {
  std::string evaluation;
  DecisionCurve all;
  std::optional<DecisionCurve> clinical;
};
/// decision_curve.csv: columns evaluation, threshold, net_benefit, clinical, treat_all.
std::string decision_table(const std::vector<NamedDecision>& decisions);
NamedDecision decision_of(const HeldOut& held, double horizon);

/// risks.csv: columns key, evaluation, fold, [time, event,] log_risk, event_risk, risk_group and
/// the three again for the clinical columns alone, where there are any. Patients without an outcome
/// have empty cells for it.
std::string risk_table(const std::vector<HeldOut>& all);

/// coefficients.csv of the model of all patients.
std::string coefficient_table(const CoxRecipe& recipe, const Cohort& cohort);

/// path.csv: penalty, kept, the validation's figures, and the coefficient of each cluster column.
std::string path_table(const std::vector<CoxFit>& path, const CoxRecipe& recipe,
                       const Cohort& cohort);

Json json_of(const Interval& interval);
Json json_of(const LogRank& test);
Json json_of(const HeldOut& held, const HeldOutFigures& figures);
/// Of the final model, which learnt from `training`.
Json json_of(const CoxRecipe& recipe, const Cohort& training, const std::string& penalty_from);
/// Adds to that of an evaluation, for evaluations whose test holds its level.
void add_test(const HeldOutTest& test, Json& to);

/// What a reader must know of these figures.
std::vector<std::string> test_messages(const HeldOutFigures& figures, const HeldOutTest& test);
/// "WHERE, 75 patients with 40 events: C-index ..., log-rank of their risk groups p ..."
std::string test_sentence(const std::string& where, const HeldOut& held,
                          const HeldOutFigures& figures, const HeldOutTest& test, double level);

/// "0.712 (95 % interval 0.63 to 0.79)"
std::string interval_text(const Interval& interval, double level);
/// With three significant digits.
std::string short_number(double value);

}  // namespace histo
