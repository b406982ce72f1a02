#include "histoencoder/classify_arguments.hpp"

#include <utility>

#include "histo/error.hpp"

#include "common/app.hpp"
#include "common/options.hpp"

namespace histo::app {

namespace {

void refuse_together(const CLI::App& command, const std::string& name, const std::string& why) {
  if (command.get_option(name)->count() == 0) return;
  throw Error(ErrorKind::usage, name + " " + why);
}

}  // namespace

void add_classify_inputs(CLI::App& command, ClassifyArguments& arguments, ClassifyOptions& job) {
  add_features_option(command, job.inputs);
  command.get_option("-i")->required();
  add_label_options(command, job.labels);
  add_value(command, "--folds", job.folds,
            "Without --split: parts that the groups are held out in, one after the other.", "INT");
  command
      .add_option("--apply", job.model,
                  "Name the tiles by a model.h5 of an earlier run; --labels, if given, is the "
                  "truth.")
      ->option_text("FILE");
  add_output_options(command, arguments.output);
}

void add_classify_results(CLI::App& command, ClassifyArguments& arguments, ClassifyOptions& job) {
  add_value(command, "--bootstrap", job.bootstrap,
            "Resamples of the groups, from which the intervals are.", "INT");
  add_value(command, "--confidence", job.confidence, "Of the intervals, in (0, 1).", "SHARE");
  add_seed_option(command, job.seed);
  add_threads_option(command, arguments.threads);
}

void finish_classify_options(const CLI::App& command, const ClassifyArguments& arguments,
                             const std::vector<std::string>& fitting, RunInfo info,
                             ClassifyOptions& job) {
  if (job.model.empty()) {
    if (!job.labels.split.empty()) {
      refuse_together(command, "--folds", "has no meaning with --split, which says what is tried");
    }
  } else {
    const std::string why = "has no meaning with --apply, whose file has learnt already";
    for (const std::string& name : fitting) refuse_together(command, name, why);
    for (const char* name : {"--folds", "--split", "--classes"}) {
      refuse_together(command, name, why);
    }
  }
  if (job.labels.table.empty()) {
    for (const char* name : {"--label", "--classes", "--group", "--split"}) {
      refuse_together(command, name, "names what is in --labels, which is not given");
    }
  }
  job.output = arguments.output.folder;
  job.overwrite = arguments.output.policy();
  job.threads = resolve_threads(arguments.threads);
  job.info = std::move(info);
}

}  // namespace histo::app
