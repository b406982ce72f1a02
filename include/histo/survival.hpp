#pragma once
/// Times until an event, some of them cut short: survival curves, tests between groups, and how
/// well a risk orders the times.
///
/// Kaplan, E.L., Meier, P. "Nonparametric estimation from incomplete observations", J. Am. Stat.
/// Assoc. 53 (1958) 457-481.
/// Greenwood, M. "The natural duration of cancer", Reports on Public Health 33 (1926) (variance).
/// Mantel, N. "Evaluation of survival data and two new rank order statistics arising in its
/// consideration", Cancer Chemother. Rep. 50 (1966) 163-170 (log-rank test).
/// Harrell, F.E. et al. "Evaluating the yield of medical tests", JAMA 247 (1982) 2543-2546
/// (C-index).
///
/// Thread rule: free functions without state; any thread. All sums are float64 in a fixed order.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace histo {

/// One entry a patient, in any order. Who is censored at a time is still at risk at that time.
struct SurvivalTimes {
  std::vector<double> times;         ///< follow-up, at least 0, in the unit that all results have
  std::vector<std::uint8_t> events;  ///< 1: the event came at that time; 0: censored there
};

/// Throws Error(input) that begins with "the survival times" for no patient, lengths that differ, a
/// time that is negative or not finite, an event that is neither 0 nor 1.
void validate(const SurvivalTimes& survival);

/// S(t) = product over event times u <= t of (1 - d_u / n_u): a step down at each time with events.
struct SurvivalCurve {
  std::vector<double> times;           ///< distinct times with events, rising
  std::vector<std::size_t> at_risk;    ///< n_u, just before
  std::vector<std::size_t> events;     ///< d_u
  std::vector<double> survival;        ///< S, from that time on
  std::vector<double> standard_error;  ///< S sqrt(sum d_u / (n_u (n_u - d_u))); 0 where S is 0
  /// 95 %, S^exp(+-1.96 se / (S ln S)): stays within [0, 1]. NaN where S is 0.
  std::vector<double> lower;
  std::vector<double> upper;
  double last_time = 0.0;  ///< the longest follow-up, of an event or not: where the curve ends
  /// The first time with S <= 1/2; NaN where the curve never falls so far.
  double median = 0.0;
};

/// No events give a curve without steps, S = 1. Throws as `validate`.
SurvivalCurve kaplan_meier(const SurvivalTimes& survival);

/// 1 before the first step; after `last_time` the last value, which is then a guess.
double survival_at(const SurvivalCurve& curve, double time);

struct LogRank {
  double chi_square = 0.0;  ///< NaN where there is nothing to compare; `message` says why
  std::size_t degrees_of_freedom = 0;
  double p = 0.0;                ///< NaN with chi_square
  std::vector<double> observed;  ///< events, one a group
  std::vector<double> expected;  ///< events, were the hazards equal; one a group
  std::string message;           ///< empty, or what the user should know
};

/// Z' V^-1 Z with Z = observed - expected and the hypergeometric variance at each event time, over
/// the groups less one. `groups` are 0 .. K-1, one a patient, each with a patient, K at least 2.
/// A group in which nobody is at risk at any event time is left out, and a message says so. Throws
/// Error(input) as `validate` and for groups that do not fit.
LogRank log_rank_test(const SurvivalTimes& survival, const std::vector<std::int32_t>& groups);

/// P(X > x) for a chi-square variable; NaN for a NaN. `degrees_of_freedom` is at least 1.
double chi_square_tail(double x, std::size_t degrees_of_freedom);

/// Harrell's C. A pair counts where one patient is known to outlive the other: the event of the
/// one came strictly earlier, or both times are equal and exactly one is an event.
struct Concordance {
  std::uint64_t concordant = 0;  ///< the earlier has the higher risk
  std::uint64_t discordant = 0;
  std::uint64_t tied = 0;  ///< equal risks, counted as one half
  double index = 0.0;      ///< NaN where no pair counts; `message` says so
  std::string message;
};

/// `risks`: one a patient, the higher the earlier the event is expected. n (n - 1) / 2 comparisons.
/// Throws Error(input) as `validate`, for risks of another number and for one that is not finite.
Concordance concordance(const SurvivalTimes& survival, const std::vector<double>& risks);

/// 1 where a risk lies above `cut`, else 0. The cut is the training patients' median risk: one
/// taken from the patients that are tested makes their groups look further apart than they are.
/// Throws Error(input) for a NaN.
std::vector<std::int32_t> risk_groups(const std::vector<double>& risks, double cut);

/// The mean of the two in the middle where the number is even. Throws Error(input) for none and for
/// a NaN.
double median(std::vector<double> values);

}  // namespace histo
