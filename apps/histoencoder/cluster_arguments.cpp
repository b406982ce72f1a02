#include "histoencoder/cluster_arguments.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <vector>

#include "histo/error.hpp"

#include "common/app.hpp"
#include "common/options.hpp"

namespace histo::app {

namespace {

// Options that say how clusters are found, and so mean nothing where they are there already.
constexpr std::array fitting_options{"--num-clusters",
                                     "--seed",
                                     "--mode",
                                     "--init",
                                     "--n-init",
                                     "--max-iter",
                                     "--tol",
                                     "--metric",
                                     "--pca",
                                     "--whiten",
                                     "--sample",
                                     "--stability",
                                     "--silhouette-sample",
                                     "--sheet-tiles",
                                     "--sheet-random",
                                     "--memory",
                                     "--skip-missing"};

// Options that say what a file of centroids has decided already. Of others the job itself knows
// that they do not fit.
constexpr std::array decided_by_file{"--mode", "--n-init", "--metric", "--whiten"};

void set_start(const ClusterArguments& arguments, const CLI::App& command, ClusterJobOptions& job) {
  KMeansOptions& kmeans = job.kmeans;
  if (arguments.init == "k-means++") {
    kmeans.initialisation = Initialisation::kmeans_plus_plus;
  } else if (arguments.init == "k-means||") {
    kmeans.initialisation = Initialisation::kmeans_parallel;
  } else if (arguments.init == "random") {
    kmeans.initialisation = Initialisation::random;
  } else if (std::filesystem::exists(arguments.init)) {
    job.start = arguments.init;
    for (const char* name : decided_by_file) {
      if (command.get_option(name)->count() == 0) continue;
      throw Error(ErrorKind::usage, std::string(name) +
                                        " must be left out: --init with a file goes on from its "
                                        "centroids, on all tiles, with its metric");
    }
  } else {
    throw Error(ErrorKind::usage,
                "--init must be k-means++, k-means||, random or a centroids.h5, and there is no "
                "file " +
                    arguments.init);
  }
}

void add_fitting(CLI::App& command, ClusterArguments& arguments) {
  ClusterJobOptions& job = arguments.job;
  command
      .add_option("-n,--num-clusters", job.kmeans.clusters,
                  "Numbers of clusters, each at least 2: -n 8 16 32, or -n 8 -n 16.")
      ->option_text("INT...")
      ->default_str(CLI::detail::join(job.kmeans.clusters, " "))
      ->check(whole_number());
  add_value(command, "--seed", job.kmeans.seed,
            "Seed of all random choices; the same seed gives the same files.", "INT");
  add_choice(command, "--mode", job.kmeans.mode,
             {{"exact", ClusterMode::exact}, {"fast", ClusterMode::fast}},
             "exact: passes over all tiles until the clusters settle; fast: over growing samples, "
             "and once over all.");
  add_value(command, "--init", arguments.init,
            "First centres: k-means++ (on a sample of tiles), 'k-means||' (over all), random, or "
            "a centroids.h5 to go on from, whose clusters keep their numbers.",
            "HOW");
  add_value(command, "--n-init", job.kmeans.starts,
            "Starts, each followed on a sample; the best goes on to all tiles.", "INT");
  add_value(command, "--max-iter", job.kmeans.max_iterations,
            "Most passes for one number of clusters.", "INT");
  add_value(command, "--tol", job.kmeans.tolerance,
            "Stop when the centres move less, relative to the features' variance.", "SHARE");
  add_choice(command, "--metric", job.kmeans.metric,
             {{"euclidean", Metric::euclidean}, {"cosine", Metric::cosine}},
             "cosine: spherical k-means, of features brought to length 1.");
  add_value(command, "--pca", job.pca, "Cluster that many principal components; 0: the features.",
            "INT");
  command.add_flag("--whiten", job.whiten, "With --pca: the components to unit variance.");
  add_value(command, "--sample", job.kmeans.sample,
            "Find the centroids on so many tiles, drawn with the seed; all get labels. 0: all.",
            "INT");
  command
      .add_option("--memory", arguments.memory,
                  "What features may take, such as 2G; those that do not fit are read in every "
                  "pass.")
      ->option_text("SIZE")
      ->default_str("half of what is free")
      ->transform(CLI::AsSizeValue(false));
}

void add_results(CLI::App& command, ClusterArguments& arguments) {
  ClusterJobOptions& job = arguments.job;
  add_value(command, "--stability", job.stability,
            "Seeds whose partitions are compared, for each number of clusters; 0: none.", "INT");
  add_value(command, "--silhouette-sample", job.silhouette_sample,
            "Tiles that the silhouette is computed on; 0: none.", "INT");
  add_value(command, "--sheet-tiles", job.sheet_tiles,
            "Tiles nearest to each centroid on the contact sheets.", "INT");
  add_value(command, "--sheet-random", job.sheet_random,
            "Tiles at random of each cluster on the contact sheets.", "INT");
  add_choice(command, "--overlays", job.pictures.overlays,
             {{"none", Overlays::none}, {"fewest", Overlays::fewest}, {"all", Overlays::all}},
             "Slides with their clusters in colour: for the fewest clusters, or for every number.");
  command.add_flag("--geojson", job.pictures.outlines,
                   "Each slide's clusters as areas for QuPath, for every number of clusters.");
  command.add_flag("--skip-missing", job.skip_missing,
                   "Leave slides without features out, instead of stopping.");
}

}  // namespace

ClusterJobOptions cluster_job_of(const ClusterArguments& arguments, const CLI::App& command) {
  if (arguments.sharing.shard) {
    throw Error(ErrorKind::usage,
                "--shard shares the slides of --apply; clusters are made of all slides at once, by "
                "one process or by the ranks of mpirun or srun");
  }
  ClusterJobOptions job = arguments.job;
  set_start(arguments, command, job);
  job.overwrite = arguments.overwrite ? Overwrite::always : Overwrite::never;
  std::vector<std::size_t>& clusters = job.kmeans.clusters;
  std::sort(clusters.begin(), clusters.end());
  clusters.erase(std::unique(clusters.begin(), clusters.end()), clusters.end());
  return job;
}

ApplyJobOptions apply_job_of(const ClusterArguments& arguments, const CLI::App& command) {
  for (const char* name : fitting_options) {
    if (command.get_option(name)->count() == 0) continue;
    throw Error(ErrorKind::usage, std::string(name) +
                                      " says how clusters are found, and --apply takes those of a "
                                      "file");
  }
  ApplyJobOptions job;
  job.inputs = arguments.job.inputs;
  job.centroids = arguments.centroids;
  job.sharing = sharing_of(arguments.sharing);
  job.threads = resolve_threads(arguments.threads);
  job.pictures = arguments.job.pictures;
  job.device = arguments.job.device;
  job.overwrite = arguments.overwrite ? Overwrite::always : Overwrite::never;
  validate(job);
  return job;
}

void add_cluster_arguments(CLI::App& command, ClusterArguments& arguments) {
  command
      .add_option("-i,--input,--input_dir", arguments.job.inputs,
                  "Folders with extracted features; repeatable. The first one gets clustering/.")
      ->option_text("FOLDER...")
      ->required();
  add_fitting(command, arguments);
  add_results(command, arguments);
  command
      .add_option("--apply", arguments.centroids,
                  "Label the slides by the centroids of an earlier clustering, a centroids.h5.")
      ->option_text("FILE");
  add_value(command, "--device", arguments.job.device,
            "Where the nearest centres are found: cpu, cuda, cuda:N, or auto. The clusters do not "
            "depend on it.",
            "DEVICE");
  add_value(command, "-j,--num-workers,--threads", arguments.threads,
            "Threads; 0: all that the job may use. The clusters do not depend on it.", "INT");
  command.add_flag("-z,--overwrite", arguments.overwrite,
                   "Cluster again where there are clusters already.");
}

}  // namespace histo::app
