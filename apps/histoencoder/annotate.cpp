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
  AnnotateJobOptions job;
  OutputArguments output;
  std::size_t threads = 0;
};

void add_options(CLI::App& command, Arguments& arguments) {
  AnnotateJobOptions& job = arguments.job;
  add_features_option(command, job.inputs);
  command
      .add_option("-n,--num-clusters", job.clusters,
                  "Which clusters to name: those of so many, as 'histoencoder cluster' made them.")
      ->option_text("INT")
      ->check(whole_number())
      ->required();
  command
      .add_option("--labels", job.labels.table,
                  "A CSV with the column slide (the name of its folder), perhaps x and y of a tile "
                  "(level-0 pixels), and the columns that the next options name.")
      ->option_text("FILE");
  add_value(command, "--label", job.labels.column, "Its column with the class.", "COLUMN");
  command
      .add_option("--classes", job.labels.classes,
                  "Classes in their order; tiles of others are left out.")
      ->option_text("NAME...")
      ->default_str("all, by name");
  command
      .add_option("--group", job.labels.group,
                  "Its column with the patient, of whom each cluster's number is counted.")
      ->option_text("COLUMN")
      ->default_str("each slide by itself");
  command
      .add_option("--regions", job.regions,
                  "A folder with SLIDE.geojson, regions drawn in QuPath: a tile has the class of "
                  "the region that its centre lies in.")
      ->option_text("FOLDER");
  command
      .add_option("--names", job.names,
                  "A CSV with the columns cluster and name, such as the names.csv that this verb "
                  "writes, filled in. Names win over labels.")
      ->option_text("FILE");
  add_value(command, "--purity", job.purity,
            "From which purity on a cluster's tiles count as covered, in [0, 1].", "SHARE");
  add_value(command, "--min-purity", job.min_purity,
            "Less pure clusters give their tiles no label, in [0, 1]; names need no purity.",
            "SHARE");
  add_choice(command, "--rule", job.rule,
             {{"majority", NamingRule::majority}, {"dominant", NamingRule::dominant}},
             "Which label a cluster goes by: its most frequent one, or only one that outweighs "
             "all others by HPL's rule.");
  add_output_options(command, arguments.output);
  add_threads_option(command, arguments.threads);
}

}  // namespace

Verb add_annotate(CLI::App& command, const ConsoleOptions& console) {
  const auto arguments = std::make_shared<Arguments>();
  add_options(command, *arguments);
  return [arguments, &console](RunInfo info) {
    AnnotateJobOptions job = arguments->job;
    job.output = arguments->output.folder;
    job.overwrite = arguments->output.policy();
    job.threads = resolve_threads(arguments->threads);
    job.info = std::move(info);
    validate(job);
    return perform_analysis("histoencoder annotate", console, job.info, [&job](Console& observer) {
      return run_annotate_job(job, observer, stop_flag());
    });
  };
}

}  // namespace histo::app
