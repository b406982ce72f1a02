#include <memory>
#include <utility>
#include <vector>

#include "histo/jobs.hpp"

#include "common/app.hpp"
#include "common/options.hpp"
#include "common/sharing_options.hpp"
#include "histoencoder/analysis_options.hpp"
#include "histoencoder/verbs.hpp"

namespace histo::app {

namespace {

struct Arguments {
  HeatmapJobOptions job;
  std::vector<double> limits;
  OutputArguments output;
  SharingArguments sharing;
  std::size_t threads = 0;
};

void add_options(CLI::App& command, Arguments& arguments) {
  HeatmapJobOptions& job = arguments.job;
  add_features_option(command, job.inputs);
  command
      .add_option("--scores", job.scores,
                  "A CSV with the columns slide, x, y (level-0 pixels) and --score, such as a "
                  "predictions.csv.")
      ->option_text("FILE");
  command.add_option("--score", job.score, "Its column with numbers to paint, such as 'p=tumour'.")
      ->option_text("COLUMN");
  command
      .add_option("-n,--num-clusters", job.clusters,
                  "Instead of scores, clusters: those of so many, as 'histoencoder cluster' made "
                  "them.")
      ->option_text("INT")
      ->default_str("none")
      ->check(whole_number());
  add_optional(command, "--downsample", job.downsample,
               "Level-0 pixels along a pixel of the raster.", "FACTOR", "the thumbnail's");
  command.add_flag("--rank", job.rank, "Paint each score's rank among all, from 0 to 1.");
  command
      .add_option("--limits", arguments.limits,
                  "Scores with the lowest and the highest colour, on all slides.")
      ->option_text("LOW HIGH")
      ->expected(2)
      ->default_str("0 1 for p= and ranks, else those of the table");
  add_value(command, "--alpha", job.alpha, "The colour's part of a pixel, in [0, 1].", "SHARE");
  command.add_flag("--geojson", job.geojson,
                   "Each slide's scored tiles, or areas of clusters, for QuPath.");
  add_value(command, "--top", job.top,
            "Tiles with the highest scores, and with the lowest, on a sheet; 0: none.", "INT");
  add_output_options(command, arguments.output);
  add_threads_option(command, arguments.threads);
  add_shard_option(command, arguments.sharing);
}

}  // namespace

Verb add_heatmap(CLI::App& command, const ConsoleOptions& console) {
  const auto arguments = std::make_shared<Arguments>();
  add_options(command, *arguments);
  return [arguments, &console](RunInfo info) {
    HeatmapJobOptions job = arguments->job;
    if (!arguments->limits.empty()) {
      job.limits = ScoreLimits{arguments->limits.front(), arguments->limits.back()};
    }
    job.output = arguments->output.folder;
    job.overwrite = arguments->output.policy();
    job.shard = sharing_of(arguments->sharing).shard;
    job.threads = resolve_threads(arguments->threads);
    job.info = std::move(info);
    validate(job);
    return perform_analysis("histoencoder heatmap", console, job.info, [&job](Console& observer) {
      return run_heatmap_job(job, observer, stop_flag());
    });
  };
}

}  // namespace histo::app
