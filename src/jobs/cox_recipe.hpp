#pragma once
/// From training patients to a Cox model of clinical columns and the clusters that matter.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "histo/cox.hpp"
#include "histo/survival_job.hpp"

#include "jobs/cohort.hpp"

namespace histo {

struct CoxRecipeOptions {
  Ties ties = Ties::efron;
  std::optional<double> penalty;  ///< unset: by cross-validation among the patients given
  double l1_ratio = 1.0;
  PenaltyChoice choice = PenaltyChoice::best;
  std::size_t inner_folds = 5;
  std::uint64_t seed = 0;  ///< of the inner folds
};

struct CoxRecipe {
  /// Of the lasso; a given penalty has no validation, and the penalty 0 no lasso.
  std::optional<CoxValidation> validation;
  double penalty = 0.0;
  std::vector<double> lasso;      ///< a coefficient for each cluster column; empty without a lasso
  std::vector<std::size_t> kept;  ///< cluster columns

  /// Of all clinical columns, then of the clusters kept. With neither, the mean hazard of all.
  CoxFit fit;
  bool is_plain = true;            ///< not penalised, since that could not be fitted
  std::optional<CoxFit> clinical;  ///< of the clinical columns alone, if there are any
  bool clinical_is_plain = true;
  double cut = 0.0;  ///< the median of the training patients' log risks
  double clinical_cut = 0.0;
  std::vector<std::string> messages;
};

/// Throws Error(input) as `fit_cox` for what no penalty mends (no events), and for patients too few
/// to choose a penalty.
CoxRecipe follow_cox_recipe(const Cohort& training, const CoxRecipeOptions& options);

/// What the model needs of each patient, and the columns' names.
std::vector<std::string> covariate_names(const CoxRecipe& recipe, const Cohort& cohort);
DoubleMatrix covariates_of(const CoxRecipe& recipe, const Cohort& cohort);

}  // namespace histo
