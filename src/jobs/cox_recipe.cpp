#include "jobs/cox_recipe.hpp"

#include <algorithm>
#include <numeric>
#include <set>

#include "histo/error.hpp"
#include "histo/group_folds.hpp"

#include "core/text.hpp"

namespace histo {

namespace {

/// What takes the plain model's place where that has no finite optimum.
constexpr double least_ridge = 0.01;

struct Refit {
  CoxFit fit;
  bool is_plain = true;
};

Refit refit(const Cohort& training, const DoubleMatrix& covariates, const CoxRecipe& recipe,
            const CoxRecipeOptions& options, const std::string& what,
            std::vector<std::string>& messages) {
  CoxOptions each;
  each.ties = options.ties;
  std::string reason;
  try {
    Refit plain{fit_cox(training.survival, covariates.view(), each), true};
    if (plain.fit.converged) return plain;
    reason = plain.fit.message;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::input) throw;
    reason = error.what();
  }
  each.penalty = std::max(recipe.penalty, least_ridge);
  Refit ridge{fit_cox(training.survival, covariates.view(), each), false};
  messages.push_back(what + ": " + reason + "; so it was fitted with a ridge penalty of " +
                     number(each.penalty) + ", and has no standard errors");
  return ridge;
}

/// With the numbers that messages of `fit_cox` give the columns.
std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    text += (i == 0 ? "" : ", ") + names[i] + " (covariate " + std::to_string(i) + ")";
  }
  return text;
}

std::size_t distinct(const std::vector<std::int32_t>& groups) {
  return std::set<std::int32_t>(groups.begin(), groups.end()).size();
}

CoxValidation validate_penalties(const Cohort& training, const CoxRecipeOptions& options,
                                 const CoxPathOptions& path) {
  const std::size_t most = std::min(distinct(training.group), training.events());
  const std::size_t folds = std::min(options.inner_folds, most);
  if (folds < 2) {
    throw Error(ErrorKind::input,
                count_of(training.patients(), "patient") + " with " +
                    count_of(training.events(), "event") +
                    " are too few to choose the penalty by cross-validation; --penalty gives it");
  }
  const std::vector<std::int32_t> events(training.survival.events.begin(),
                                         training.survival.events.end());
  try {
    return cross_validate_cox(training.survival, training.clusters.view(),
                              group_folds(training.group, events, 2, folds, options.seed), path);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::input) throw;
    throw Error(ErrorKind::input, count_of(training.patients(), "patient") + " with " +
                                      count_of(training.events(), "event") +
                                      " are too few to choose the penalty by cross-validation (" +
                                      error.what() + "); --penalty gives it");
  }
}

/// Fills penalty, lasso and kept.
void choose_clusters(const Cohort& training, const CoxRecipeOptions& options, CoxRecipe& recipe) {
  const std::size_t columns = training.cluster_names.size();
  recipe.penalty = options.penalty.value_or(0.0);
  if (columns == 0) return;
  if (options.penalty && *options.penalty == 0.0) {
    recipe.kept.resize(columns);
    std::iota(recipe.kept.begin(), recipe.kept.end(), std::size_t{0});
    return;
  }
  CoxPathOptions path;
  path.ties = options.ties;
  path.l1_ratio = options.l1_ratio;
  const DoubleMatrixView clusters = training.clusters.view();
  if (!(largest_penalty(training.survival, clusters, path) > 0.0)) {
    recipe.messages.emplace_back("no cluster column varies among these patients, so none was kept");
    recipe.lasso.assign(columns, 0.0);
    return;
  }
  if (!options.penalty) {
    recipe.validation = validate_penalties(training, options, path);
    const bool is_best = options.choice == PenaltyChoice::best;
    recipe.penalty =
        recipe.validation
            ->penalties[is_best ? recipe.validation->best : recipe.validation->sparsest];
  }
  CoxOptions lasso;
  lasso.ties = options.ties;
  lasso.penalty = recipe.penalty;
  lasso.l1_ratio = options.l1_ratio;
  const CoxFit fit = fit_cox(training.survival, clusters, lasso);
  recipe.lasso = fit.model.coefficients;
  for (std::size_t j = 0; j < columns; ++j) {
    if (recipe.lasso[j] != 0.0) recipe.kept.push_back(j);
  }
}

/// A model without covariates: everybody has the baseline hazard. Of a covariate that is the same
/// for all nothing but that remains.
CoxFit fit_of_none(const Cohort& training, const CoxRecipeOptions& options) {
  const DoubleMatrix constant(training.patients(), 1);
  CoxOptions ridge;
  ridge.ties = options.ties;
  ridge.penalty = 1.0;
  CoxFit fit = fit_cox(training.survival, constant.view(), ridge);
  fit.model.coefficients.clear();
  fit.model.means.clear();
  fit.penalty = 0.0;
  fit.message.clear();
  return fit;
}

}  // namespace

CoxRecipe follow_cox_recipe(const Cohort& training, const CoxRecipeOptions& options) {
  CoxRecipe recipe;
  choose_clusters(training, options, recipe);
  if (!training.clinical_names.empty()) {
    Refit clinical = refit(training, training.clinical, recipe, options,
                           "the model of " + listed(training.clinical_names), recipe.messages);
    recipe.clinical_cut = median(log_risks(clinical.fit.model, training.clinical.view()));
    recipe.clinical_is_plain = clinical.is_plain;
    recipe.clinical = std::move(clinical.fit);
  }
  const DoubleMatrix covariates = covariates_of(recipe, training);
  if (covariates.columns == 0) {
    recipe.fit = fit_of_none(training, options);
  } else if (recipe.kept.empty()) {
    recipe.fit = *recipe.clinical;
    recipe.is_plain = recipe.clinical_is_plain;
  } else {
    Refit all = refit(training, covariates, recipe, options,
                      "the model of " + listed(covariate_names(recipe, training)), recipe.messages);
    recipe.fit = std::move(all.fit);
    recipe.is_plain = all.is_plain;
  }
  recipe.cut = median(log_risks(recipe.fit.model, covariates.view()));
  return recipe;
}

std::vector<std::string> covariate_names(const CoxRecipe& recipe, const Cohort& cohort) {
  std::vector<std::string> names = cohort.clinical_names;
  for (const std::size_t j : recipe.kept) names.push_back(cohort.cluster_names[j]);
  return names;
}

DoubleMatrix covariates_of(const CoxRecipe& recipe, const Cohort& cohort) {
  std::vector<std::size_t> clinical(cohort.clinical_names.size());
  std::iota(clinical.begin(), clinical.end(), std::size_t{0});
  return columns_at(cohort.clinical, clinical, cohort.clusters, recipe.kept);
}

}  // namespace histo
