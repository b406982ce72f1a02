#pragma once
/// Cox's proportional hazards: h(t | x) = h0(t) exp(x . b), plain or with an elastic net.
///
/// Cox, D.R. "Regression models and life-tables", J. R. Stat. Soc. B 34 (1972) 187-220.
/// Efron, B. "The efficiency of Cox's likelihood function for censored data", J. Am. Stat. Assoc.
/// 72 (1977) 557-565; Breslow, N. "Covariance analysis of censored survival data", Biometrics 30
/// (1974) 89-99 (ties, and the baseline hazard).
/// Zou, H., Hastie, T. "Regularization and variable selection via the elastic net", J. R. Stat.
/// Soc. B 67 (2005) 301-320.
/// Verweij, P.J.M., van Houwelingen, H.C. "Cross-validation in survival analysis", Stat. Med. 12
/// (1993) 2305-2314.
///
/// Covariates are n x p, one patient a row, float64. Thread rule: one thread at a time, since each
/// function sets OpenBLAS to one thread while it works; results do not depend on threads.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "histo/matrix.hpp"
#include "histo/survival.hpp"

namespace histo {

/// What d events at one time do to the risk set that they leave.
enum class Ties {
  efron,    ///< the l-th of them leaves l/d of their sum behind, l = 0 .. d-1
  breslow,  ///< each finds all of them still there
};

struct CoxOptions {
  Ties ties = Ties::efron;

  /// lambda of: minimise -log L(b) + n lambda ((1 - a) / 2 |b|^2 + a |b|_1), where the covariates
  /// have mean 0 and standard deviation 1 (with n - 1), as lifelines has it. Other packages scale
  /// lambda in other ways. At least 0; 0 is the plain model.
  double penalty = 0.0;

  /// a of it: 0 is ridge, 1 is the lasso.
  double l1_ratio = 0.0;

  std::size_t max_iterations = 100;  ///< of Newton's method, each with step halving
};

/// What is saved, and applied to other patients.
struct CoxModel {
  std::vector<double> coefficients;  ///< of the covariates in their own units
  std::vector<double> means;         ///< of the covariates that were fitted on; risks refer to them
  /// Breslow's cumulative baseline hazard for a patient who has those means, from each distinct
  /// time with events on; rising times.
  std::vector<double> times;
  std::vector<double> hazards;
};

struct CoxFit {
  CoxModel model;
  double penalty = 0.0;
  double log_likelihood = 0.0;       ///< partial, without the penalty
  double null_log_likelihood = 0.0;  ///< at b = 0

  /// 2 (log_likelihood - null_log_likelihood), p degrees of freedom. NaN with a penalty.
  double likelihood_ratio = 0.0;
  double likelihood_ratio_p = 0.0;

  /// Of each coefficient, from the inverse of the observed information; hazard ratios exp(b) with
  /// Wald's bounds of 95 %. Empty with a penalty, where they would promise too much.
  std::vector<double> standard_errors;
  std::vector<double> z;
  std::vector<double> p;
  std::vector<double> hazard_ratios;
  std::vector<double> lower;
  std::vector<double> upper;

  std::size_t iterations = 0;
  bool converged = false;
  std::string message;  ///< empty, or what the user should know (says which coefficients)
};

/// Newton's method on standardised covariates; with an l1 part its steps minimise the quadratic
/// model plus penalty by coordinate descent, and coefficients are exactly 0 where the optimum says
/// so. A covariate that grows without bound, since it separates those who have the event next from
/// all others, gives converged = false and a message. With a penalty a constant covariate gets 0
/// and a message. Throws Error(usage) for options out of range; Error(input) as `validate`, for
/// covariates that do not fit the patients or are not finite, fewer than 2 patients, no events, and
/// without a penalty for a constant covariate or collinear ones.
CoxFit fit_cox(const SurvivalTimes& survival, const DoubleMatrixView& covariates,
               const CoxOptions& options);

/// (x - means) . b, one a row. Throws Error(input) for rows that do not fit or are not finite.
std::vector<double> log_risks(const CoxModel& model, const DoubleMatrixView& covariates);

/// The cumulative baseline hazard at `time`: 0 before the first event, after the last as there.
double baseline_hazard(const CoxModel& model, double time);

/// 1 - exp(-H0(time) exp((x - means) . b)): the chance of the event by `time`, one a row. Throws as
/// `log_risks`.
std::vector<double> event_risks(const CoxModel& model, const DoubleMatrixView& covariates,
                                double time);

struct LikelihoodRatio {
  double chi_square = 0.0;
  std::size_t degrees_of_freedom = 0;
  double p = 0.0;
};

/// Whether the covariates that `larger` has beyond `smaller`'s explain more than chance: twice the
/// difference of the log-likelihoods. Both are of the same patients. Throws Error(usage) for a
/// model with a penalty, and where `larger` has no more covariates.
LikelihoodRatio compare_nested(const CoxFit& smaller, const CoxFit& larger);

/// Fits for many penalties.
struct CoxPathOptions {
  Ties ties = Ties::efron;
  double l1_ratio = 1.0;  ///< as in CoxOptions

  /// Falling. Empty: `count` of them, evenly spaced in their logarithms from the least one that
  /// makes all coefficients 0 down to `least` times it.
  std::vector<double> penalties;
  std::size_t count = 50;
  double least = 0.01;
};

/// max_j |d log L / d b_j| at b = 0, over n a: from this penalty on the lasso has no covariate. For
/// an a below 0.001, where no penalty does, a is taken as 0.001. Throws as `fit_cox`.
double largest_penalty(const SurvivalTimes& survival, const DoubleMatrixView& covariates,
                       const CoxPathOptions& options);

/// The options' penalties, or those computed. Throws Error(usage) for penalties that do not fall,
/// Error(input) where no covariate varies among those at risk.
std::vector<double> penalties_of(const SurvivalTimes& survival, const DoubleMatrixView& covariates,
                                 const CoxPathOptions& options);

/// One fit for each of the penalties, each from the one before. Throws as `fit_cox`.
std::vector<CoxFit> cox_path(const SurvivalTimes& survival, const DoubleMatrixView& covariates,
                             const CoxPathOptions& options);

struct CoxValidation {
  std::vector<double> penalties;  ///< falling

  /// Sum over folds k of log L(b_-k) of all patients less that of those outside k, where b_-k was
  /// fitted outside k, beyond the same at b = 0: what knowing the covariates adds for the patients
  /// of k. One a penalty; the higher, the better, and 0 where no covariate is left.
  std::vector<double> held_out_gain;
  std::vector<double> standard_error;  ///< of that sum, from how its folds differ

  /// Harrell's C over all pairs within a fold, by risks that were fitted outside it; NaN without a
  /// pair. To be looked at: it chooses nothing.
  std::vector<double> held_out_concordance;

  std::size_t best = 0;  ///< of the largest held-out gain; among equals the largest penalty
  /// The largest penalty whose gain lies within one standard error of the best one's: fewer
  /// covariates for about as much. `best` alone often keeps some that say nothing.
  std::size_t sparsest = 0;
};

/// Chooses the penalty inside the patients given, who must all be training patients. `folds` are
/// 0 .. F-1, one a patient, F at least 2; all rows of one patient belong into one fold. Scales are
/// fitted outside the fold too. Throws as `fit_cox`; Error(input) for folds that do not fit, and
/// where no event is left outside a fold.
CoxValidation cross_validate_cox(const SurvivalTimes& survival, const DoubleMatrixView& covariates,
                                 const std::vector<std::int32_t>& folds,
                                 const CoxPathOptions& options);

}  // namespace histo
