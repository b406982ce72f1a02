#include "histo/decision_curve.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "histo/error.hpp"

#include "core/text.hpp"

namespace histo {

namespace {

[[noreturn]] void refuse(const std::string& what) { throw Error(ErrorKind::input, what); }

void check(std::size_t patients, const std::vector<double>& risks,
           const std::vector<double>& thresholds) {
  if (patients == 0) refuse("the decision curve was given no patient");
  if (risks.size() != patients) {
    refuse("the decision curve was given " + count_of(risks.size(), "risk") + " for " +
           count_of(patients, "patient"));
  }
  for (std::size_t i = 0; i < patients; ++i) {
    if (risks[i] >= 0.0 && risks[i] <= 1.0) continue;
    refuse("the risk of patient " + std::to_string(i) + " is " + number(risks[i]) +
           ", not a chance in [0, 1]");
  }
  for (const double threshold : thresholds) {
    if (threshold > 0.0 && threshold < 1.0) continue;
    throw Error(ErrorKind::usage,
                "a threshold of the decision curve must lie in (0, 1), got " + number(threshold));
  }
}

/// What a false positive costs, in true positives.
double cost_at(double threshold) { return threshold / (1.0 - threshold); }

}  // namespace

DecisionCurve decision_curve(const std::vector<std::uint8_t>& outcomes,
                             const std::vector<double>& risks,
                             const std::vector<double>& thresholds) {
  check(outcomes.size(), risks, thresholds);
  double positives = 0.0;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    if (outcomes[i] > 1) {
      refuse("the outcome of patient " + std::to_string(i) + " is " + std::to_string(outcomes[i]) +
             ", neither 0 nor 1");
    }
    positives += outcomes[i];
  }
  const auto patients = static_cast<double>(outcomes.size());
  DecisionCurve curve;
  curve.thresholds = thresholds;
  for (const double threshold : thresholds) {
    double right = 0.0;
    double wrong = 0.0;
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      if (risks[i] < threshold) continue;
      (outcomes[i] == 1 ? right : wrong) += 1.0;
    }
    const double cost = cost_at(threshold);
    curve.net_benefit.push_back((right - wrong * cost) / patients);
    curve.treat_all.push_back((positives - (patients - positives) * cost) / patients);
  }
  return curve;
}

DecisionCurve decision_curve(const SurvivalTimes& survival, const std::vector<double>& risks,
                             double time, const std::vector<double>& thresholds) {
  validate(survival);
  check(survival.times.size(), risks, thresholds);
  if (!std::isfinite(time) || time <= 0.0) {
    throw Error(
        ErrorKind::usage,
        "the time of the decision curve must be a finite number above 0, got " + number(time));
  }
  DecisionCurve curve;
  curve.thresholds = thresholds;
  const double survival_of_all = survival_at(kaplan_meier(survival), time);
  for (const double threshold : thresholds) {
    SurvivalTimes above;
    for (std::size_t i = 0; i < risks.size(); ++i) {
      if (risks[i] < threshold) continue;
      above.times.push_back(survival.times[i]);
      above.events.push_back(survival.events[i]);
    }
    const double cost = cost_at(threshold);
    curve.treat_all.push_back(1.0 - survival_of_all - survival_of_all * cost);
    if (above.times.empty()) {
      curve.net_benefit.push_back(0.0);
      continue;
    }
    const SurvivalCurve of_above = kaplan_meier(above);
    const double alive = survival_at(of_above, time);
    const double share =
        static_cast<double>(above.times.size()) / static_cast<double>(risks.size());
    curve.net_benefit.push_back(share * (1.0 - alive - alive * cost));
    if (of_above.last_time < time && alive > 0.0 && curve.message.empty()) {
      curve.message = "among risks of at least " + number(threshold) + " the follow-up ends at " +
                      number(of_above.last_time) + ", before " + number(time);
    }
  }
  return curve;
}

}  // namespace histo
