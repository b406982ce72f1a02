#include <algorithm>
#include <optional>
#include <system_error>
#include <utility>

#include "histo/cluster_quality.hpp"
#include "histo/cluster_store.hpp"
#include "histo/encoder.hpp"
#include "histo/error.hpp"
#include "histo/jobs.hpp"
#include "histo/open_scores.hpp"

#include "core/files.hpp"
#include "core/opencv_threads.hpp"
#include "core/text.hpp"
#include "jobs/cluster_claim.hpp"
#include "jobs/cluster_pictures.hpp"
#include "jobs/cluster_rows.hpp"
#include "jobs/cluster_slides.hpp"
#include "jobs/plan.hpp"
#include "jobs/report.hpp"
#include "jobs/slide_labels.hpp"
#include "store/layout.hpp"
#include "store/removal.hpp"

namespace histo {

namespace {

/// The sentences of all ranks, in the order of the ranks, on all of them.
std::vector<std::string> gather_sentences(Team& team, const std::vector<std::string>& mine) {
  std::string text;
  for (const std::string& sentence : mine) text += sentence + '\0';
  std::vector<std::string> all;
  for (const std::string& part : team.gather(text)) {
    for (std::size_t begin = 0; begin < part.size();) {
      const std::size_t end = part.find('\0', begin);
      all.push_back(part.substr(begin, end - begin));
      begin = end + 1;
    }
  }
  return all;
}

/// One run of the job. Clusters are made of all slides at once, so the slides succeed or fail
/// together.
class ClusterRun {
 public:
  ClusterRun(const ClusterJobOptions& options, Team& team, Observer& observer,
             const std::atomic<bool>& stop)
      : options_(options),
        team_(team),
        observer_(observer),
        stop_(stop),
        output_(output_of(options.inputs.front())),
        recorder_(report_, observer),
        kmeans_(options.kmeans) {}

  RunReport run() {
    if (options_.skip_missing) warn_of_missing_features();
    const std::vector<PlannedSlide> plan = plan_cluster_job(options_);
    if (is_first()) {
      recorder_.begin({output_, "cluster", options_.info, options_.kmeans.threads}, plan);
    }
    const auto has = [&plan](Action action) {
      return std::any_of(plan.begin(), plan.end(),
                         [action](const PlannedSlide& slide) { return slide.action == action; });
    };
    if (has(Action::refuse) || !has(Action::work)) {
      recorder_.take_plan(plan);
    } else {
      for (const PlannedSlide& slide : plan) folders_.push_back(slide.folder);
      if (is_first()) claim_.emplace(claim_clustering(output_, options_.info, recorder_));
      cluster();
    }
    warn_of_device();
    report_.seconds = watch_.seconds();
    recorder_.end();
    return std::move(report_);
  }

 private:
  bool is_first() const { return team_.rank() == 0; }

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
    rows_.emplace(folders_);
    const StoredRows& stored = rows_->stored();
    check_slides();
    observer_.note(count_of(stored.rows(), "tile") + " with " + count_of(stored.dim(), "feature") +
                   " each, from " + count_of(folders_.size(), "slide"));
    open_device();
    prepare();
    const std::vector<KMeans> results = options_.start ? go_on() : fit();
    if (results.empty() || !compare_seeds()) {
      for (const std::filesystem::path& folder : folders_) recorder_.interrupted(folder, 0.0);
      report_.interrupted = true;
      return;
    }
    warn_of_early_ends(results);
    write(results);
  }

  // Each rank looks at some of the slides.
  void check_slides() const {
    for (std::size_t i = team_.rank(); i < folders_.size(); i += team_.size()) {
      clustered_tiles(folders_[i]);
    }
  }

  void warn_of_device() {
    if (!scores_.engine) return;
    for (const std::string& warning : scores_.engine->take_warnings()) recorder_.warn(warning);
  }

  void open_device() {
    scores_ = open_scores(options_.device, options_.module_folder);
    report_.device = scores_.device;
    kmeans_.engine = scores_.engine.get();
    for (const std::string& warning : scores_.warnings) observer_.warn(warning);
    if (scores_.engine) observer_.note("nearest centres are found on " + scores_.device);
  }

  void prepare() {
    if (options_.start) {
      start_ = read_centroids(*options_.start);
      check_model(*start_, *options_.start, rows_->stored());
      kmeans_.metric = metric_of(*start_, *options_.start);
    }
    rows_->prepare(start_
                       ? preprocessing_of(*start_)
                       : fit_preprocessing(rows_->stored(),
                                           {options_.pca, options_.whiten, kmeans_.threads}, team_),
                   team_, options_.memory / 4 * 3);
    // What rows leave is for labels and bounds.
    kmeans_.memory = options_.memory - rows_->held_bytes();
    observer_.note(rows_->held_bytes() > 0 ? "features are held in memory"
                                           : "features are read from the files in every pass");
  }

  // The engine asks each rank, and stops them together.
  PassCallback pass_teller(const std::string& what) {
    return [this, what](std::size_t pass) {
      observer_.progress(pass, 0, what);
      return !stop_.load();
    };
  }

  std::vector<KMeans> fit() {
    return fit_kmeans(rows_->share(), kmeans_, team_, pass_teller("passes"));
  }

  /// From the centroids of a file.
  std::vector<KMeans> go_on() {
    std::vector<KMeans> results;
    for (const std::size_t k : kmeans_.clusters) {
      const auto found = std::find_if(start_->centroids.begin(), start_->centroids.end(),
                                      [k](const Centroids& centroids) { return centroids.k == k; });
      if (found == start_->centroids.end()) {
        throw Error(ErrorKind::input,
                    options_.start->string() + ": holds no " + count_of(k, "centroid"));
      }
      results.push_back(lloyd(rows_->share(), k, found->values, kmeans_, team_));
      if (team_.any(stop_.load())) return {};
    }
    return results;
  }

  bool compare_seeds() {
    if (options_.stability == 0) return true;
    stability_ = stability(rows_->share(), kmeans_, options_.stability, team_,
                           pass_teller("passes for the stability"));
    return !stability_.empty();
  }

  void warn_of_early_ends(const std::vector<KMeans>& results) {
    for (const KMeans& result : results) {
      if (result.converged) continue;
      recorder_.warn("k = " + std::to_string(result.k) + " had not settled after " +
                     count_of(result.iterations, "pass") + "; --max-iter allows more");
    }
  }

  void write(const std::vector<KMeans>& results) {
    DescribeOptions what;
    what.silhouette_sample = options_.silhouette_sample;
    what.nearest = options_.sheet_tiles;
    what.random = options_.sheet_random;
    what.seed = kmeans_.seed;
    what.threads = kmeans_.threads;
    what.metric = kmeans_.metric;
    what.engine = kmeans_.engine;
    const std::vector<ClusterDescription> descriptions =
        describe_clusters(rows_->share(), results, what, team_);
    if (is_first()) {
      keep_claim(*claim_);
      // The old mark goes first: tables of two clusterings side by side must not look finished.
      std::error_code error;
      std::filesystem::remove(centroids_file(output_), error);
      if (error) {
        throw Error(ErrorKind::output,
                    centroids_file(output_).string() + ": cannot be removed: " + error.message());
      }
      make_folders(clustering_folder(output_));
      // Pictures for numbers of clusters that are no longer asked for would look as if they
      // belonged here.
      remove_cluster_pictures(clustering_folder(output_));
    }
    team_.gather("");  // nobody writes before the mark is gone
    for (const std::string& sentence : gather_sentences(team_, write_slides(results))) {
      recorder_.warn(sentence);
    }
    if (is_first()) write_common(results, descriptions);
    for (std::size_t i = 0; i < folders_.size(); ++i) {
      recorder_.done(folders_[i], rows_->stored().start(i + 1) - rows_->stored().start(i), 0.0);
    }
  }

  /// The tables and pictures of the slides that begin in this rank's share. Returns what could not
  /// be drawn, a sentence each.
  std::vector<std::string> write_slides(const std::vector<KMeans>& results) {
    std::vector<CentroidSet> sets;
    for (const KMeans& result : results) sets.push_back(centroids_of(result));
    std::vector<std::string> missing;
    const auto write_one = [&](std::size_t slide, ClusterTable table) {
      table.tiles = clustered_tiles(folders_[slide]).tiles;
      const std::string sentence = write_cluster_slide(folders_[slide], table, options_.pictures);
      if (!sentence.empty()) missing.push_back(sentence);
    };
    const auto [first, last] = own_slides();
    label_slides(rows_->all(), rows_->stored(), first, last, sets,
                 {kmeans_.metric, kmeans_.threads, kmeans_.engine}, write_one);
    return missing;
  }

  /// Those that begin in the rank's share, and for the last rank also empty ones behind all rows.
  std::pair<std::size_t, std::size_t> own_slides() const {
    const RowShare share = share_of(rows_->share(), team_);
    const bool is_last = team_.rank() + 1 == team_.size();
    const StoredRows& stored = rows_->stored();
    return {stored.first_slide_from(share.first),
            is_last ? folders_.size() : stored.first_slide_from(share.last)};
  }

  void write_common(const std::vector<KMeans>& results,
                    const std::vector<ClusterDescription>& descriptions) {
    for (std::size_t i = 0; i < results.size(); ++i) {
      if (options_.sheet_tiles + options_.sheet_random == 0) break;
      const std::vector<std::string> missing = write_contact_sheet(
          output_, rows_->stored(), folders_, results[i], descriptions[i], kmeans_.threads);
      if (missing.empty()) continue;
      recorder_.warn(count_of(missing.size(), "tile") + " missing on the contact sheet for k = " +
                     std::to_string(results[i].k) + ": " + missing.front());
    }
    const std::vector<ClusterSummary> summary = summarise(results, descriptions);
    write_cluster_summary(cluster_summary_file(output_), summary);
    write_choice_of_k(output_, summary);
    write_centroids(centroids_file(output_), describe(results));
  }

  std::vector<ClusterSummary> summarise(const std::vector<KMeans>& results,
                                        const std::vector<ClusterDescription>& described) const {
    std::vector<ClusterSummary> summary;
    for (std::size_t i = 0; i < results.size(); ++i) {
      const KMeans& result = results[i];
      const ClusterQuality& quality = described[i].quality;
      ClusterSummary row;
      row.k = result.k;
      row.inertia = result.inertia;
      row.silhouette = quality.silhouette;
      row.silhouette_sample = quality.silhouette_rows;
      row.calinski_harabasz = quality.calinski_harabasz;
      row.davies_bouldin = quality.davies_bouldin;
      if (!stability_.empty()) row.stability = stability_[i];
      row.stability_seeds = options_.stability;
      const auto [least, most] = std::minmax_element(result.sizes.begin(), result.sizes.end());
      row.smallest_cluster = *least;
      row.largest_cluster = *most;
      row.iterations = result.iterations;
      row.seconds = result.seconds;
      summary.push_back(row);
    }
    return summary;
  }

  Clustering describe(const std::vector<KMeans>& results) const {
    const Fingerprint print = cluster_fingerprint(folders_, options_);
    const StoredRows& stored = rows_->stored();
    Clustering clustering;
    clustering.dim = rows_->share().dim();
    clustering.rows = stored.rows();
    clustering.seed = kmeans_.seed;
    clustering.mode = mode_name(kmeans_.mode);
    clustering.initialisation =
        options_.start ? "file" : initialisation_name(kmeans_.initialisation);
    clustering.metric = metric_name(kmeans_.metric);
    clustering.preprocessing =
        preprocessing_name(rows_->preprocessing().components, rows_->preprocessing().whiten);
    clustering.pca = stored_pca(rows_->preprocessing());
    clustering.encoder = stored.encoder();
    clustering.model_sha256 = stored.model_sha256();
    clustering.pooling = stored.pooling();
    clustering.fingerprint = print.digest();
    clustering.fingerprint_parts = print.text();
    for (const KMeans& result : results) {
      clustering.centroids.push_back({result.k,
                                      result.centroids,
                                      {result.sizes.begin(), result.sizes.end()},
                                      result.inertia,
                                      result.iterations,
                                      result.converged});
    }
    return clustering;
  }

  const ClusterJobOptions& options_;
  Team& team_;
  Observer& observer_;
  const std::atomic<bool>& stop_;
  std::filesystem::path output_;
  RunReport report_;
  Recorder recorder_;
  OpenedScores scores_;
  KMeansOptions kmeans_;  // with the metric, the memory and the engine that hold
  Stopwatch watch_;
  std::vector<std::filesystem::path> folders_;
  std::optional<ClusterRows> rows_;
  std::optional<Clustering> start_;
  std::vector<double> stability_;  // one for each k, or none
  std::optional<Claim> claim_;     // the first rank's, on clustering/
};

}  // namespace

void validate(const ClusterJobOptions& options) {
  if (options.inputs.empty()) throw Error(ErrorKind::usage, "--input must name a folder");
  validate(options.kmeans);
  validate_device(options.device);
  if (options.whiten && options.pca == 0 && !options.start) {
    throw Error(ErrorKind::usage, "--whiten scales principal components; --pca says how many");
  }
  if (options.start && (options.pca > 0 || options.kmeans.sample > 0)) {
    throw Error(ErrorKind::usage,
                "--init with a file takes its preprocessing and all tiles; --pca and --sample must "
                "be left out");
  }
  if (options.start && options.stability > 0) {
    throw Error(ErrorKind::usage, "--stability compares seeds; --init with a file has none");
  }
  if (options.stability == 1) {
    throw Error(ErrorKind::usage, "--stability compares seeds; it must be 0 or at least 2, got 1");
  }
  if (options.memory < least_memory) {
    throw Error(ErrorKind::usage,
                "--memory must be at least 256M, got " + count_of(options.memory, "byte"));
  }
}

RunReport run_cluster_job(const ClusterJobOptions& options, Team& team, Observer& observer,
                          const std::atomic<bool>& stop) {
  validate(options);
  keep_opencv_on_one_thread();
  return ClusterRun(options, team, observer, stop).run();
}

RunReport run_cluster_job(const ClusterJobOptions& options, Observer& observer,
                          const std::atomic<bool>& stop) {
  Team alone;
  return run_cluster_job(options, alone, observer, stop);
}

}  // namespace histo
