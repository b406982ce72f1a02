#include "jobs/survival_apply.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "histo/error.hpp"
#include "histo/group_folds.hpp"

#include "core/fingerprint.hpp"
#include "core/text.hpp"
#include "jobs/cox_file.hpp"
#include "jobs/survival_pictures.hpp"
#include "jobs/survival_tables.hpp"

namespace histo {

namespace {

struct OutcomeColumns {
  std::string time;
  std::string event;
};

OutcomeColumns outcome_columns(const StoredCox& stored, const SurvivalJobOptions& options) {
  return {options.time.empty() ? stored.time : options.time,
          options.event.empty() ? stored.event : options.event};
}

/// The columns that the model asks for. The times are read where the table has them, or where they
/// are asked for; a risk does not need them.
CohortColumns columns_for(const StoredCox& stored, const SurvivalJobOptions& options,
                          const PatientTable& table) {
  CohortColumns columns;
  columns.key = options.key;
  columns.clinical = stored.all.columns;
  for (const std::string& column : stored.all.columns) {
    if (table.has(column)) continue;
    throw Error(ErrorKind::input, options.table.string() + ": has no column " + column +
                                      ", which the model of " + options.apply.string() + " needs");
  }
  // The names that the model has learnt from are that column's, and no other's tell who is known.
  const bool has_group = !stored.group.empty() && table.has(stored.group);
  columns.group = options.group.empty() && has_group ? stored.group : options.group;
  const OutcomeColumns outcome = outcome_columns(stored, options);
  const bool is_asked_for = !options.time.empty() || !options.event.empty();
  if (is_asked_for || (table.has(outcome.time) && table.has(outcome.event))) {
    columns.time = outcome.time;
    columns.event = outcome.event;
  }
  columns.outcomes_may_miss = true;
  return columns;
}

Risks risks_of(const StoredCoxModel& stored, const Cohort& cohort, double horizon) {
  std::vector<std::size_t> places;
  for (const std::string& column : stored.columns) {
    const auto& names = cohort.clinical_names;
    const auto place = std::find(names.begin(), names.end(), column);
    if (place == names.end()) {
      throw Error(ErrorKind::input,
                  "the clinical model has a column " + column + ", which the whole model has not");
    }
    places.push_back(static_cast<std::size_t>(place - names.begin()));
  }
  const DoubleMatrix covariates = columns_at(cohort.clinical, places, cohort.clusters, {});
  Risks risks;
  risks.log_risk = log_risks(stored.model, covariates.view());
  risks.event_risk = event_risks(stored.model, covariates.view(), horizon);
  risks.group = risk_groups(risks.log_risk, stored.cut);
  return risks;
}

HeldOut held_out_by(const StoredCox& stored, Cohort cohort, double horizon) {
  HeldOut held;
  held.name = "apply";
  held.cohort = std::move(cohort);
  held.risks = risks_of(stored.all, held.cohort, horizon);
  if (stored.clinical) held.clinical = risks_of(*stored.clinical, held.cohort, horizon);
  held.fold.assign(held.cohort.patients(), 0);
  held.kept.push_back(stored.all.columns);
  held.penalties.push_back(stored.penalty);
  held.learnt_from.push_back(stored.patients.size());
  return held;
}

template <class Value>
std::vector<Value> at(const std::vector<Value>& values, const std::vector<std::size_t>& places) {
  std::vector<Value> some;
  for (const std::size_t place : places) some.push_back(values[place]);
  return some;
}

Risks at(const Risks& risks, const std::vector<std::size_t>& places) {
  if (risks.empty()) return {};
  return {at(risks.log_risk, places), at(risks.event_risk, places), at(risks.group, places)};
}

/// Those whose outcome is known, by which risks can be judged.
HeldOut with_outcome(const HeldOut& all) {
  std::vector<std::size_t> places;
  const std::vector<double>& times = all.cohort.survival.times;
  for (std::size_t i = 0; i < times.size(); ++i) {
    if (!std::isnan(times[i])) places.push_back(i);
  }
  HeldOut some = all;
  some.cohort = patients_at(all.cohort, places);
  some.fold = at(all.fold, places);
  some.risks = at(all.risks, places);
  some.clinical = at(all.clinical, places);
  return some;
}

std::vector<std::string> names_of(const Cohort& cohort) {
  std::vector<std::string> names;
  for (const std::int32_t group : cohort.group) {
    names.push_back(cohort.groups[static_cast<std::size_t>(group)]);
  }
  return names;
}

/// Why nobody is judged, or how many are not; nothing where all are.
std::string outcome_message(const OutcomeColumns& outcome, const PatientTable& table,
                            std::size_t patients, std::size_t judged) {
  const std::string both = "both of " + outcome.time + " and " + outcome.event;
  if (judged == patients) return "";
  if (judged > 0) {
    return count_of(patients - judged, "patient") + " of " + std::to_string(patients) +
           " without " + both + ": their risk is in risks.csv, and the others are those that the " +
           "risks are tested on";
  }
  const bool has_time = table.has(outcome.time);
  const bool has_event = table.has(outcome.event);
  const std::string reason = has_time && has_event   ? "no patient has " + both
                             : has_time || has_event ? "the table has not " + both
                                                     : "the table has no times";
  return reason + ", so that what the risks are worth is not known";
}

struct Results {
  AnalysisReport report;
  Json json;
  std::vector<std::string> messages;
};

/// What is known beside the risks.
struct Judgement {
  const SurvivalJobOptions& options;
  const std::string& time;  ///< the column's name
  double horizon;
  Ties ties;
};

/// What the risks are worth, by the times.
void judge(const HeldOut& held, const Judgement& by, ResultFolder& folder, Results& results) {
  const SurvivalJobOptions& options = by.options;
  const BootstrapOptions bootstrap{options.bootstrap, options.confidence, options.seed, 100,
                                   options.threads};
  const HeldOutFigures figures = concordance_of(held, bootstrap);
  const HeldOutTest test = test_of(held, by.ties);
  Json evaluation = json_of(held, figures);
  add_test(test, evaluation);
  results.json["test"] = evaluation;
  for (const std::string& message : test_messages(figures, test)) {
    results.messages.push_back(message);
  }
  const CurveSet curves = risk_curves(held, "By risk, log-rank p " + short_number(test.log_rank.p));
  folder.write("km.csv", curve_table({curves}));
  folder.write("km.png", curve_picture({curves}, by.time));
  const NamedDecision decision = decision_of(held, by.horizon);
  if (!decision.all.message.empty()) {
    results.messages.push_back("decision curve: " + decision.all.message);
  }
  folder.write("decision_curve.csv", decision_table({decision}));
  folder.write("decision_curve.png", decision_picture({decision}, by.horizon, by.time));
  results.report.findings.push_back(
      test_sentence("these patients", held, figures, test, options.confidence));
}

}  // namespace

std::string missing_sentence(const Cohort& cohort, const std::string& table) {
  if (cohort.lacking.empty()) return "";
  const std::size_t left_out = cohort.lines - cohort.patients();
  std::set<std::string> columns;
  for (const MissingCell& cell : cohort.lacking) columns.insert(cell.column);
  return table + ": " + count_of(left_out, "line") + " of " + std::to_string(cohort.lines) +
         " left out, since not all of their columns are known; missing.csv names them, and what "
         "is missing of " +
         first_names({columns.begin(), columns.end()});
}

CurveSet risk_curves(const HeldOut& held, const std::string& title) {
  CurveSet set = curves_of(held.cohort.survival, held.risks.group, {"low risk", "high risk"});
  set.evaluation = held.name;
  set.title = title;
  return set;
}

AnalysisReport apply_survival_model(const SurvivalJobOptions& options, Observer& observer) {
  const StoredCox stored = read_cox_file(options.apply);
  const PatientTable table(options.table, options.key);
  const CohortColumns columns = columns_for(stored, options, table);
  const double horizon = options.horizon.value_or(stored.horizon);
  const HeldOut held = held_out_by(stored, read_cohort(table, columns), horizon);
  const HeldOut judged = with_outcome(held);
  const std::size_t patients = held.cohort.patients();
  const bool is_judged = judged.cohort.patients() > 0;
  refuse_leak(stored.patients, names_of(judged.cohort));

  ResultFolder folder(options.output, options.overwrite);
  folder.spare(options.apply);
  Results results;
  results.json["table"] = options.table.string();
  results.json["model"] = options.apply.string();
  results.json["model_sha256"] = sha256_file(options.apply);
  results.json["group_column"] = columns.group;
  results.json["patients"] = patients;
  results.json["left_out"] = held.cohort.lines - patients;
  results.json["without_outcome"] = patients - judged.cohort.patients();
  results.json["horizon"] = horizon;
  const std::string missing = missing_sentence(held.cohort, options.table.string());
  if (!missing.empty()) results.messages.push_back(missing);
  if (is_judged && !stored.group.empty() && columns.group.empty()) {
    results.messages.emplace_back(
        "no --group: whether a patient of these lines is one that the model was fitted on was not "
        "looked at, and the table has no column " +
        stored.group);
  }
  const std::string outcome =
      outcome_message(outcome_columns(stored, options), table, patients, judged.cohort.patients());
  if (!outcome.empty()) results.messages.push_back(outcome);
  folder.write("missing.csv", missing_cells_table(held.cohort.missing));
  folder.write("risks.csv", risk_table({held}));
  results.report.findings.push_back("risks.csv: the risks of " + count_of(patients, "patient"));
  if (is_judged) {
    const Ties ties = stored.ties == "breslow" ? Ties::breslow : Ties::efron;
    judge(judged, {options, columns.time, horizon, ties}, folder, results);
  }
  for (const std::string& message : results.messages) observer.warn(message);
  results.json["messages"] = results.messages;
  folder.commit("survival", options.info, results.json);
  return results.report;
}

}  // namespace histo
