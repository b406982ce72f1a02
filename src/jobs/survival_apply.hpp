#pragma once

#include <string>
#include <vector>

#include "histo/observer.hpp"
#include "histo/survival_job.hpp"

#include "jobs/cohort.hpp"
#include "jobs/held_out.hpp"
#include "jobs/survival_tables.hpp"

namespace histo {

/// The risks of other patients by options.apply; what they are worth where the table has times.
AnalysisReport apply_survival_model(const SurvivalJobOptions& options, Observer& observer);

/// Says how many lines are left out and which columns they lack; nothing where none are.
std::string missing_sentence(const Cohort& cohort, const std::string& table);

/// Two curves, named by how the groups' risk lies to the training patients' median.
CurveSet risk_curves(const HeldOut& held, const std::string& title);

}  // namespace histo
