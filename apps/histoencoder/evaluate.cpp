#include <memory>
#include <utility>

#include "histo/jobs.hpp"

#include "common/app.hpp"
#include "common/options.hpp"
#include "histoencoder/analysis_options.hpp"
#include "histoencoder/verbs.hpp"

namespace histo::app {

namespace {

struct Arguments {
  EvaluateJobOptions job;
  OutputArguments output;
  std::size_t threads = 0;
};

int evaluate(const Arguments& arguments, const ConsoleOptions& console, RunInfo info) {
  EvaluateJobOptions job = arguments.job;
  job.output = arguments.output.folder;
  job.overwrite = arguments.output.policy();
  job.threads = resolve_threads(arguments.threads);
  job.info = std::move(info);
  validate(job);
  return perform_analysis("histoencoder evaluate", console, job.info, [&job](Console& observer) {
    return run_evaluate_job(job, observer, stop_flag());
  });
}

}  // namespace

Verb add_evaluate(CLI::App& command, const ConsoleOptions& console) {
  const auto arguments = std::make_shared<Arguments>();
  EvaluateJobOptions& job = arguments->job;
  command
      .add_option("--predictions", job.predictions,
                  "predictions.csv of knn, fewshot or probe, or of anything else; of several, the "
                  "rows that all have are compared with the first.")
      ->option_text("FILE...")
      ->required();
  add_label_options(command, job.labels);
  add_output_options(command, arguments->output);
  add_choice(command, "--level", job.level,
             {{"tile", EvaluationLevel::tile},
              {"slide", EvaluationLevel::slide},
              {"group", EvaluationLevel::group}},
             "What is scored: the rows as they are, or the mean of the probabilities of each slide "
             "or group.");
  add_value(command, "--bootstrap", job.repeats,
            "Resamples of the groups, from which the intervals are.", "INT");
  add_value(command, "--confidence", job.confidence, "Of the intervals, in (0, 1).", "SHARE");
  add_seed_option(command, job.seed);
  add_threads_option(command, arguments->threads);
  return [arguments, &console](RunInfo info) {
    return evaluate(*arguments, console, std::move(info));
  };
}

}  // namespace histo::app
