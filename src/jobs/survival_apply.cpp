#include "jobs/survival_apply.hpp"

#include <algorithm>
#include <set>

#include "histo/error.hpp"
#include "histo/group_folds.hpp"

#include "core/fingerprint.hpp"
#include "core/text.hpp"
#include "jobs/cox_file.hpp"
#include "jobs/survival_pictures.hpp"
#include "jobs/survival_tables.hpp"

namespace histo {

namespace {

/// The columns that the model asks for. The times are read where the table has them, or where they
/// are asked for.
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
  columns.group = options.group;
  const std::string time = options.time.empty() ? stored.time : options.time;
  const std::string event = options.event.empty() ? stored.event : options.event;
  const bool is_asked_for = !options.time.empty() || !options.event.empty();
  if (is_asked_for || (table.has(time) && table.has(event))) {
    columns.time = time;
    columns.event = event;
  }
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
  if (!decision.all.message.empty()) results.messages.push_back(decision.all.message);
  folder.write("decision_curve.csv", decision_table({decision}));
  folder.write("decision_curve.png", decision_picture({decision}, by.horizon, by.time));
  results.report.findings.push_back(
      test_sentence("these patients", held, figures, test, options.confidence));
}

}  // namespace

std::string missing_sentence(const Cohort& cohort, const std::string& table) {
  if (cohort.missing.empty()) return "";
  const std::size_t left_out = cohort.lines - cohort.patients();
  std::set<std::string> columns;
  for (const MissingCell& cell : cohort.missing) columns.insert(cell.column);
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
  HeldOut held;
  held.name = "apply";
  held.cohort = read_cohort(table, columns);
  if (held.cohort.has_times) refuse_leak(stored.patients, held.cohort.groups);
  const double horizon = options.horizon.value_or(stored.horizon);
  held.risks = risks_of(stored.all, held.cohort, horizon);
  if (stored.clinical) held.clinical = risks_of(*stored.clinical, held.cohort, horizon);
  held.fold.assign(held.cohort.patients(), 0);
  held.kept.push_back(stored.all.columns);
  held.penalties.push_back(stored.penalty);
  held.learnt_from.push_back(stored.patients.size());

  ResultFolder folder(options.output, options.overwrite);
  Results results;
  results.json["table"] = options.table.string();
  results.json["model"] = options.apply.string();
  results.json["model_sha256"] = sha256_file(options.apply);
  results.json["patients"] = held.cohort.patients();
  results.json["left_out"] = held.cohort.lines - held.cohort.patients();
  results.json["horizon"] = horizon;
  const std::string missing = missing_sentence(held.cohort, options.table.string());
  if (!missing.empty()) results.messages.push_back(missing);
  folder.write("missing.csv", missing_cells_table(held.cohort.missing));
  folder.write("risks.csv", risk_table({held}));
  results.report.findings.push_back("risks.csv: the risks of " +
                                    count_of(held.cohort.patients(), "patient"));
  if (held.cohort.has_times) {
    const Ties ties = stored.ties == "breslow" ? Ties::breslow : Ties::efron;
    judge(held, {options, columns.time, horizon, ties}, folder, results);
  } else {
    results.messages.emplace_back(
        "the table has no times, so that what the risks are worth is not known");
  }
  for (const std::string& message : results.messages) observer.warn(message);
  results.json["messages"] = results.messages;
  folder.commit("survival", options.info, results.json);
  return results.report;
}

}  // namespace histo
