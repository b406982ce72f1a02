#include "histo/survival_job.hpp"

#include <atomic>
#include <cmath>

#include "core/files.hpp"
#include "core/random.hpp"
#include "core/text.hpp"
#include "jobs/cohort.hpp"
#include "jobs/cox_file.hpp"
#include "jobs/cox_recipe.hpp"
#include "jobs/held_out.hpp"
#include "jobs_fixture.hpp"
#include "store/fitted_file.hpp"
#include "support/catch.hpp"

using histo::Cohort;
using histo::CoxRecipe;
using histo::CoxRecipeOptions;
using histo::ErrorKind;
using histo::test::Approx;
using histo::test::contains;
using histo::test::error_of;
using histo::test::TempFolder;

namespace {

/// Patients whose first cluster column shortens the time, and the second says nothing.
Cohort cohort_of(std::size_t patients, std::uint64_t seed) {
  histo::Random random(seed, 0);
  Cohort cohort;
  cohort.cluster_names = {"cluster=0", "cluster=1"};
  cohort.clusters = histo::DoubleMatrix(patients, 2);
  cohort.clinical = histo::DoubleMatrix(patients, 0);
  for (std::size_t i = 0; i < patients; ++i) {
    cohort.keys.push_back("p" + std::to_string(i));
    cohort.groups.push_back(cohort.keys.back());
    cohort.group.push_back(static_cast<std::int32_t>(i));
    for (std::size_t j = 0; j < 2; ++j) cohort.clusters.at(i, j) = random.uniform() * 4.0 - 2.0;
    const double event =
        -std::log(1.0 - random.uniform()) / (0.1 * std::exp(cohort.clusters.at(i, 0)));
    const double end = -std::log(1.0 - random.uniform()) / 0.1;
    cohort.survival.times.push_back(std::min(event, end));
    cohort.survival.events.push_back(event <= end ? 1 : 0);
    cohort.part.push_back(histo::CohortPart::none);
  }
  return cohort;
}

histo::BootstrapOptions few_resamples() { return {50, 0.95, 1, 100, 1}; }

}  // namespace

TEST_CASE("the recipe keeps the cluster that matters and fits it without a penalty") {
  const Cohort cohort = cohort_of(120, 3);

  const CoxRecipe recipe = histo::follow_cox_recipe(cohort, CoxRecipeOptions());

  REQUIRE_FALSE(recipe.kept.empty());
  CHECK(recipe.kept.front() == 0);
  CHECK(recipe.is_plain);
  // The lasso shrinks what it keeps, the model after it does not.
  CHECK(recipe.lasso[0] < recipe.fit.model.coefficients[0]);
  const auto risks =
      histo::log_risks(recipe.fit.model, histo::covariates_of(recipe, cohort).view());
  CHECK(recipe.cut == Approx(histo::median(risks)));
}

TEST_CASE("a recipe that keeps nothing gives everybody the same risk") {
  const Cohort cohort = cohort_of(60, 4);
  CoxRecipeOptions options;
  options.penalty = 100.0;

  const CoxRecipe recipe = histo::follow_cox_recipe(cohort, options);
  histo::HeldOut held;
  histo::hold_out(recipe, cohort, 5.0, held);

  CHECK(recipe.kept.empty());
  CHECK(recipe.fit.model.coefficients.empty());
  CHECK(held.risks.event_risk.front() == held.risks.event_risk.back());
  CHECK(histo::concordance_of(held, few_resamples()).concordance.value == 0.5);
  const histo::HeldOutTest test = histo::test_of(held, histo::Ties::efron);
  CHECK(std::isnan(test.log_rank.p));
  CHECK(contains(test.log_rank.message, "nothing to compare"));
  CHECK(std::isnan(test.slope));
  CHECK(contains(test.slope_message, "one value for all patients"));
}

TEST_CASE("the C-index of one fold is Harrell's, and pairs of two folds do not count") {
  const Cohort cohort = cohort_of(80, 5);
  const CoxRecipe recipe = histo::follow_cox_recipe(cohort, CoxRecipeOptions());
  histo::HeldOut one;
  histo::hold_out(recipe, cohort, 5.0, one);

  const auto figures = histo::concordance_of(one, few_resamples());

  CHECK(figures.concordance.value ==
        Approx(histo::concordance(cohort.survival, one.risks.log_risk).index).epsilon(1e-12));
  CHECK(figures.concordance.low < figures.concordance.value);
  CHECK_FALSE(figures.clinical);

  histo::HeldOut two = one;
  histo::hold_out(recipe, cohort, 5.0, two);
  for (std::size_t i = 80; i < 160; ++i) two.risks.log_risk[i] += 1000.0;
  CHECK(histo::concordance_of(two, few_resamples()).concordance.value ==
        Approx(figures.concordance.value).epsilon(1e-12));
}

TEST_CASE("patients of whom nobody is known to outlive another have no C-index") {
  Cohort cohort = cohort_of(40, 6);
  const CoxRecipe recipe = histo::follow_cox_recipe(cohort, CoxRecipeOptions());
  cohort.survival.events.assign(40, 0);
  histo::HeldOut held;
  histo::hold_out(recipe, cohort, 5.0, held);

  const auto figures = histo::concordance_of(held, few_resamples());

  CHECK(std::isnan(figures.concordance.value));
  REQUIRE(figures.messages.size() == 1);
  CHECK(contains(figures.messages.front(), "so there is no C-index"));
}

TEST_CASE("too few patients to choose a penalty are refused") {
  const auto error =
      error_of([] { histo::follow_cox_recipe(cohort_of(2, 1), CoxRecipeOptions()); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::input);
  CHECK(contains(error->what(), "too few to choose the penalty by cross-validation"));
}

TEST_CASE("a Cox model comes back from its file as it was written") {
  const TempFolder folder;
  histo::StoredCox stored;
  stored.all = {{{0.5, -1.25}, {60.0, 0.1}, {1.0, 2.5}, {0.01, 0.03}}, {"age", "cluster=3"}, 0.2};
  stored.clinical = histo::StoredCoxModel{{{0.4}, {60.0}, {1.0}, {0.02}}, {"age"}, -0.1};
  stored.horizon = 24.0;
  stored.ties = "efron";
  stored.key = "patient";
  stored.time = "months";
  stored.event = "dead";
  stored.group = "who";
  stored.patients = {"a", "b"};

  histo::write_cox_file(folder.path() / "model.h5", stored);
  const histo::StoredCox found = histo::read_cox_file(folder.path() / "model.h5");

  CHECK(found.all.model.coefficients == stored.all.model.coefficients);
  CHECK(found.all.model.means == stored.all.model.means);
  CHECK(found.all.model.times == stored.all.model.times);
  CHECK(found.all.model.hazards == stored.all.model.hazards);
  CHECK(found.all.columns == stored.all.columns);
  CHECK(found.all.cut == 0.2);
  REQUIRE(found.clinical);
  CHECK(found.clinical->columns == std::vector<std::string>{"age"});
  CHECK(found.clinical->cut == -0.1);
  CHECK(found.horizon == 24.0);
  CHECK(found.patients == stored.patients);
  CHECK(found.time == "months");
  CHECK(found.group == "who");
}

TEST_CASE("a Cox model of a file that does not tell its group's column comes back without one") {
  const TempFolder folder;
  histo::StoredCox stored;
  stored.all.model.times = {1.0};
  stored.all.model.hazards = {0.1};
  stored.group = "who";
  stored.patients = {"a"};
  histo::write_cox_file(folder.path() / "model.h5", stored);
  histo::Fitted fitted = histo::read_fitted(folder.path() / "model.h5", "cox");
  REQUIRE(fitted.texts.erase("group_column") == 1);
  histo::write_fitted(folder.path() / "older.h5", fitted);

  CHECK(histo::read_cox_file(folder.path() / "older.h5").group.empty());
}

TEST_CASE("a Cox model without covariates can be kept in a file") {
  const TempFolder folder;
  histo::StoredCox stored;
  stored.all.model.times = {1.0};
  stored.all.model.hazards = {0.1};
  stored.patients = {"a"};

  histo::write_cox_file(folder.path() / "model.h5", stored);

  CHECK(histo::read_cox_file(folder.path() / "model.h5").all.columns.empty());
}

TEST_CASE("a Cox model whose parts do not fit each other is refused") {
  const TempFolder folder;
  histo::StoredCox stored;
  stored.all = {{{0.5}, {60.0}, {1.0, 2.0}, {0.1}}, {"age", "sex"}, 0.0};
  stored.patients = {"a"};
  histo::write_cox_file(folder.path() / "model.h5", stored);

  const auto error = error_of([&] { histo::read_cox_file(folder.path() / "model.h5"); });

  REQUIRE(error);
  CHECK(contains(error->what(), "do not fit each other"));
}

TEST_CASE("a survival job that is told to stop leaves no summary") {
  const TempFolder folder;
  const Cohort cohort = cohort_of(60, 7);
  std::string text = "patient,months,dead,cluster=0,cluster=1\n";
  for (std::size_t i = 0; i < cohort.patients(); ++i) {
    text += cohort.keys[i] + "," + histo::number(cohort.survival.times[i]) + "," +
            (cohort.survival.events[i] == 1 ? "1" : "0") + "," +
            histo::number(cohort.clusters.at(i, 0)) + "," +
            histo::number(cohort.clusters.at(i, 1)) + "\n";
  }
  histo::replace_file(folder.path() / "table.csv", text);
  histo::SurvivalJobOptions options;
  options.table = folder.path() / "table.csv";
  options.time = "months";
  options.event = "dead";
  options.output = folder.path() / "out";
  histo::test::Listener listener;
  const std::atomic<bool> stop{true};

  const histo::AnalysisReport report = histo::run_survival_job(options, listener, stop);

  CHECK(report.interrupted);
  CHECK_FALSE(std::filesystem::exists(options.output / "summary.json"));
  CHECK_FALSE(histo::run_survival_job(options, listener, histo::test::never_stop()).interrupted);
  CHECK(std::filesystem::exists(options.output / "summary.json"));
}
