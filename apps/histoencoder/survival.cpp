#include <array>
#include <memory>
#include <string>
#include <utility>

#include "histo/error.hpp"
#include "histo/survival_job.hpp"

#include "common/app.hpp"
#include "common/options.hpp"
#include "histoencoder/analysis_options.hpp"
#include "histoencoder/verbs.hpp"

namespace histo::app {

namespace {

// Options that say how a model is found, and so mean nothing where there is one already.
constexpr std::array fitting_options{
    "--clinical-columns", "--cluster-columns", "--split",  "--strata", "--ties",
    "--penalty",          "--l1-ratio",        "--choose", "--folds",  "--inner-folds"};

struct Arguments {
  SurvivalJobOptions job;
  OutputArguments output;
  std::size_t threads = 0;
};

void add_table(CLI::App& command, SurvivalJobOptions& job) {
  command
      .add_option("--table", job.table,
                  "A CSV with a line a patient, such as the joined.csv of compose.")
      ->option_text("FILE")
      ->required();
  add_value(command, "--key", job.key, "Its column with the patient's name.", "COLUMN");
  command
      .add_option("--time", job.time,
                  "Its column with the follow-up, in any unit; all results have that unit.")
      ->option_text("COLUMN")
      ->default_str("with --apply: that of the model");
  command
      .add_option("--event", job.event,
                  "Its column with 1 (the event came at that time) or 0 (not by then).")
      ->option_text("COLUMN")
      ->default_str("with --apply: that of the model");
  command
      .add_option("--clinical-columns", job.clinical,
                  "Numbers that are always in the model, such as age and grade.")
      ->option_text("COLUMN...")
      ->default_str("none");
  command
      .add_option("--cluster-columns", job.clusters,
                  "Numbers that the lasso chooses from; * stands for any letters.")
      ->option_text("COLUMN...")
      ->default_str(CLI::detail::join(job.clusters, " "));
  command
      .add_option("--group", job.group, "Its column with the patient, where one has several lines.")
      ->option_text("COLUMN")
      ->default_str("each line by itself");
  command
      .add_option("--split", job.split,
                  "Its column with train and test, which takes the place of drawn halves and "
                  "folds.")
      ->option_text("COLUMN")
      ->default_str("none");
  command
      .add_option("--strata", job.strata,
                  "A column whose values get a survival curve each, and a log-rank test.")
      ->option_text("COLUMN")
      ->default_str("none");
}

void add_fitting(CLI::App& command, SurvivalJobOptions& job) {
  add_choice(command, "--ties", job.ties, {{"efron", Ties::efron}, {"breslow", Ties::breslow}},
             "What events at one time do to Cox's likelihood.");
  add_optional(command, "--penalty", job.penalty,
               "Of the lasso, on columns brought to standard deviation 1; 0: no lasso.", "NUMBER",
               "by inner cross-validation");
  add_value(command, "--l1-ratio", job.l1_ratio,
            "The lasso's part of the penalty, in [0, 1]; the rest is ridge.", "SHARE");
  add_choice(command, "--choose", job.choice,
             {{"best", PenaltyChoice::best}, {"sparsest", PenaltyChoice::sparsest}},
             "The penalty with the best held-out likelihood, or the largest one within a standard "
             "error of it.");
  add_value(command, "--folds", job.folds,
            "Outer folds, for risks of all patients by models without them; 0: none.", "INT");
  add_value(command, "--inner-folds", job.inner_folds, "Folds that choose the penalty.", "INT");
  add_optional(command, "--horizon", job.horizon,
               "The time by which decision curves and risks ask for the event.", "TIME",
               "the median of the events' times");
  add_value(command, "--bootstrap", job.bootstrap, "Resamples of patients, for the intervals.",
            "INT");
  add_value(command, "--confidence", job.confidence, "Of the intervals, in (0, 1).", "SHARE");
}

SurvivalJobOptions job_of(const Arguments& arguments, const CLI::App& command) {
  SurvivalJobOptions job = arguments.job;
  if (!job.apply.empty()) {
    for (const char* name : fitting_options) {
      if (command.get_option(name)->count() == 0) continue;
      throw Error(ErrorKind::usage, std::string(name) +
                                        " says how a model is found, and --apply takes that of a "
                                        "file");
    }
  }
  // The default of --folds is no wish for them.
  if (!job.split.empty() && command.get_option("--folds")->count() > 0) {
    throw Error(ErrorKind::usage,
                "--folds draws folds of all patients, and --split says which of them are learnt "
                "from; give one of the two");
  }
  job.threads = resolve_threads(arguments.threads);
  job.output = arguments.output.folder;
  job.overwrite = arguments.output.policy();
  return job;
}

}  // namespace

Verb add_survival(CLI::App& command, const ConsoleOptions& console) {
  const auto arguments = std::make_shared<Arguments>();
  add_table(command, arguments->job);
  add_fitting(command, arguments->job);
  add_seed_option(command, arguments->job.seed);
  command
      .add_option("--apply", arguments->job.apply,
                  "Risks by the model of an earlier call, a model.h5; nothing is fitted.")
      ->option_text("FILE");
  add_threads_option(command, arguments->threads);
  add_output_options(command, arguments->output);
  return [arguments, &command, &console](RunInfo info) {
    SurvivalJobOptions job = job_of(*arguments, command);
    job.info = std::move(info);
    validate(job);
    return perform_analysis("histoencoder survival", console, job.info, [&job](Console& observer) {
      return run_survival_job(job, observer, stop_flag());
    });
  };
}

}  // namespace histo::app
