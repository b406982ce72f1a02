#include "jobs/survival_strata.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <set>
#include <vector>

#include "histo/error.hpp"

#include "core/text.hpp"

namespace histo {

namespace {

/// More values are a number that was taken for a class.
constexpr std::size_t most_strata = 20;

std::vector<std::string> values_of(const Cohort& cohort, const std::string& name) {
  const std::set<std::string> known(cohort.strata.begin(), cohort.strata.end());
  std::vector<std::string> values;
  std::copy_if(known.begin(), known.end(), std::back_inserter(values),
               [](const std::string& value) { return !value.empty(); });
  if (values.size() >= 2 && values.size() <= most_strata) return values;
  throw Error(ErrorKind::input, "--strata " + name + " has " + count_of(values.size(), "value") +
                                    ", and from 2 to " + std::to_string(most_strata) +
                                    " can be compared");
}

std::vector<std::size_t> counts_of(const std::vector<std::int32_t>& groups, std::size_t values) {
  std::vector<std::size_t> counts(values);
  for (const std::int32_t group : groups) ++counts[static_cast<std::size_t>(group)];
  return counts;
}

}  // namespace

Strata compare_strata(const Cohort& cohort, const std::string& name) {
  const std::vector<std::string> values = values_of(cohort, name);
  SurvivalTimes survival;
  std::vector<std::int32_t> groups;
  for (std::size_t i = 0; i < cohort.patients(); ++i) {
    if (cohort.strata[i].empty()) continue;
    const auto place = std::lower_bound(values.begin(), values.end(), cohort.strata[i]);
    groups.push_back(static_cast<std::int32_t>(place - values.begin()));
    survival.times.push_back(cohort.survival.times[i]);
    survival.events.push_back(cohort.survival.events[i]);
  }
  Strata strata;
  strata.log_rank = log_rank_test(survival, groups);
  strata.curves = curves_of(survival, groups, values);
  strata.curves.evaluation = "strata";
  const std::size_t without = cohort.patients() - groups.size();
  if (without > 0) {
    strata.message = count_of(without, "patient") + " without " + name +
                     (without == 1 ? " is" : " are") + " in none of its curves";
  }
  strata.curves.title = (without == 0 ? "All patients"
                                      : std::to_string(groups.size()) + " of " +
                                            count_of(cohort.patients(), "patient")) +
                        ", log-rank p " + short_number(strata.log_rank.p);
  strata.json = json_of(strata.log_rank);
  strata.json["column"] = name;
  strata.json["values"] = values;
  strata.json["patients"] = counts_of(groups, values.size());
  strata.json["without"] = without;
  strata.finding = name + ", " + count_of(values.size(), "value") + ": log-rank p " +
                   short_number(strata.log_rank.p);
  return strata;
}

}  // namespace histo
