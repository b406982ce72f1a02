#include "histo/tile_job.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <variant>

#include "histo/error.hpp"

#include "core/cpu.hpp"
#include "core/files.hpp"
#include "core/opencv_threads.hpp"
#include "core/ordered_map.hpp"
#include "core/text.hpp"
#include "jobs/cut.hpp"
#include "jobs/plan.hpp"
#include "jobs/prepare.hpp"
#include "jobs/report.hpp"
#include "jobs/run_records.hpp"
#include "jobs/slide_queue.hpp"
#include "jobs/staging_area.hpp"

namespace histo {

namespace {

/// What the look-ahead hands over: the slide, or why there is none.
struct Ahead {
  ClaimedSlide slide;
  Staged staged;
  std::variant<std::monostate, Prepared, Error> result;
  double seconds = 0.0;
};

/// One run of the job: what its parts share.
class TileRun {
 public:
  TileRun(const TileJobOptions& options, Observer& observer, const std::atomic<bool>& stop)
      : options_(options), observer_(observer), stop_(stop), recorder_(report_, observer) {}

  RunReport run() {
    const Stopwatch watch;
    SharedPlan shared = share_tile_job(options_);
    std::vector<PlannedSlide>& plan = shared.slides;
    if (options_.sharing.retry_failed) keep_named(plan, last_failed(options_.output, "tile"));
    report_.manifest = shared.manifest;
    report_.shard = options_.sharing.shard;
    make_folders(options_.output);
    recorder_.begin({options_.output, "tile", options_.info, options_.threads}, plan);
    recorder_.take_plan(plan);
    queue_.emplace(plan, queue_setting());
    if (!queue_->slides().empty()) {
      inputs_ = read_inputs(options_);
      staging_ = open_staging(options_.staging);
    }
    // The next slide is opened and searched for tissue while this one is cut.
    constexpr std::size_t look_ahead = 2;
    ordered_map(
        std::min<std::size_t>(options_.threads, 2), [this] { return next_slide(); },
        [this] { return [this](ClaimedSlide&& slide) { return look(std::move(slide)); }; },
        [this](Ahead&& ahead) { take(std::move(ahead)); }, look_ahead);
    queue_->finish();
    report_.seconds = watch.seconds();
    recorder_.end();
    return std::move(report_);
  }

 private:
  QueueSetting queue_setting() {
    const auto plan_again = [this](const PlannedSlide& slide) {
      return plan_tiles(options_, slide.input);
    };
    return {options_.sharing, options_.info, report_, recorder_, observer_, stop_, plan_again};
  }

  std::optional<ClaimedSlide> next_slide() {
    std::optional<ClaimedSlide> slide = queue_->next();
    if (!slide && in_hand_ == 0) slide = queue_->wait();
    if (slide) ++in_hand_;
    return slide;
  }

  Ahead look(ClaimedSlide&& slide) const {
    const Stopwatch watch;
    Ahead ahead{std::move(slide), {}, {}, 0.0};
    if (stop_.load()) return ahead;
    const std::filesystem::path& input = ahead.slide.planned.input;
    if (staging_) ahead.staged = staging_->stage(input, stop_);
    try {
      ahead.result = prepare_slide(options_, inputs_, input, ahead.staged.copy);
    } catch (const Error& error) {
      ahead.result = error;
    }
    ahead.seconds = watch.seconds();
    return ahead;
  }

  void take(Ahead&& ahead) {
    const Stopwatch watch;
    --in_hand_;
    const std::filesystem::path& input = ahead.slide.planned.input;
    if (stop_.load() || std::holds_alternative<std::monostate>(ahead.result)) {
      recorder_.interrupted(input, 0.0);
      return;
    }
    try {
      if (!ahead.staged.reason.empty()) {
        observer_.note(input.string() + ": read where it is, " + ahead.staged.reason);
      }
      if (const Error* error = std::get_if<Error>(&ahead.result)) throw *error;
      Prepared& prepared = std::get<Prepared>(ahead.result);
      explain(prepared, input);
      const CutEnd end =
          cut_slide(options_, prepared, ahead.slide.claim, label(input), observer_, stop_);
      report(ahead.slide, end, prepared.tiles.size(), ahead.seconds + watch.seconds());
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::input) throw;
      recorder_.failed(input, reason_of(in_words_of_the_slide(error, ahead.staged.copy), input),
                       ahead.seconds + watch.seconds());
    }
  }

  void report(const ClaimedSlide& slide, CutEnd end, std::size_t tiles, double seconds) {
    switch (end) {
      case CutEnd::done:
        recorder_.done(slide.planned.input, tiles, seconds);
        return;
      case CutEnd::stopped:
        recorder_.interrupted(slide.planned.input, seconds);
        return;
      case CutEnd::taken_over:
        queue_->lose(slide);
    }
  }

  void explain(const Prepared& prepared, const std::filesystem::path& input) {
    std::string tissue = "tissue ";
    tissue += prepared.tissue_level ? "level " + std::to_string(*prepared.tissue_level) +
                                          ", threshold " + std::to_string(prepared.tissue.threshold)
                                    : std::string("by the given mask");
    observer_.note(input.string() + ": read by " + prepared.slide.reader() + ", " + tissue + ", " +
                   percent(tissue_share(prepared.tissue)) + " of the slide is tissue" +
                   (prepared.effective_mpp
                        ? ", tiles of " + number(*prepared.effective_mpp) + " um a pixel"
                        : std::string()));
    for (const std::string& warning : prepared.warnings) {
      recorder_.warn(input.string() + ": " + warning);
    }
  }

  std::string label(const std::filesystem::path& input) {
    return "tiles of " + input.filename().string() + " (slide " + std::to_string(++started_) +
           " of " + std::to_string(queue_->slides().size()) + ")";
  }

  const TileJobOptions& options_;
  Observer& observer_;
  const std::atomic<bool>& stop_;
  TileJobInputs inputs_;
  RunReport report_;
  Recorder recorder_;
  std::optional<SlideQueue> queue_;
  std::unique_ptr<StagingArea> staging_;
  std::size_t in_hand_ = 0;  // slides, claimed and not reported
  std::size_t started_ = 0;
};

void validate_saving(const SavingOptions& saving) {
  const auto check = [](const char* name, int value, int most) {
    if (value >= 1 && value <= most) return;
    throw Error(ErrorKind::usage, std::string(name) + " must lie in [1, " + std::to_string(most) +
                                      "], got " + std::to_string(value));
  };
  check("--quality", saving.image.quality, 100);
  check("--compression", saving.image.compression, 9);
}

}  // namespace

void validate(const TileJobOptions& options) {
  validate(options.tissue);
  validate(options.tiling);
  validate(options.resolution);
  validate_saving(options.saving);
  validate(options.sharing);
  if (options.stain.target && !options.stain.normalize) {
    throw Error(ErrorKind::usage, "--stain-target needs --stain-normalize");
  }
  if (options.stain.separate && options.stain.normalize == StainMethod::reinhard) {
    throw Error(ErrorKind::usage,
                "--stain-separate needs stains, and --stain-normalize reinhard knows none; take "
                "macenko or vahadane");
  }
  if (options.saving.save == SaveTiles::none && (options.saving.masks || options.stain.separate)) {
    throw Error(ErrorKind::usage,
                std::string(options.saving.masks ? "--masks" : "--stain-separate") +
                    " writes images, and --save none writes none");
  }
  if (!options.rois.path && (options.rois.outside || !options.rois.labels.empty())) {
    throw Error(ErrorKind::usage, "--outside-rois and --roi-labels need --rois");
  }
  if (options.threads < 1) throw Error(ErrorKind::usage, "--threads must be at least 1, got 0");
}

RunReport run_tile_job(const TileJobOptions& options, Observer& observer,
                       const std::atomic<bool>& stop) {
  validate(options);
  keep_opencv_on_one_thread();
  return TileRun(options, observer, stop).run();
}

}  // namespace histo
