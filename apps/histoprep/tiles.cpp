#include <memory>
#include <utility>

#include "histo/jobs.hpp"

#include "common/app.hpp"
#include "histoprep/tile_arguments.hpp"
#include "histoprep/verbs.hpp"

namespace histo::app {

namespace {

struct Arguments : TileArguments {
  bool dry_run = false;
};

int tile(Arguments& arguments, const ConsoleOptions& console, RunInfo info) {
  TileJobOptions job = tile_job_of(arguments);
  job.info = std::move(info);
  if (arguments.dry_run) return print_plan(plan_tile_job(job));

  return perform("histoprep", console, job.info, "run the same command with --unfinished",
                 [&job](Console& observer) { return run_tile_job(job, observer, stop_flag()); });
}

}  // namespace

Verb add_tiling(CLI::App& command, const ConsoleOptions& console) {
  const auto arguments = std::make_shared<Arguments>();
  add_tile_arguments(command, *arguments);
  add_sharing_options(command, arguments->sharing);
  command
      .add_flag("--dry-run", arguments->dry_run,
                "Print what would be done to each slide, and stop.")
      ->group("Running");
  return [arguments, &console](RunInfo info) { return tile(*arguments, console, std::move(info)); };
}

}  // namespace histo::app
