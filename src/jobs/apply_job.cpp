#include "histo/apply_job.hpp"

#include <algorithm>
#include <optional>
#include <system_error>
#include <utility>

#include "histo/cluster_store.hpp"
#include "histo/encoder.hpp"
#include "histo/error.hpp"
#include "histo/jobs.hpp"
#include "histo/open_scores.hpp"

#include "core/files.hpp"
#include "core/opencv_threads.hpp"
#include "core/text.hpp"
#include "jobs/cluster_rows.hpp"
#include "jobs/cluster_slides.hpp"
#include "jobs/plan.hpp"
#include "jobs/report.hpp"
#include "jobs/slide_labels.hpp"
#include "store/layout.hpp"

namespace histo {

namespace {

/// One run of the job, slide after slide.
class ApplyRun {
 public:
  ApplyRun(const ApplyJobOptions& options, Observer& observer, const std::atomic<bool>& stop)
      : options_(options),
        observer_(observer),
        stop_(stop),
        recorder_(report_, observer),
        clustering_(read_centroids(options.centroids)),
        preprocessing_(preprocessing_of(clustering_)),
        how_{metric_of(clustering_, options.centroids), options.threads, nullptr} {
    for (const Centroids& centroids : clustering_.centroids) {
      sets_.push_back({centroids.k, centroids.values});
    }
  }

  RunReport run() {
    const Stopwatch watch;
    const SharedPlan plan = share_apply_job(options_);
    report_.manifest = plan.manifest;
    report_.shard = options_.sharing.shard;
    recorder_.begin({output_of(options_.inputs.front()), "apply", options_.info, options_.threads},
                    plan.slides);
    recorder_.take_plan(plan.slides);
    open_device(plan.slides);
    std::size_t done = 0;
    for (const PlannedSlide& slide : plan.slides) {
      if (slide.action != Action::work) continue;
      if (stop_.load()) {
        recorder_.interrupted(slide.input, 0.0);
        report_.interrupted = true;
        continue;
      }
      try {
        label(slide);
      } catch (const Error& error) {
        if (error.kind() != ErrorKind::input) throw;
        recorder_.failed(slide.input, reason_of(error, slide.input), 0.0);
      }
      observer_.progress(++done, plan.slides.size(), "slides");
    }
    if (scores_.engine) {
      for (const std::string& warning : scores_.engine->take_warnings()) recorder_.warn(warning);
    }
    report_.seconds = watch.seconds();
    recorder_.end();
    return std::move(report_);
  }

 private:
  void open_device(const std::vector<PlannedSlide>& plan) {
    const auto is_work = [](const PlannedSlide& slide) { return slide.action == Action::work; };
    if (std::none_of(plan.begin(), plan.end(), is_work)) return;
    scores_ = open_scores(options_.device, options_.module_folder);
    report_.device = scores_.device;
    how_.engine = scores_.engine.get();
    for (const std::string& warning : scores_.warnings) observer_.warn(warning);
    if (scores_.engine) observer_.note("nearest centres are found on " + scores_.device);
  }

  void label(const PlannedSlide& slide) {
    const Stopwatch watch;
    const StoredRows stored({slide.folder});
    check_model(clustering_, options_.centroids, stored);
    std::vector<TileRow> tiles = clustered_tiles(slide.folder).tiles;
    const PreparedRows rows(stored, preprocessing_);
    label_slides(rows, stored, 0, 1, sets_, how_, [&](std::size_t, ClusterTable table) {
      table.tiles = std::move(tiles);
      write(slide, table, watch);
    });
  }

  void write(const PlannedSlide& slide, const ClusterTable& table, const Stopwatch& watch) {
    const std::filesystem::path file = cluster_table_file(slide.folder);
    if (options_.overwrite != Overwrite::always && std::filesystem::exists(file)) {
      // The table is the only mark, and says by itself whether it is the right one.
      if (read_text(file) == cluster_table_text(table)) {
        recorder_.skipped(slide.input, "done already");
        return;
      }
      throw Error(ErrorKind::input, file.string() + ": holds other clusters than " +
                                        options_.centroids.string() +
                                        " gives; --overwrite replaces them");
    }
    remove_foreign_mark(slide.folder);
    const std::string sentence = write_cluster_slide(slide.folder, table, options_.pictures);
    if (!sentence.empty()) recorder_.warn(sentence);
    recorder_.done(slide.input, table.tiles.size(), watch.seconds());
  }

  // A clustering of these slides themselves is no longer finished when one of its tables is
  // replaced.
  void remove_foreign_mark(const std::filesystem::path& folder) const {
    const std::filesystem::path mark = centroids_file(output_of(folder));
    if (!std::filesystem::exists(mark) || std::filesystem::equivalent(mark, options_.centroids)) {
      return;
    }
    std::error_code error;
    std::filesystem::remove(mark, error);
    if (error) {
      throw Error(ErrorKind::output, mark.string() + ": cannot be removed: " + error.message());
    }
  }

  const ApplyJobOptions& options_;
  Observer& observer_;
  const std::atomic<bool>& stop_;
  RunReport report_;
  Recorder recorder_;
  Clustering clustering_;
  Preprocessing preprocessing_;
  OpenedScores scores_;
  Labelling how_;
  std::vector<CentroidSet> sets_;
};

}  // namespace

void validate(const ApplyJobOptions& options) {
  if (options.inputs.empty()) throw Error(ErrorKind::usage, "--input must name a folder");
  if (options.threads < 1) throw Error(ErrorKind::usage, "--threads must be at least 1, got 0");
  validate(options.sharing);
  validate_device(options.device);
}

RunReport run_apply_job(const ApplyJobOptions& options, Observer& observer,
                        const std::atomic<bool>& stop) {
  validate(options);
  keep_opencv_on_one_thread();
  return ApplyRun(options, observer, stop).run();
}

}  // namespace histo
