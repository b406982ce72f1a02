#pragma once

#include <string>

#include "histo/survival.hpp"

#include "jobs/cohort.hpp"
#include "jobs/result_folder.hpp"
#include "jobs/survival_tables.hpp"

namespace histo {

/// Patients by the values of one column, compared as they are: nothing is fitted.
struct Strata {
  CurveSet curves;
  LogRank log_rank;
  Json json;
  std::string finding;
  std::string message;  ///< empty, or how many patients have no value
};

/// Patients without a value are left out. Throws Error(input) where the column `name` has fewer
/// than two values, or more than can be looked at.
Strata compare_strata(const Cohort& cohort, const std::string& name);

}  // namespace histo
