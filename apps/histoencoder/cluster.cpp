#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "histo/jobs.hpp"

#include "common/app.hpp"
#include "common/options.hpp"
#include "histoencoder/verbs.hpp"

namespace histo::app {

namespace {

struct Arguments {
  std::size_t threads = 0;
  bool overwrite = false;
  bool dry_run = false;
  ClusterJobOptions job;
};

int cluster(Arguments& arguments, const ConsoleOptions& console, RunInfo info) {
  ClusterJobOptions& job = arguments.job;
  job.kmeans.threads = resolve_threads(arguments.threads);
  job.overwrite = arguments.overwrite ? Overwrite::always : Overwrite::never;
  job.info = std::move(info);
  std::vector<std::size_t>& clusters = job.kmeans.clusters;
  std::sort(clusters.begin(), clusters.end());
  clusters.erase(std::unique(clusters.begin(), clusters.end()), clusters.end());
  validate(job);
  if (arguments.dry_run) return print_plan(plan_cluster_job(job));

  return perform("histoencoder cluster", console, job.info, "run the same command again",
                 [&job](Console& observer) { return run_cluster_job(job, observer, stop_flag()); });
}

}  // namespace

Verb add_cluster(CLI::App& command, const ConsoleOptions& console) {
  const auto arguments = std::make_shared<Arguments>();
  command
      .add_option("-i,--input,--input_dir", arguments->job.inputs,
                  "Folders with extracted features; repeatable. The first one gets clustering/.")
      ->option_text("FOLDER...")
      ->required();
  command
      .add_option("-n,--num-clusters", arguments->job.kmeans.clusters,
                  "Numbers of clusters, each at least 2: -n 8 16 32, or -n 8 -n 16.")
      ->option_text("INT...")
      ->default_str(CLI::detail::join(arguments->job.kmeans.clusters, " "))
      ->check(whole_number());
  add_value(command, "--seed", arguments->job.kmeans.seed,
            "Seed of all random choices; the same seed gives the same files.", "INT");
  add_value(command, "--max-iter", arguments->job.kmeans.max_iterations,
            "Most passes for one number of clusters.", "INT");
  add_value(command, "--tol", arguments->job.kmeans.tolerance,
            "Stop when the centres move less, relative to the features' variance.", "SHARE");
  add_value(command, "--silhouette-sample", arguments->job.silhouette_sample,
            "Tiles that the silhouette is computed on; 0: none.", "INT");
  add_value(command, "--sheet-tiles", arguments->job.sheet_tiles,
            "Tiles of each cluster on the contact sheets; 0: no sheets.", "INT");
  add_value(command, "-j,--num-workers,--threads", arguments->threads,
            "Threads; 0: all that the job may use. The clusters do not depend on it.", "INT");
  command.add_flag("-z,--overwrite", arguments->overwrite,
                   "Cluster again where there are clusters already.");
  command.add_flag("--dry-run", arguments->dry_run,
                   "Print what would be done to each slide, and stop.");
  return
      [arguments, &console](RunInfo info) { return cluster(*arguments, console, std::move(info)); };
}

}  // namespace histo::app
