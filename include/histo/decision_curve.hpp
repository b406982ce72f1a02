#pragma once
/// Whether acting on a risk does more good than harm, at each risk from which one would act.
///
/// Vickers, A.J., Elkin, E.B. "Decision curve analysis", Med. Decis. Making 26 (2006) 565-574;
/// Vickers, A.J. et al. "Extensions to decision curve analysis", BMC Med. Inform. Decis. Mak. 8
/// (2008) 53 (censored times).
///
/// Thread rule: free functions without state; any thread.

#include <cstdint>
#include <string>
#include <vector>

#include "histo/survival.hpp"

namespace histo {

/// Net benefits are true positives a patient: of 100 patients treated rightly, a net benefit of 0.1
/// has 10. Acting on nobody has 0. All vectors have one entry a threshold.
struct DecisionCurve {
  std::vector<double> thresholds;
  std::vector<double> net_benefit;  ///< of acting on who has at least that risk
  std::vector<double> treat_all;    ///< of acting on everybody
  std::string message;              ///< empty, or what the user should know
};

/// TP / n - FP / n * t / (1 - t). `outcomes` are 0 or 1, `risks` chances in [0, 1], one a patient;
/// thresholds t lie in (0, 1). Throws Error(input) for outcomes and risks that are not, or do not
/// fit each other; Error(usage) for thresholds.
DecisionCurve decision_curve(const std::vector<std::uint8_t>& outcomes,
                             const std::vector<double>& risks,
                             const std::vector<double>& thresholds);

/// The same for the event by `time`, where some patients are censored before: with q the share of
/// patients who have at least the risk t and S their Kaplan-Meier survival at `time`, TP / n is
/// q (1 - S) and FP / n is q S. `risks` are chances of the event by `time`. A message says so where
/// the follow-up of those above a threshold ends before `time` without all having had the event.
/// Throws as above and as `validate`; Error(usage) for a time that is not finite or not above 0.
DecisionCurve decision_curve(const SurvivalTimes& survival, const std::vector<double>& risks,
                             double time, const std::vector<double>& thresholds);

}  // namespace histo
