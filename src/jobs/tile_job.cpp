#include "histo/tile_job.hpp"

#include <algorithm>
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

namespace histo {

namespace {

/// What the look-ahead hands over: the slide, or why there is none.
struct Ahead {
  PlannedSlide planned;
  std::variant<std::monostate, Prepared, Error> result;
  double seconds = 0.0;
};

/// One run of the job: what its parts share.
class TileRun {
 public:
  TileRun(const TileJobOptions& options, Observer& observer, const std::atomic<bool>& stop)
      : options_(options), observer_(observer), stop_(stop), recorder_(report_, observer) {}

  RunReport run() {
    const auto begin = std::chrono::system_clock::now();
    const Stopwatch watch;
    const std::vector<PlannedSlide> plan = plan_tile_job(options_);
    recorder_.take_plan(plan);
    std::copy_if(plan.begin(), plan.end(), std::back_inserter(todo_),
                 [](const PlannedSlide& slide) { return slide.action == Action::work; });
    if (!todo_.empty()) inputs_ = read_inputs(options_);
    // The next slide is opened and searched for tissue while this one is cut.
    constexpr std::size_t look_ahead = 2;
    make_folders(options_.output);
    std::size_t next = 0;
    const auto source = [&]() -> std::optional<PlannedSlide> {
      if (next == todo_.size() || stop_.load()) return std::nullopt;
      return todo_[next++];
    };
    ordered_map(
        std::min<std::size_t>(options_.threads, 2), source,
        [this] { return [this](PlannedSlide&& slide) { return look(std::move(slide)); }; },
        [this](Ahead&& ahead) { take(std::move(ahead)); }, look_ahead);
    for (; next < todo_.size(); ++next) recorder_.interrupted(todo_[next].input, 0.0);
    report_.interrupted = report_.count(Outcome::interrupted) > 0;
    report_.seconds = watch.seconds();
    record_run(options_.output, options_.info, report_, begin);
    return std::move(report_);
  }

 private:
  Ahead look(PlannedSlide&& slide) const {
    const Stopwatch watch;
    Ahead ahead{std::move(slide), {}, 0.0};
    if (stop_.load()) return ahead;
    try {
      ahead.result = prepare_slide(options_, inputs_, ahead.planned.input);
    } catch (const Error& error) {
      ahead.result = error;
    }
    ahead.seconds = watch.seconds();
    return ahead;
  }

  void take(Ahead&& ahead) {
    const Stopwatch watch;
    const std::filesystem::path& input = ahead.planned.input;
    // A slide that is not begun leaves no folder behind that would look unfinished.
    if (stop_.load() || std::holds_alternative<std::monostate>(ahead.result)) {
      recorder_.interrupted(input, 0.0);
      return;
    }
    try {
      if (const Error* error = std::get_if<Error>(&ahead.result)) throw *error;
      Prepared& prepared = std::get<Prepared>(ahead.result);
      explain(prepared, input);
      const bool finished =
          cut_slide(options_, prepared, ahead.planned.folder, label(input), observer_, stop_);
      const double seconds = ahead.seconds + watch.seconds();
      if (finished) {
        recorder_.done(input, prepared.tiles.size(), seconds);
      } else {
        recorder_.interrupted(input, seconds);
      }
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::input) throw;
      recorder_.failed(input, reason_of(error, input), ahead.seconds + watch.seconds());
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
           " of " + std::to_string(todo_.size()) + ")";
  }

  const TileJobOptions& options_;
  Observer& observer_;
  const std::atomic<bool>& stop_;
  TileJobInputs inputs_;
  RunReport report_;
  Recorder recorder_;
  std::vector<PlannedSlide> todo_;
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
