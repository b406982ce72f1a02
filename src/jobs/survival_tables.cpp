#include "jobs/survival_tables.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "core/csv.hpp"
#include "core/text.hpp"

namespace histo {

namespace {

/// Empty for a NaN.
std::vector<std::string> risk_cells(const Risks& risks, std::size_t i) {
  return {number(risks.log_risk[i]), number(risks.event_risk[i]),
          risks.group[i] == 0 ? "low" : "high"};
}

void append(std::vector<std::string>& to, const std::vector<std::string>& more) {
  to.insert(to.end(), more.begin(), more.end());
}

}  // namespace

std::size_t NamedCurve::at_risk(double time) const {
  return static_cast<std::size_t>(times.end() - std::lower_bound(times.begin(), times.end(), time));
}

CurveSet curves_of(const SurvivalTimes& survival, const std::vector<std::int32_t>& groups,
                   const std::vector<std::string>& names) {
  CurveSet set;
  for (std::size_t group = 0; group < names.size(); ++group) {
    SurvivalTimes some;
    for (std::size_t i = 0; i < groups.size(); ++i) {
      if (groups[i] != static_cast<std::int32_t>(group)) continue;
      some.times.push_back(survival.times[i]);
      some.events.push_back(survival.events[i]);
    }
    if (some.times.empty()) continue;
    NamedCurve named{names[group], some.times.size(), some.times, kaplan_meier(some)};
    std::sort(named.times.begin(), named.times.end());
    set.curves.push_back(std::move(named));
  }
  return set;
}

std::string curve_table(const std::vector<CurveSet>& sets) {
  std::string text = csv_line({"evaluation", "curve", "time", "at_risk", "events", "survival",
                               "standard_error", "lower", "upper"});
  for (const CurveSet& set : sets) {
    for (const NamedCurve& named : set.curves) {
      const SurvivalCurve& curve = named.curve;
      text += csv_line({set.evaluation, named.name, "0", std::to_string(named.patients), "0", "1",
                        "0", "1", "1"});
      for (std::size_t i = 0; i < curve.times.size(); ++i) {
        text += csv_line({set.evaluation, named.name, number(curve.times[i]),
                          std::to_string(curve.at_risk[i]), std::to_string(curve.events[i]),
                          number(curve.survival[i]), csv_number(curve.standard_error[i]),
                          csv_number(curve.lower[i]), csv_number(curve.upper[i])});
      }
    }
  }
  return text;
}

NamedDecision decision_of(const HeldOut& held, double horizon) {
  const std::vector<double> thresholds = risk_thresholds();
  NamedDecision decision;
  decision.evaluation = held.name;
  decision.all = decision_curve(held.cohort.survival, held.risks.event_risk, horizon, thresholds);
  if (!held.clinical.empty()) {
    decision.clinical =
        decision_curve(held.cohort.survival, held.clinical.event_risk, horizon, thresholds);
  }
  return decision;
}

std::string decision_table(const std::vector<NamedDecision>& decisions) {
  std::string text = csv_line({"evaluation", "threshold", "net_benefit", "clinical", "treat_all"});
  for (const NamedDecision& each : decisions) {
    for (std::size_t i = 0; i < each.all.thresholds.size(); ++i) {
      text += csv_line({each.evaluation, number(each.all.thresholds[i]),
                        csv_number(each.all.net_benefit[i]),
                        each.clinical ? csv_number(each.clinical->net_benefit[i]) : "",
                        csv_number(each.all.treat_all[i])});
    }
  }
  return text;
}

std::string risk_table(const std::vector<HeldOut>& all) {
  const bool has_times = std::any_of(all.begin(), all.end(),
                                     [](const HeldOut& held) { return held.cohort.has_times; });
  const bool has_clinical = std::any_of(all.begin(), all.end(),
                                        [](const HeldOut& held) { return !held.clinical.empty(); });
  std::vector<std::string> cells{"key", "evaluation", "fold"};
  if (has_times) append(cells, {"time", "event"});
  append(cells, {"log_risk", "event_risk", "risk_group"});
  if (has_clinical) append(cells, {"clinical_log_risk", "clinical_event_risk", "clinical_group"});
  std::string text = csv_line(cells);
  for (const HeldOut& held : all) {
    for (std::size_t i = 0; i < held.cohort.patients(); ++i) {
      cells = {held.cohort.keys[i], held.name, std::to_string(held.fold[i])};
      if (has_times) {
        const double time = held.cohort.survival.times[i];
        const std::string event = held.cohort.survival.events[i] == 1 ? "1" : "0";
        append(cells, {csv_number(time), std::isnan(time) ? "" : event});
      }
      append(cells, risk_cells(held.risks, i));
      if (has_clinical) append(cells, risk_cells(held.clinical, i));
      text += csv_line(cells);
    }
  }
  return text;
}

std::string coefficient_table(const CoxRecipe& recipe, const Cohort& cohort) {
  std::string text = csv_line({"column", "kind", "kept", "lasso", "coefficient", "standard_error",
                               "hazard_ratio", "lower", "upper", "z", "p"});
  const CoxFit& fit = recipe.fit;
  const auto fitted_cells = [&fit](std::size_t place) -> std::vector<std::string> {
    const double coefficient = fit.model.coefficients[place];
    std::vector<std::string> cells{
        number(coefficient), "", number(std::exp(coefficient)), "", "", "", ""};
    if (fit.standard_errors.empty()) return cells;
    cells[1] = csv_number(fit.standard_errors[place]);
    cells[3] = csv_number(fit.lower[place]);
    cells[4] = csv_number(fit.upper[place]);
    cells[5] = csv_number(fit.z[place]);
    cells[6] = csv_number(fit.p[place]);
    return cells;
  };
  std::size_t place = 0;
  for (const std::string& name : cohort.clinical_names) {
    std::vector<std::string> cells{name, "clinical", "1", ""};
    append(cells, fitted_cells(place++));
    text += csv_line(cells);
  }
  for (std::size_t j = 0; j < cohort.cluster_names.size(); ++j) {
    const bool is_kept = std::find(recipe.kept.begin(), recipe.kept.end(), j) != recipe.kept.end();
    std::vector<std::string> cells{cohort.cluster_names[j], "cluster", is_kept ? "1" : "0",
                                   recipe.lasso.empty() ? "" : number(recipe.lasso[j])};
    append(cells, is_kept ? fitted_cells(place++) : std::vector<std::string>(7));
    text += csv_line(cells);
  }
  return text;
}

std::string path_table(const std::vector<CoxFit>& path, const CoxRecipe& recipe,
                       const Cohort& cohort) {
  std::vector<std::string> cells{"penalty", "kept", "held_out_gain", "gain_standard_error",
                                 "held_out_concordance"};
  append(cells, cohort.cluster_names);
  std::string text = csv_line(cells);
  for (std::size_t i = 0; i < path.size(); ++i) {
    const std::vector<double>& coefficients = path[i].model.coefficients;
    const auto zeros = std::count(coefficients.begin(), coefficients.end(), 0.0);
    cells = {number(path[i].penalty),
             std::to_string(coefficients.size() - static_cast<std::size_t>(zeros)), "", "", ""};
    if (recipe.validation) {
      cells[2] = csv_number(recipe.validation->held_out_gain[i]);
      cells[3] = csv_number(recipe.validation->standard_error[i]);
      cells[4] = csv_number(recipe.validation->held_out_concordance[i]);
    }
    for (const double coefficient : coefficients) cells.push_back(number(coefficient));
    text += csv_line(cells);
  }
  return text;
}

Json json_of(const Interval& interval) {
  Json json;
  json["value"] = interval.value;
  json["low"] = interval.low;
  json["high"] = interval.high;
  json["standard_error"] = interval.standard_error;
  return json;
}

Json json_of(const LogRank& test) {
  Json json;
  json["chi_square"] = test.chi_square;
  json["degrees_of_freedom"] = test.degrees_of_freedom;
  json["p"] = test.p;
  json["observed"] = test.observed;
  json["expected"] = test.expected;
  json["message"] = test.message;
  return json;
}

Json json_of(const HeldOut& held, const HeldOutFigures& figures) {
  Json json;
  json["patients"] = held.cohort.patients();
  json["events"] = held.cohort.events();
  json["learnt_from"] = held.learnt_from;
  json["penalties"] = held.penalties;
  json["kept"] = held.kept;
  json["concordance"] = json_of(figures.concordance);
  json["clinical_concordance"] = figures.clinical ? json_of(*figures.clinical) : Json(nullptr);
  json["difference"] = figures.difference ? json_of(*figures.difference) : Json(nullptr);
  return json;
}

Json json_of(const CoxRecipe& recipe, const Cohort& training, const std::string& penalty_from) {
  Json json;
  json["patients"] = training.patients();
  json["events"] = training.events();
  json["penalty"] = recipe.penalty;
  json["penalty_from"] = penalty_from;
  std::vector<std::string> kept;
  for (const std::size_t j : recipe.kept) kept.push_back(training.cluster_names[j]);
  json["kept"] = kept;
  json["plain"] = recipe.is_plain;
  json["log_likelihood"] = recipe.fit.log_likelihood;
  json["clinical_log_likelihood"] =
      recipe.clinical ? Json(recipe.clinical->log_likelihood) : Json(nullptr);
  json["null_log_likelihood"] = recipe.fit.null_log_likelihood;
  json["clusters_beyond_clinical"] = nullptr;
  if (!recipe.is_plain || !recipe.clinical_is_plain || kept.empty()) return json;
  LikelihoodRatio ratio{recipe.fit.likelihood_ratio, kept.size(), recipe.fit.likelihood_ratio_p};
  if (recipe.clinical) ratio = compare_nested(*recipe.clinical, recipe.fit);
  json["clusters_beyond_clinical"] = {{"chi_square", ratio.chi_square},
                                      {"degrees_of_freedom", ratio.degrees_of_freedom},
                                      {"p", ratio.p}};
  return json;
}

void add_test(const HeldOutTest& test, Json& to) {
  to["log_rank"] = json_of(test.log_rank);
  to["reversed"] = test.is_reversed;
  to["slope"] = test.slope;
  to["slope_p"] = test.slope_p;
  to["slope_message"] = test.slope_message;
  Json beyond(nullptr);
  if (test.beyond_clinical) {
    beyond = Json::object();
    beyond["chi_square"] = test.beyond_clinical->chi_square;
    beyond["degrees_of_freedom"] = test.beyond_clinical->degrees_of_freedom;
    beyond["p"] = test.beyond_clinical->p;
  }
  to["beyond_clinical"] = beyond;
  to["beyond_message"] = test.beyond_message;
}

std::vector<std::string> test_messages(const HeldOutFigures& figures, const HeldOutTest& test) {
  std::vector<std::string> messages = figures.messages;
  if (!test.log_rank.message.empty()) messages.push_back("risk groups: " + test.log_rank.message);
  if (!test.slope_message.empty()) messages.push_back("slope of the risk: " + test.slope_message);
  if (!test.beyond_message.empty()) {
    messages.push_back("beyond the clinical columns: " + test.beyond_message);
  }
  if (test.is_reversed) {
    messages.emplace_back("the patients of low risk fared worse than those of high risk");
  }
  return messages;
}

std::string test_sentence(const std::string& where, const HeldOut& held,
                          const HeldOutFigures& figures, const HeldOutTest& test, double level) {
  std::string text = where + ", " + count_of(held.cohort.patients(), "patient") + " with " +
                     count_of(held.cohort.events(), "event") + ": C-index " +
                     interval_text(figures.concordance, level);
  if (figures.clinical) {
    text += ", clinical columns alone " + interval_text(*figures.clinical, level) +
            ", difference " + interval_text(*figures.difference, level);
  }
  text += "; log-rank of their risk groups p " + short_number(test.log_rank.p);
  if (test.is_reversed) text += ", the wrong way round";
  if (test.beyond_clinical) {
    text += "; beyond the clinical columns p " + short_number(test.beyond_clinical->p);
  }
  return text;
}

std::string short_number(double value) {
  if (std::isnan(value)) return "unknown";
  char text[32];
  std::snprintf(text, sizeof(text), "%.3g", value);
  return text;
}

std::string interval_text(const Interval& interval, double level) {
  std::string text = short_number(interval.value);
  if (std::isnan(interval.low)) return text;
  return text + " (" + number(std::round(level * 1000.0) / 10.0) + " % interval " +
         short_number(interval.low) + " to " + short_number(interval.high) + ")";
}

}  // namespace histo
