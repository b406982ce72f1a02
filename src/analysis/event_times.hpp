#pragma once

#include <cstddef>
#include <vector>

#include "histo/survival.hpp"

namespace histo::analysis {

/// Patients in the order of their times, the longest first; at equal times in their own order.
std::vector<std::size_t> longest_first(const SurvivalTimes& survival);

/// A distinct time at which events happened.
struct EventTime {
  double time = 0.0;
  std::size_t at_risk = 0;  ///< patients whose time is at least this one
  std::size_t events = 0;
};

/// Rising. `survival` is valid.
std::vector<EventTime> event_times(const SurvivalTimes& survival);

}  // namespace histo::analysis
