#include <memory>
#include <utility>

#include "histo/jobs.hpp"

#include "common/app.hpp"
#include "common/options.hpp"
#include "histoprep/verbs.hpp"

namespace histo::app {

namespace {

struct Arguments {
  std::size_t threads = 0;
  OutlierJobOptions job;
};

int find_outliers(Arguments& arguments, const ConsoleOptions& console, RunInfo info) {
  OutlierJobOptions& job = arguments.job;
  job.threads = resolve_threads(arguments.threads);
  job.info = std::move(info);
  validate(job);
  return perform("histoprep outliers", console, job.info, "run the same command again",
                 [&job](Console& observer) { return run_outlier_job(job, observer, stop_flag()); });
}

}  // namespace

Verb add_outliers(CLI::App& command, const ConsoleOptions& console) {
  const auto arguments = std::make_shared<Arguments>();
  OutlierJobOptions& job = arguments->job;
  command
      .add_option("-o,--output", job.inputs,
                  "Folders that histoprep --metrics wrote; repeatable. The first gets outliers/.")
      ->option_text("FOLDER...")
      ->required();
  add_value(command, "-k,--clusters", job.clusters,
            "Clusters of all tiles, by their metrics; 0 is the farthest from the rest.", "INT");
  command
      .add_option("--drop", job.drop,
                  "Clusters whose tiles histoencoder extract leaves out: --drop 0 1.")
      ->option_text("INT...")
      ->check(whole_number())
      ->default_str("none");
  add_value(command, "--seed", job.seed,
            "Seed of all random choices; the same seed gives the same files.", "INT");
  add_value(command, "--sheet-tiles", job.sheet_tiles,
            "Tiles on a sheet, as many nearest the centre as at random; 0: no sheets.", "INT");
  add_value(command, "-j,--num-workers,--threads", arguments->threads,
            "Threads; 0: all that the job may use. The clusters do not depend on it.", "INT");
  return [arguments, &console](RunInfo info) {
    return find_outliers(*arguments, console, std::move(info));
  };
}

}  // namespace histo::app
