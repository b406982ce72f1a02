#include <algorithm>
#include <utility>

#include "histo/cluster_store.hpp"
#include "histo/error.hpp"
#include "histo/feature_store.hpp"
#include "histo/jobs.hpp"

#include "core/files.hpp"
#include "core/opencv_threads.hpp"
#include "core/text.hpp"
#include "jobs/cluster_pictures.hpp"
#include "jobs/plan.hpp"
#include "jobs/report.hpp"
#include "jobs/stored_rows.hpp"
#include "store/layout.hpp"

namespace histo {

namespace {

/// One run of the job. Clusters are made of all slides at once, so the slides succeed or fail
/// together.
class ClusterRun {
 public:
  ClusterRun(const ClusterJobOptions& options, Observer& observer, const std::atomic<bool>& stop)
      : options_(options),
        observer_(observer),
        stop_(stop),
        output_(output_of(options.inputs.front())),
        recorder_(report_, observer) {}

  RunReport run() {
    const auto begin = std::chrono::system_clock::now();
    warn_of_missing_features();
    const std::vector<PlannedSlide> plan = plan_cluster_job(options_);
    const auto has = [&plan](Action action) {
      return std::any_of(plan.begin(), plan.end(),
                         [action](const PlannedSlide& slide) { return slide.action == action; });
    };
    if (has(Action::refuse) || !has(Action::work)) {
      recorder_.take_plan(plan);
    } else {
      for (const PlannedSlide& slide : plan) slides_.push_back({slide.folder, {}});
      cluster();
    }
    report_.seconds = watch_.seconds();
    record_run(output_, options_.info, report_, begin);
    return std::move(report_);
  }

 private:
  void warn_of_missing_features() {
    std::size_t missing = 0;
    for (const std::filesystem::path& folder : find_slide_folders(options_.inputs)) {
      if (!std::filesystem::exists(features_file(folder))) ++missing;
    }
    if (missing == 0) return;
    recorder_.warn(count_of(missing, "slide") +
                   " without features left out; 'histoencoder extract' makes them");
  }

  void cluster() {
    std::vector<std::filesystem::path> folders;
    for (const SlideTiles& slide : slides_) folders.push_back(slide.folder);
    const StoredRows rows(folders);
    read_tiles(rows);
    observer_.note(count_of(rows.rows(), "tile") + " with " + count_of(rows.dim(), "feature") +
                   " each, from " + count_of(slides_.size(), "slide"));

    const std::vector<KMeans> results = fit_kmeans(rows, options_.kmeans, [this](std::size_t pass) {
      observer_.progress(pass, options_.kmeans.max_iterations, "passes at most");
      return !stop_.load();
    });
    if (results.empty()) {
      for (const SlideTiles& slide : slides_) recorder_.interrupted(slide.folder, 0.0);
      report_.interrupted = true;
      return;
    }
    warn_of_early_ends(results);
    write(rows, results);
  }

  void read_tiles(const StoredRows& rows) {
    for (std::size_t i = 0; i < slides_.size(); ++i) {
      const std::filesystem::path& folder = slides_[i].folder;
      slides_[i].tiles = kept_tiles(read_tile_table(tile_table_file(folder)));
      const std::size_t features = rows.start(i + 1) - rows.start(i);
      if (features == slides_[i].tiles.size()) {
        check_places(folder, slides_[i].tiles);
        continue;
      }
      throw Error(ErrorKind::input, features_file(folder).string() + ": " +
                                        count_of(features, "row") + ", and metadata.csv has " +
                                        count_of(slides_[i].tiles.size(), "tile") +
                                        "; extract the slide again with --overwrite");
    }
  }

  // As many features as tiles may still be those of other tiles.
  static void check_places(const std::filesystem::path& folder, const std::vector<TileRow>& tiles) {
    const std::vector<Rect> rects = FeatureReader(features_file(folder)).read_rects();
    const auto same_place = [](const Rect& rect, const TileRow& tile) {
      return rect.x == tile.rect.x && rect.y == tile.rect.y;
    };
    if (std::equal(rects.begin(), rects.end(), tiles.begin(), tiles.end(), same_place)) return;
    throw Error(ErrorKind::input, features_file(folder).string() +
                                      ": was made of other tiles than metadata.csv has; extract "
                                      "the slide again with --overwrite");
  }

  void warn_of_early_ends(const std::vector<KMeans>& results) {
    for (const KMeans& result : results) {
      if (result.converged) continue;
      recorder_.warn("k = " + std::to_string(result.k) + " had not settled after " +
                     count_of(result.iterations, "pass") + "; --max-iter allows more");
    }
  }

  void write(const StoredRows& rows, const std::vector<KMeans>& results) {
    // The old mark goes first: tables of two clusterings side by side must not look finished.
    std::filesystem::remove(centroids_file(output_));
    make_folders(clustering_folder(output_));
    // Pictures for numbers of clusters that are no longer asked for would look as if they belonged
    // here.
    remove_cluster_pictures(clustering_folder(output_));
    for (const SlideTiles& slide : slides_) remove_cluster_pictures(slide.folder);
    for (std::size_t i = 0; i < slides_.size(); ++i) write_slide(i, rows, results);
    for (const KMeans& result : results) {
      if (options_.sheet_tiles == 0) break;
      for (const std::string& name : write_contact_sheet(
               output_, slides_, rows, result, options_.sheet_tiles, options_.kmeans.threads)) {
        observer_.note(name +
                       " is missing on the contact sheet for k = " + std::to_string(result.k));
      }
    }
    write_cluster_summary(cluster_summary_file(output_), summarise(rows, results));
    write_centroids(centroids_file(output_), describe(rows, results));
    for (const SlideTiles& slide : slides_) {
      recorder_.done(slide.folder, slide.tiles.size(), 0.0);
    }
  }

  void write_slide(std::size_t index, const StoredRows& rows, const std::vector<KMeans>& results) {
    const SlideTiles& slide = slides_[index];
    ClusterTable table;
    table.tiles = slide.tiles;
    for (const KMeans& result : results) {
      table.clusters.push_back(result.k);
      table.labels.emplace_back(
          result.labels.begin() + static_cast<std::ptrdiff_t>(rows.start(index)),
          result.labels.begin() + static_cast<std::ptrdiff_t>(rows.start(index + 1)));
    }
    write_cluster_table(cluster_table_file(slide.folder), table);
    try {
      // One overlay a slide, of the fewest clusters: more colours than that are hard to tell apart.
      write_overlay(slide, table.labels.front(), table.clusters.front());
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::input) throw;
      recorder_.warn(std::string("no overlay: ") + error.what());
    }
  }

  std::vector<ClusterSummary> summarise(const StoredRows& rows,
                                        const std::vector<KMeans>& results) const {
    QualityOptions quality;
    quality.sample = options_.silhouette_sample;
    quality.seed = options_.kmeans.seed;
    quality.threads = options_.kmeans.threads;
    const std::vector<ClusterQuality> qualities = cluster_quality(rows, results, quality);
    std::vector<ClusterSummary> summary;
    for (std::size_t i = 0; i < results.size(); ++i) {
      const KMeans& result = results[i];
      summary.push_back({result.k, result.inertia, qualities[i].silhouette,
                         qualities[i].silhouette_rows, qualities[i].calinski_harabasz,
                         qualities[i].davies_bouldin, result.sizes.back(), result.sizes.front(),
                         result.iterations, result.seconds});
    }
    return summary;
  }

  Clustering describe(const StoredRows& rows, const std::vector<KMeans>& results) const {
    std::vector<std::filesystem::path> folders;
    for (const SlideTiles& slide : slides_) folders.push_back(slide.folder);
    const Fingerprint print = cluster_fingerprint(folders, options_.kmeans);
    Clustering clustering;
    clustering.dim = rows.dim();
    clustering.rows = rows.rows();
    clustering.seed = options_.kmeans.seed;
    clustering.initialisation = "k-means++";
    clustering.metric = "euclidean";
    clustering.preprocessing = "none";
    clustering.encoder = rows.encoder();
    clustering.model_sha256 = rows.model_sha256();
    clustering.fingerprint = print.digest();
    clustering.fingerprint_parts = print.text();
    for (const KMeans& result : results) {
      clustering.centroids.push_back(
          {result.k, result.centroids, result.inertia, result.iterations, result.converged});
    }
    return clustering;
  }

  const ClusterJobOptions& options_;
  Observer& observer_;
  const std::atomic<bool>& stop_;
  std::filesystem::path output_;
  RunReport report_;
  Recorder recorder_;
  Stopwatch watch_;
  std::vector<SlideTiles> slides_;
};

}  // namespace

void validate(const ClusterJobOptions& options) {
  if (options.inputs.empty()) throw Error(ErrorKind::usage, "--input must name a folder");
  validate(options.kmeans);
}

RunReport run_cluster_job(const ClusterJobOptions& options, Observer& observer,
                          const std::atomic<bool>& stop) {
  validate(options);
  keep_opencv_on_one_thread();
  return ClusterRun(options, observer, stop).run();
}

}  // namespace histo
