#pragma once
/// What people look at of a survival analysis.

#include <string>
#include <vector>

#include "histo/image.hpp"

#include "jobs/survival_tables.hpp"

namespace histo {

/// A chart of step curves for each set, with how many are at risk below its title.
Image curve_picture(const std::vector<CurveSet>& sets, const std::string& time_name);

/// Net benefits over the risk from which one acts, a chart for each evaluation.
Image decision_picture(const std::vector<NamedDecision>& decisions, double horizon,
                       const std::string& time_name);

/// Coefficients, number of clusters kept and held-out gain over the penalty.
Image path_picture(const std::vector<CoxFit>& path, const CoxRecipe& recipe, const Cohort& cohort);

}  // namespace histo
