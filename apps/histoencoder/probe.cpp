#include <memory>
#include <string>
#include <utility>

#include "histo/error.hpp"
#include "histo/jobs.hpp"

#include "common/app.hpp"
#include "common/options.hpp"
#include "histoencoder/classify_arguments.hpp"
#include "histoencoder/verbs.hpp"

namespace histo::app {

namespace {

struct Arguments : ClassifyArguments {
  ProbeJobOptions job;
  std::string cost;
  bool is_balanced = false;
  bool standardises = false;
};

void set_cost(const std::string& text, ProbeJobOptions& job) {
  if (text.empty()) return;
  if (text == "grid") {
    job.costs = cost_grid();
    return;
  }
  double cost = 0.0;
  if (!CLI::detail::lexical_cast(text, cost)) {
    throw Error(ErrorKind::usage, "--cost must be a number above 0, or 'grid', got '" + text + "'");
  }
  job.probe.cost = cost;
}

void refuse_with_numbers(const CLI::App& command) {
  for (const char* name : {"--label", "--classes", "--cost", "--balanced", "--standardise",
                           "--max-iter", "--tol", "--ladder"}) {
    if (command.get_option(name)->count() == 0) continue;
    throw Error(ErrorKind::usage,
                std::string(name) + " is of classes, and --regress predicts numbers");
  }
}

int name_tiles(const Arguments& arguments, const CLI::App& command, const ConsoleOptions& console,
               RunInfo info) {
  ProbeJobOptions job = arguments.job;
  set_cost(arguments.cost, job);
  if (arguments.is_balanced) job.probe.class_weights = ClassWeights::balanced;
  if (arguments.standardises) job.probe.standardisation = Standardisation::training;
  if (!job.regress.empty()) refuse_with_numbers(command);
  if (job.regress.empty() && command.get_option("--penalty")->count() > 0) {
    throw Error(ErrorKind::usage, "--penalty is of --regress, which is not given");
  }
  finish_classify_options(command, arguments,
                          {"--cost", "--balanced", "--standardise", "--max-iter", "--tol",
                           "--ladder", "--regress", "--penalty"},
                          std::move(info), job.common);
  validate(job);
  return perform_analysis(
      "histoencoder probe", console, job.common.info,
      [&job](Console& observer) { return run_probe_job(job, observer, stop_flag()); });
}

}  // namespace

Verb add_probe(CLI::App& command, const ConsoleOptions& console) {
  const auto arguments = std::make_shared<Arguments>();
  ProbeJobOptions& job = arguments->job;
  add_classify_inputs(command, *arguments, job.common);
  command
      .add_option("--cost", arguments->cost,
                  "C, the weight of errors against the size of coefficients, or the word grid: the "
                  "best of 45 by log loss, on tiles that --split calls validation, or on a quarter "
                  "of the groups to learn from.")
      ->option_text("C")
      ->default_str("features x classes / 100");
  command.add_flag("--balanced", arguments->is_balanced,
                   "All classes weigh the same, however many tiles they have.");
  command.add_flag("--standardise", arguments->standardises,
                   "Bring each feature to mean 0 and deviation 1 of the tiles to learn from.");
  add_value(command, "--max-iter", job.probe.max_iterations, "Most evaluations of a fit.", "INT");
  add_value(command, "--tol", job.probe.tolerance,
            "Stop where no component of the mean gradient exceeds this.", "NUMBER");
  command
      .add_option("--ladder", job.ladder, "How good it is with so many of the tiles to learn from.")
      ->option_text("INT...")
      ->default_str("none")
      ->check(whole_number());
  command
      .add_option("--regress", job.regress,
                  "Columns of --labels with numbers, which ridge regression predicts in place of "
                  "classes.")
      ->option_text("COLUMN...")
      ->default_str("none");
  add_value(command, "--penalty", job.penalty, "Of the ridge regression, above 0.", "LAMBDA");
  add_classify_results(command, *arguments, job.common);
  return [arguments, &command, &console](RunInfo info) {
    return name_tiles(*arguments, command, console, std::move(info));
  };
}

}  // namespace histo::app
