#include "histo/survival.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "histo/error.hpp"

#include "analysis/event_times.hpp"
#include "core/text.hpp"

namespace histo {

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

/// The quantile of the standard normal distribution that 95 % of it lie within.
constexpr double normal_975 = 1.959963984540054;

[[noreturn]] void refuse(const std::string& what) { throw Error(ErrorKind::input, what); }

void add_step(SurvivalCurve& curve, double survival, double hazard_variance) {
  curve.survival.push_back(survival);
  if (survival <= 0.0) {
    curve.standard_error.push_back(0.0);
    curve.lower.push_back(not_a_number);
    curve.upper.push_back(not_a_number);
    return;
  }
  const double relative_error = std::sqrt(hazard_variance);
  const double stretch = std::exp(normal_975 * relative_error / std::log(survival));
  curve.standard_error.push_back(survival * relative_error);
  curve.lower.push_back(std::pow(survival, 1.0 / stretch));
  curve.upper.push_back(std::pow(survival, stretch));
}

void check_risks(std::size_t patients, const std::vector<double>& risks) {
  if (risks.size() != patients) {
    refuse("the risks are " + std::to_string(risks.size()) + ", the patients " +
           std::to_string(patients));
  }
  for (std::size_t i = 0; i < risks.size(); ++i) {
    if (!std::isfinite(risks[i])) {
      refuse("the risk of patient " + std::to_string(i) + " is " + number(risks[i]) +
             ", not a finite number");
    }
  }
}

}  // namespace

void validate(const SurvivalTimes& survival) {
  const std::size_t patients = survival.times.size();
  if (patients == 0) refuse("the survival times are of no patient");
  if (survival.events.size() != patients) {
    refuse("the survival times are " + std::to_string(patients) + ", the events " +
           std::to_string(survival.events.size()));
  }
  for (std::size_t i = 0; i < patients; ++i) {
    const double time = survival.times[i];
    if (!std::isfinite(time) || time < 0.0) {
      refuse("the survival times hold " + number(time) + " for patient " + std::to_string(i) +
             ", not a finite time of at least 0");
    }
    if (survival.events[i] > 1) {
      refuse("the survival times hold the event " + std::to_string(survival.events[i]) +
             " for patient " + std::to_string(i) + ", neither 0 nor 1");
    }
  }
}

SurvivalCurve kaplan_meier(const SurvivalTimes& survival) {
  validate(survival);
  SurvivalCurve curve;
  curve.last_time = *std::max_element(survival.times.begin(), survival.times.end());
  curve.median = not_a_number;
  double alive = 1.0;
  double hazard_variance = 0.0;
  for (const analysis::EventTime& moment : analysis::event_times(survival)) {
    const auto at_risk = static_cast<double>(moment.at_risk);
    const auto events = static_cast<double>(moment.events);
    alive *= (at_risk - events) / at_risk;
    hazard_variance += events / (at_risk * (at_risk - events));
    curve.times.push_back(moment.time);
    curve.at_risk.push_back(moment.at_risk);
    curve.events.push_back(moment.events);
    add_step(curve, alive, hazard_variance);
    if (std::isnan(curve.median) && alive <= 0.5) curve.median = moment.time;
  }
  return curve;
}

double survival_at(const SurvivalCurve& curve, double time) {
  const auto after = std::upper_bound(curve.times.begin(), curve.times.end(), time);
  if (after == curve.times.begin()) return 1.0;
  return curve.survival[static_cast<std::size_t>(after - curve.times.begin()) - 1];
}

Concordance concordance(const SurvivalTimes& survival, const std::vector<double>& risks) {
  validate(survival);
  check_risks(survival.times.size(), risks);
  Concordance result;
  for (std::size_t i = 0; i < risks.size(); ++i) {
    if (survival.events[i] == 0) continue;
    for (std::size_t j = 0; j < risks.size(); ++j) {
      const bool outlives = survival.times[i] < survival.times[j] ||
                            (survival.times[i] == survival.times[j] && survival.events[j] == 0);
      if (!outlives) continue;
      if (risks[i] > risks[j]) {
        ++result.concordant;
      } else if (risks[i] < risks[j]) {
        ++result.discordant;
      } else {
        ++result.tied;
      }
    }
  }
  const std::uint64_t pairs = result.concordant + result.discordant + result.tied;
  if (pairs == 0) {
    result.index = not_a_number;
    result.message = "no patient is known to outlive another, so there is no C-index";
    return result;
  }
  result.index = (static_cast<double>(result.concordant) + 0.5 * static_cast<double>(result.tied)) /
                 static_cast<double>(pairs);
  return result;
}

std::vector<std::int32_t> risk_groups(const std::vector<double>& risks, double cut) {
  if (std::isnan(cut)) refuse("the cut between the risk groups is nan");
  check_risks(risks.size(), risks);
  std::vector<std::int32_t> groups;
  groups.reserve(risks.size());
  for (const double risk : risks) groups.push_back(risk > cut ? 1 : 0);
  return groups;
}

double median(std::vector<double> values) {
  if (values.empty()) refuse("the median was asked for of no values");
  for (const double value : values) {
    if (std::isnan(value)) refuse("the median was asked for of values with a nan");
  }
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  if (values.size() % 2 == 1) return values[middle];
  return 0.5 * (values[middle - 1] + values[middle]);
}

}  // namespace histo
