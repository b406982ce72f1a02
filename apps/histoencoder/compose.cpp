#include <memory>
#include <utility>

#include "histo/compose_job.hpp"

#include "common/app.hpp"
#include "common/options.hpp"
#include "histoencoder/analysis_options.hpp"
#include "histoencoder/verbs.hpp"

namespace histo::app {

namespace {

struct Arguments {
  ComposeJobOptions job;
  OutputArguments output;
};

void add_arguments(CLI::App& command, Arguments& arguments) {
  ComposeJobOptions& job = arguments.job;
  command
      .add_option("-i,--input", job.inputs,
                  "Folders with clustered slides, or slide folders; repeatable.")
      ->option_text("FOLDER...")
      ->required();
  command
      .add_option("-n,--num-clusters", job.clusters,
                  "Which clustering: the K of a column n_clusters=K of clusters.csv.")
      ->option_text("INT")
      ->required()
      ->check(whole_number());
  command
      .add_option("--labels", job.labels,
                  "A CSV with the column slide (the name of its folder) and the patient's.")
      ->option_text("FILE");
  command
      .add_option("--group", job.group, "Its column with the patient, whose slides count together.")
      ->option_text("COLUMN")
      ->default_str("each slide by itself");
  add_value(command, "--min-tiles", job.min_tiles,
            "Who has fewer tiles has no row, and is listed in missing.csv.", "INT");
  add_choice(command, "--transform", job.composition,
             {{"share", Composition::share},
              {"percent", Composition::percent},
              {"clr", Composition::clr},
              {"alr", Composition::alr},
              {"ilr", Composition::ilr}},
             "Shares as they are, in percent, or as log ratios, for which shares of 0 become "
             "1 / K^2.");
  command.add_flag("--neighbours", job.neighbours,
                   "Also count how often tiles of two clusters touch.");
  command
      .add_option("--clinical", job.clinical,
                  "A CSV with a line a patient, to be joined with the shares: joined.csv.")
      ->option_text("FILE");
  command.add_option("--key", job.key, "Its column with the patient's name.")
      ->option_text("COLUMN")
      ->default_str("that of --group, or else slide");
  add_output_options(command, arguments.output);
}

}  // namespace

Verb add_compose(CLI::App& command, const ConsoleOptions& console) {
  const auto arguments = std::make_shared<Arguments>();
  add_arguments(command, *arguments);
  return [arguments, &console](RunInfo info) {
    ComposeJobOptions job = arguments->job;
    job.output = arguments->output.folder;
    job.overwrite = arguments->output.policy();
    job.info = std::move(info);
    validate(job);
    return perform_analysis("histoencoder compose", console, job.info, [&job](Console& observer) {
      return run_compose_job(job, observer, stop_flag());
    });
  };
}

}  // namespace histo::app
