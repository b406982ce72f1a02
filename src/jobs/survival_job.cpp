#include "histo/survival_job.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "histo/error.hpp"
#include "histo/group_folds.hpp"

#include "core/fingerprint.hpp"
#include "core/random.hpp"
#include "core/text.hpp"
#include "jobs/cohort.hpp"
#include "jobs/cox_file.hpp"
#include "jobs/cox_recipe.hpp"
#include "jobs/held_out.hpp"
#include "jobs/report.hpp"
#include "jobs/survival_apply.hpp"
#include "jobs/survival_pictures.hpp"
#include "jobs/survival_strata.hpp"
#include "jobs/survival_tables.hpp"

namespace histo {

namespace {

/// What each drawing of the seed is for.
enum class Draw : std::uint64_t { halves = 1, folds = 2, bootstrap = 3, inner = 100 };

std::uint64_t seed_for(const SurvivalJobOptions& options, Draw draw, std::size_t index = 0) {
  return hash_of(options.seed, static_cast<std::uint64_t>(draw) + index);
}

std::vector<std::size_t> places_of(const std::vector<std::int32_t>& folds, std::int32_t fold,
                                   bool inside) {
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < folds.size(); ++i) {
    if ((folds[i] == fold) == inside) places.push_back(i);
  }
  return places;
}

class SurvivalRun {
 public:
  SurvivalRun(const SurvivalJobOptions& options, Observer& observer, const std::atomic<bool>& stop)
      : options_(options), observer_(observer), stop_(stop) {}

  AnalysisReport run() {
    const PatientTable table(options_.table, options_.key);
    const CohortColumns columns = columns_of(options_, table);
    if (columns.clinical.empty() && columns.clusters.empty() && columns.strata.empty()) {
      throw Error(ErrorKind::usage, options_.table.string() +
                                        " has no column that --cluster-columns names, and "
                                        "neither --clinical-columns nor --strata is given");
    }
    cohort_ = read_cohort(table, columns);
    ResultFolder folder(options_.output, options_.overwrite);
    describe();
    folder.write("missing.csv", missing_cells_table(cohort_.missing));
    if (!cohort_.strata.empty()) compare_strata();
    if (!columns.clinical.empty() || !columns.clusters.empty()) {
      if (!learn(folder)) {
        report_.interrupted = true;
        return report_;
      }
    }
    folder.write("km.csv", curve_table(curves_));
    folder.write("km.png", curve_picture(curves_, options_.time));
    json_["messages"] = messages_;
    folder.commit("survival", options_.info, json_);
    return report_;
  }

 private:
  void say(const std::string& sentence) {
    if (std::find(messages_.begin(), messages_.end(), sentence) != messages_.end()) return;
    messages_.push_back(sentence);
    observer_.warn(sentence);
  }
  void note(const std::string& sentence) {
    messages_.push_back(sentence);
    observer_.note(sentence);
  }

  void describe() {
    json_["table"] = options_.table.string();
    json_["table_sha256"] = sha256_file(options_.table);
    json_["patients"] = cohort_.patients();
    json_["left_out"] = cohort_.lines - cohort_.patients();
    json_["events"] = cohort_.events();
    json_["clinical_columns"] = cohort_.clinical_names;
    json_["cluster_columns"] = cohort_.cluster_names;
    const std::string missing = missing_sentence(cohort_, options_.table.string());
    if (!missing.empty()) say(missing);
    if (cohort_.patients() < 2) {
      throw Error(ErrorKind::input,
                  options_.table.string() + " has 1 patient, and at least 2 are needed");
    }
    if (cohort_.events() == 0) {
      throw Error(ErrorKind::input, options_.table.string() + ": no patient of " +
                                        std::to_string(cohort_.patients()) +
                                        " had the event, so there is nothing to learn from");
    }
    std::size_t zeros = 0;
    for (std::size_t i = 0; i < cohort_.patients(); ++i) {
      if (cohort_.survival.times[i] == 0.0 && cohort_.survival.events[i] == 0) ++zeros;
    }
    if (zeros > 0) {
      say(count_of(zeros, "patient") +
          " with a follow-up of 0 and no event: censored there they say nothing");
    }
    horizon_ = options_.horizon.value_or(cohort_.median_event_time());
    json_["horizon"] = horizon_;
    json_["horizon_from"] = options_.horizon ? "--horizon" : "the median of the events' times";
    if (!(horizon_ > 0.0)) {
      throw Error(ErrorKind::input,
                  "half of the events lie at the time 0; --horizon says when "
                  "decision curves look");
    }
  }

  void compare_strata() {
    Strata strata = histo::compare_strata(cohort_, options_.strata);
    json_["strata"] = strata.json;
    if (!strata.message.empty()) say("--strata: " + strata.message);
    if (!strata.log_rank.message.empty()) say("--strata: " + strata.log_rank.message);
    report_.findings.push_back(strata.finding);
    curves_.push_back(std::move(strata.curves));
  }

  /// An error says of which patients it speaks.
  template <class Work>
  auto about(const std::string& part, const Work& work) const {
    try {
      return work();
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::input) throw;
      throw Error(ErrorKind::input, options_.table.string() + ", " + part + ": " + error.what());
    }
  }

  CoxRecipe follow(const Cohort& training, std::size_t index, const std::string& part) const {
    CoxRecipeOptions recipe;
    recipe.ties = options_.ties;
    recipe.penalty = options_.penalty;
    recipe.l1_ratio = options_.l1_ratio;
    recipe.choice = options_.choice;
    recipe.inner_folds = options_.inner_folds;
    recipe.seed = seed_for(options_, Draw::inner, index);
    return about(part, [&] { return follow_cox_recipe(training, recipe); });
  }

  BootstrapOptions resampling() const {
    return {options_.bootstrap, options_.confidence, seed_for(options_, Draw::bootstrap), 100,
            options_.threads};
  }

  std::vector<std::int32_t> folds_of(std::size_t count, Draw draw) const {
    const std::vector<std::int32_t> events(cohort_.survival.events.begin(),
                                           cohort_.survival.events.end());
    return about(draw == Draw::halves ? "halves" : "--folds", [&] {
      return group_folds(cohort_.group, events, 2, count, seed_for(options_, draw));
    });
  }

  /// False if it was interrupted.
  bool learn(ResultFolder& folder) {
    if (options_.group.empty()) {
      note("each line of the table is taken for a patient of its own; --group says otherwise");
    }
    const bool has_split = !options_.split.empty();
    const std::size_t fits = (has_split ? 1 : 2 + options_.folds);
    std::vector<std::int32_t> parts(cohort_.patients(), -1);
    if (has_split) {
      for (std::size_t i = 0; i < parts.size(); ++i) {
        if (cohort_.part[i] != CohortPart::none) parts[i] = cohort_.part[i] == CohortPart::test;
      }
      check_parts(parts);
    } else {
      parts = folds_of(2, Draw::halves);
    }
    const std::vector<std::size_t> train = places_of(parts, 0, true);
    const Cohort training = patients_at(cohort_, train);
    const CoxRecipe recipe = follow(training, 0, has_split ? "train" : "the training half");
    test(recipe, training, patients_at(cohort_, places_of(parts, 1, true)));
    observer_.progress(1, fits, "models");
    if (stop_.load()) return false;
    if (!has_split && options_.folds > 0 && !cross_validate(fits)) return false;
    if (has_split) {
      finish(recipe, training, folder);
    } else {
      finish(follow(cohort_, 1, "all patients"), cohort_, folder);
    }
    folder.write("risks.csv", risk_table(held_));
    std::vector<NamedDecision> decisions;
    for (const HeldOut& held : held_) {
      decisions.push_back(decision_of(held, horizon_));
      const std::string& message = decisions.back().all.message;
      if (!message.empty()) say("decision curve, " + held.name + ": " + message);
    }
    folder.write("decision_curve.csv", decision_table(decisions));
    folder.write("decision_curve.png", decision_picture(decisions, horizon_, options_.time));
    return true;
  }

  void check_parts(const std::vector<std::int32_t>& parts) {
    std::vector<std::vector<std::string>> names(2);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (parts[i] < 0) continue;
      names[static_cast<std::size_t>(parts[i])].push_back(
          cohort_.groups[static_cast<std::size_t>(cohort_.group[i])]);
    }
    for (const std::size_t part : {std::size_t{0}, std::size_t{1}}) {
      if (!names[part].empty()) continue;
      throw Error(ErrorKind::input, "--split " + options_.split + " has no complete patient with " +
                                        (part == 0 ? "train" : "test"));
    }
    refuse_leak(names[0], names[1]);
    const std::size_t used = names[0].size() + names[1].size();
    if (used == parts.size()) return;
    say(count_of(parts.size() - used, "patient") + " with neither train nor test in the column " +
        options_.split + " count nowhere");
  }

  void test(const CoxRecipe& recipe, const Cohort& training, const Cohort& patients) {
    HeldOut held;
    held.name = "test";
    hold_out(recipe, patients, horizon_, held);
    held.learnt_from.push_back(training.patients());
    const HeldOutFigures figures = concordance_of(held, resampling());
    const HeldOutTest verdict = test_of(held, options_.ties);
    for (const std::string& message : recipe.messages) say("training patients: " + message);
    for (const std::string& message : test_messages(figures, verdict)) say("test: " + message);
    Json json = json_of(held, figures);
    add_test(verdict, json);
    const std::string how = options_.split.empty()
                                ? "half of the patients, drawn with the seed, learnt from the other"
                                : "the column " + options_.split;
    json["how"] = how;
    json_["test"] = json;
    CurveSet set =
        risk_curves(held, "Test patients, log-rank p " + short_number(verdict.log_rank.p));
    curves_.push_back(std::move(set));
    report_.findings.push_back(test_sentence(
        options_.split.empty() ? "test on the half that was not learnt from" : "test patients",
        held, figures, verdict, options_.confidence));
    held_.push_back(std::move(held));
  }

  bool cross_validate(std::size_t fits) {
    HeldOut held;
    held.name = "folds";
    const std::vector<std::int32_t> folds = folds_of(options_.folds, Draw::folds);
    for (std::size_t fold = 0; fold < options_.folds; ++fold) {
      const auto number_of = static_cast<std::int32_t>(fold);
      const Cohort training = patients_at(cohort_, places_of(folds, number_of, false));
      const std::string part = "without fold " + std::to_string(fold);
      const CoxRecipe recipe = follow(training, 2 + fold, part);
      hold_out(recipe, patients_at(cohort_, places_of(folds, number_of, true)), horizon_, held);
      held.learnt_from.push_back(training.patients());
      for (const std::string& message : recipe.messages) {
        say(part + ": " + message);
      }
      observer_.progress(2 + fold, fits, "models");
      if (stop_.load()) return false;
    }
    const HeldOutFigures figures = concordance_of(held, resampling());
    for (const std::string& message : figures.messages) say("folds: " + message);
    Json json = json_of(held, figures);
    const std::string why =
        "an estimate and no test: each fold's model has learnt from the other folds, so that a "
        "log-rank test over all of them, and whether the interval holds 0.5, are wrong more often "
        "than their level says";
    json["message"] = why;
    json_["folds"] = json;
    curves_.push_back(risk_curves(held, "All patients, each by a model without its fold"));
    std::string sentence = count_of(options_.folds, "fold") + ": C-index " +
                           interval_text(figures.concordance, options_.confidence);
    if (figures.clinical) {
      sentence += ", clinical columns alone " +
                  interval_text(*figures.clinical, options_.confidence) + ", difference " +
                  interval_text(*figures.difference, options_.confidence);
    }
    report_.findings.push_back(sentence);
    held_.push_back(std::move(held));
    return true;
  }

  void finish(const CoxRecipe& recipe, const Cohort& training, ResultFolder& folder) {
    for (const std::string& message : recipe.messages) say("final model: " + message);
    folder.write("coefficients.csv", coefficient_table(recipe, training));
    if (!recipe.lasso.empty()) write_path(recipe, training, folder);
    StoredCox stored;
    stored.all = {recipe.fit.model, covariate_names(recipe, training), recipe.cut};
    if (recipe.clinical) {
      stored.clinical = {recipe.clinical->model, training.clinical_names, recipe.clinical_cut};
    }
    stored.horizon = horizon_;
    stored.penalty = recipe.penalty;
    stored.l1_ratio = options_.l1_ratio;
    stored.ties = options_.ties == Ties::efron ? "efron" : "breslow";
    stored.key = options_.key;
    stored.time = options_.time;
    stored.event = options_.event;
    stored.group = options_.group;
    std::set<std::string> patients;
    for (const std::int32_t group : training.group) {
      patients.insert(training.groups[static_cast<std::size_t>(group)]);
    }
    stored.patients.assign(patients.begin(), patients.end());
    write_cox_file(folder.file("model.h5"), stored);
    json_["model"] = summary_of(recipe, training);
  }

  void write_path(const CoxRecipe& recipe, const Cohort& training, ResultFolder& folder) const {
    CoxPathOptions options;
    options.ties = options_.ties;
    options.l1_ratio = options_.l1_ratio;
    const DoubleMatrixView clusters = training.clusters.view();
    if (!(largest_penalty(training.survival, clusters, options) > 0.0)) return;
    const std::vector<CoxFit> path = cox_path(training.survival, clusters, options);
    folder.write("path.csv", path_table(path, recipe, training));
    folder.write("path.png", path_picture(path, recipe, training));
  }

  Json summary_of(const CoxRecipe& recipe, const Cohort& training) {
    const std::string penalty_from = options_.penalty ? "--penalty"
                                     : options_.choice == PenaltyChoice::best
                                         ? "best held-out gain of the inner folds"
                                         : "sparsest within one standard error of the best";
    Json json = json_of(recipe, training, penalty_from);
    if (!json["clusters_beyond_clinical"].is_null()) {
      note(
          "p values of the model are too small where clusters were chosen on the same patients; "
          "the test on patients that were not learnt from is the one to believe");
    }
    std::vector<std::string> kept;
    for (const std::size_t j : recipe.kept) kept.push_back(training.cluster_names[j]);
    report_.findings.push_back("model.h5, of " + count_of(training.patients(), "patient") + ": " +
                               std::to_string(kept.size()) + " of " +
                               count_of(training.cluster_names.size(), "cluster column") + " kept" +
                               (kept.empty() ? "" : ", " + first_names(kept, 6)));
    return json;
  }

  const SurvivalJobOptions& options_;
  Observer& observer_;
  const std::atomic<bool>& stop_;
  AnalysisReport report_;
  Cohort cohort_;
  double horizon_ = 0.0;
  std::vector<HeldOut> held_;
  std::vector<CurveSet> curves_;
  std::vector<std::string> messages_;
  Json json_;
};

}  // namespace

void validate(const SurvivalJobOptions& options) {
  const auto refuse = [](const std::string& sentence) { throw Error(ErrorKind::usage, sentence); };
  if (options.table.empty()) refuse("--table must be given");
  if (options.apply.empty() && (options.time.empty() || options.event.empty())) {
    refuse("--time and --event must be given, the columns with follow-up and event");
  }
  if (options.time.empty() != options.event.empty()) {
    refuse("--time and --event belong together; one is missing");
  }
  if (options.penalty && !(*options.penalty >= 0.0)) {
    refuse("--penalty must be at least 0, got " + number(*options.penalty));
  }
  if (!(options.l1_ratio >= 0.0 && options.l1_ratio <= 1.0)) {
    refuse("--l1-ratio must lie in [0, 1], got " + number(options.l1_ratio));
  }
  if (options.folds == 1) refuse("--folds must be 0 or at least 2, got 1");
  if (options.inner_folds < 2) {
    refuse("--inner-folds must be at least 2, got " + std::to_string(options.inner_folds));
  }
  if (options.horizon && !(*options.horizon > 0.0)) {
    refuse("--horizon must be above 0, got " + number(*options.horizon));
  }
  if (options.bootstrap == 0) refuse("--bootstrap must be at least 1, got 0");
  if (!(options.confidence > 0.0 && options.confidence < 1.0)) {
    refuse("--confidence must lie in (0, 1), got " + number(options.confidence));
  }
}

AnalysisReport run_survival_job(const SurvivalJobOptions& options, Observer& observer,
                                const std::atomic<bool>& stop) {
  validate(options);
  const Stopwatch watch;
  AnalysisReport report = options.apply.empty() ? SurvivalRun(options, observer, stop).run()
                                                : apply_survival_model(options, observer);
  report.seconds = watch.seconds();
  return report;
}

}  // namespace histo
