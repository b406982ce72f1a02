#include <algorithm>
#include <cstdlib>
#include <memory>
#include <utility>

#include "histo/error.hpp"
#include "histo/jobs.hpp"

#include "common/app.hpp"
#include "common/slurm.hpp"
#include "common/team.hpp"
#include "histoencoder/cluster_arguments.hpp"
#include "histoencoder/verbs.hpp"

namespace histo::app {

namespace {

struct Arguments : ClusterArguments {
  bool dry_run = false;
};

// Half of what is free, so that others on the machine and the disk cache keep some. A scheduler
// that has no cgroups kills what takes more than the job asked for.
std::size_t memory_of(const Arguments& arguments, Team& team) {
  const std::size_t sharing = ranks_here(team);
  if (arguments.memory > 0) return arguments.memory;
  const std::size_t free = default_memory();
  const auto allowed = job_memory([](const char* name) { return std::getenv(name); });
  return std::max(least_memory, std::min(free, allowed.value_or(free)) / 2 / sharing);
}

int apply(const Arguments& arguments, const CLI::App& command, const ConsoleOptions& console,
          RunInfo info) {
  ApplyJobOptions job = apply_job_of(arguments, command);
  if (join_team(module_folder()).size() > 1) {
    throw Error(ErrorKind::usage,
                "--apply shares its slides by --shard i/n, and not by mpirun or srun");
  }
  job.module_folder = module_folder();
  job.info = std::move(info);
  if (arguments.dry_run) return print_plan(plan_apply_job(job));
  return perform("histoencoder cluster", console, job.info, "run the same command again",
                 [&job](Console& observer) { return run_apply_job(job, observer, stop_flag()); });
}

int cluster(const Arguments& arguments, const CLI::App& command, const ConsoleOptions& console,
            RunInfo info) {
  if (!arguments.centroids.empty()) return apply(arguments, command, console, std::move(info));
  ClusterJobOptions job = cluster_job_of(arguments, command);
  Team& team = join_team(module_folder());
  job.kmeans.threads = resolve_threads(arguments.threads, team);
  job.memory = memory_of(arguments, team);
  job.module_folder = module_folder();
  job.info = std::move(info);
  validate(job);
  if (arguments.dry_run) return print_plan(plan_cluster_job(job));

  return perform(
      "histoencoder cluster", console, job.info, "run the same command again",
      [&](Console& observer) { return run_cluster_job(job, team, observer, stop_flag()); });
}

}  // namespace

Verb add_cluster(CLI::App& command, const ConsoleOptions& console) {
  const auto arguments = std::make_shared<Arguments>();
  add_cluster_arguments(command, *arguments);
  add_shard_option(command, arguments->sharing);
  command.add_flag("--dry-run", arguments->dry_run,
                   "Print what would be done to each slide, and stop.");
  return [arguments, &command, &console](RunInfo info) {
    return cluster(*arguments, command, console, std::move(info));
  };
}

}  // namespace histo::app
