#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "histo/error.hpp"
#include "histo/jobs.hpp"

#include "core/cpu.hpp"
#include "core/files.hpp"
#include "core/opencv_threads.hpp"
#include "core/ordered_map.hpp"
#include "core/text.hpp"
#include "jobs/encoder_batches.hpp"
#include "jobs/extract_slide.hpp"
#include "jobs/feature_info.hpp"
#include "jobs/plan.hpp"
#include "jobs/report.hpp"
#include "jobs/run_records.hpp"
#include "jobs/slide_queue.hpp"
#include "jobs/tile_fit.hpp"

namespace histo {

namespace {

// Shared, since tiles of a slide that is over may still be on their way.
using ActivePointer = std::shared_ptr<Active>;

/// What a worker does next: open a slide, or make one of its tiles ready.
struct Task {
  enum class Kind { open, tile };
  Kind kind;
  ActivePointer slide;
  std::size_t row = 0;
  std::shared_ptr<const StoredTiles> tiles;  ///< that the row is one of
};

struct Result {
  Task task;
  std::optional<OpenSlide> open;  ///< unset: the run was stopped, or the claim lost
  Image pixels;                   ///< as the encoder wants it
  std::optional<Error> error;
  double seconds = 0.0;
};

/// One run of the job: one stream of tiles over all slides, in batches of fixed size. Slides are
/// opened, and tiled if need be, beside the stream; of those that are open the first goes next.
class ExtractRun {
 public:
  ExtractRun(const ExtractJobOptions& options, const ModelCard& card, Observer& observer,
             const std::atomic<bool>& stop)
      : options_(options),
        card_(card),
        observer_(observer),
        stop_(stop),
        recorder_(report_, observer),
        setting_{options, card, {}, 0, "", "", "", nullptr} {}

  RunReport run(const std::function<LoadedEncoder()>& load) {
    const Stopwatch watch;
    SharedPlan shared = share_extract_job(options_, card_);
    std::vector<PlannedSlide>& plan = shared.slides;
    if (options_.sharing.retry_failed) keep_named(plan, last_failed(output(), "extract"));
    report_.manifest = shared.manifest;
    report_.shard = options_.sharing.shard;
    make_folders(output());
    recorder_.begin({output(), "extract", options_.info, options_.threads}, plan);
    recorder_.take_plan(plan);
    queue_.emplace(plan, queue_setting());
    remove_idle_logs(plan);
    if (!queue_->slides().empty()) {
      if (options_.tiling) setting_.inputs = read_inputs(*options_.tiling);
      staging_ = open_staging(options_.staging);
      setting_.staging = staging_.get();
      warn_of_unknown_scales();
      start(load());
      stream();
    }
    report_.seconds = watch.seconds();
    recorder_.end();
    return std::move(report_);
  }

 private:
  std::filesystem::path output() const {
    return options_.tiling ? options_.tiling->output : output_of(options_.inputs.front());
  }

  QueueSetting queue_setting() {
    const auto plan_again = [this](const PlannedSlide& slide) {
      return plan_extraction(options_, card_, slide);
    };
    return {options_.sharing, options_.info, report_, recorder_, observer_, stop_, plan_again};
  }

  // Before the model is loaded, so that whoever looks at the screen may still stop the run.
  void warn_of_unknown_scales() {
    const std::vector<std::string> slides = slides_of_unknown_scale(card_, queue_->slides());
    if (!slides.empty())
      warn_of_scale(count_of(slides.size(), "slide") + " (first: " + slides[0] + ")");
  }

  void warn_of_scale(const std::string& slides) {
    warned_of_scale_ = true;
    recorder_.warn(unknown_scale(setting_, slides));
  }

  void start(LoadedEncoder loaded) {
    for (const std::string& warning : loaded.warnings) observer_.warn(warning);
    encoder_ = std::move(loaded.encoder);
    setting_.dim = encoder_->dim();
    setting_.device = loaded.device;
    recorder_.set_device(loaded.device);
    setting_.precision = loaded.precision;
    setting_.arithmetic = loaded.arithmetic;
    const std::size_t size =
        options_.batch_size > 0 ? options_.batch_size : encoder_->suggested_batch();
    batches_.emplace(*encoder_, static_cast<std::size_t>(card_.crop_size * card_.crop_size * 3),
                     size, std::min(size, options_.threads));
    observer_.note("model " + card_.name + " on " + report_.device + " in " + setting_.precision +
                   ", " + count_of(encoder_->dim(), "feature") + " a tile, batches of " +
                   std::to_string(size));
  }

  void stream() {
    const auto source = [this] { return next_task(); };
    const auto make_worker = [this] {
      return [this](Task&& task) { return perform(std::move(task)); };
    };
    const auto sink = [this](Result&& result) { take(std::move(result)); };
    // Enough decoded tiles for the batch after the one that is being encoded.
    const std::size_t window = std::max(batches_->size(), 4 * options_.threads);
    const auto is_errand = [](const Task& task) { return task.kind == Task::Kind::open; };
    ordered_map(options_.threads, source, make_worker, sink, window, is_errand);
    empty_the_device();
    for (const ActivePointer& slide : active_) {
      recorder_.interrupted(slide->input(), slide->watch.seconds());
    }
    queue_->finish();
    const auto threads = static_cast<double>(options_.threads);
    report_.work = {{"decode", decode_seconds_ / threads},
                    {"copy", batches_->copy_seconds()},
                    {"model", batches_->model_seconds()},
                    {"write", write_seconds_}};
  }

  /// Nothing also where what is under way has to come first.
  std::optional<Task> next_task() {
    if (stop_.load()) return std::nullopt;
    if (active_.size() >= most_active_) {
      if (tiles_on_their_way_ > 0) return std::nullopt;
      empty_the_device();
    }
    if (opening_ + ready_.size() < look_ahead()) {
      if (std::optional<ClaimedSlide> slide = queue_->next()) return opening(std::move(*slide));
    }
    while (!has_tiles()) {
      if (ready_.empty()) return wait_for_others();
      current_ = ready_.begin()->second;
      ready_.erase(ready_.begin());
    }
    Task task{Task::Kind::tile, current_, current_->given++, current_->open.tiles};
    ++tiles_on_their_way_;
    // The worker that has the last one closes the slide.
    if (current_->given == current_->open.rows.size()) current_->open.tiles.reset();
    return task;
  }

  Task opening(ClaimedSlide&& slide) {
    ++opening_;
    active_.push_back(std::make_shared<Active>(std::move(slide)));
    return {Task::Kind::open, active_.back(), 0, nullptr};
  }

  /// Slides that other processes hold, when none of ours is left: two that wait for each other
  /// would wait for ever.
  std::optional<Task> wait_for_others() {
    if (opening_ > 0 || tiles_on_their_way_ > 0 || !queue_->has_to_wait()) return std::nullopt;
    empty_the_device();
    std::optional<ClaimedSlide> slide = queue_->wait();
    if (!slide) return std::nullopt;
    return opening(std::move(*slide));
  }

  bool has_tiles() const {
    return current_ != nullptr && !current_->is_over &&
           current_->given < current_->open.rows.size();
  }

  /// How many slides to open before their turn. Those without many tiles are over before the next
  /// one is open, unless several are; a single thread opens none while it has tiles.
  std::size_t look_ahead() const {
    if (options_.threads == 1) return has_tiles() ? 0 : 1;
    return std::min(options_.threads + 1, most_active_ / 2);
  }

  Result perform(Task&& task) const {
    const Stopwatch watch;
    Result result{std::move(task), std::nullopt, {}, std::nullopt, 0.0};
    const Task& what = result.task;
    try {
      if (what.kind == Task::Kind::open)
        result.open = open_slide(setting_, what.slide->claimed, stop_);
      if (what.kind == Task::Kind::tile) {
        const TileRow& row = what.slide->open.rows[what.row];
        result.pixels = preprocess(what.tiles->read(row), card_);
      }
    } catch (const Error& error) {
      result.error = error;
    }
    result.task.tiles.reset();
    result.seconds = watch.seconds();
    return result;
  }

  void take(Result&& result) {
    decode_seconds_ += result.seconds;
    if (result.task.kind == Task::Kind::open) take_slide(std::move(result));
    if (result.task.kind == Task::Kind::tile) take_tile(std::move(result));
  }

  void take_slide(Result&& result) {
    --opening_;
    Active& slide = *result.task.slide;
    if (result.error) {
      fail(slide, *result.error);
      return;
    }
    if (!result.open) {
      // One that was stopped is still active, and so reported.
      if (slide.claimed.claim.is_lost()) lose(slide);
      return;
    }
    slide.open = std::move(*result.open);
    if (!slide.open.unstaged.empty()) {
      observer_.note(slide.input().string() + ": read where it is, " + slide.open.unstaged);
    }
    for (const std::string& warning : slide.open.warnings) {
      recorder_.warn(slide.input().string() + ": " + warning);
    }
    if (slide.open.has_unknown_scale && !warned_of_scale_) {
      warn_of_scale("a slide (" + slide.input().string() + ")");
    }
    slide.given = slide.open.features->rows();
    if (slide.given > 0) {
      observer_.note(slide.input().string() + ": goes on after " + count_of(slide.given, "tile") +
                     " of " + std::to_string(slide.open.rows.size()));
    }
    if (slide.complete()) {
      finish(slide);
    } else {
      ready_.emplace(slide.claimed.index, result.task.slide);
    }
  }

  void take_tile(Result&& result) {
    --tiles_on_their_way_;
    Active& slide = *result.task.slide;
    if (slide.is_over) return;
    if (result.error) {
      fail(slide, *result.error);
      return;
    }
    batches_->add(result.pixels, slide.open.normalisation, result.task.slide);
    if (batches_->is_full()) flush();
  }

  void empty_the_device() {
    flush();
    while (batches_->on_their_way() > 0) fetch();
  }

  void flush() {
    batches_->submit();
    // A device of its own works on this batch while the next one is made ready.
    while (batches_->on_their_way() >= encoder_->ahead()) fetch();
  }

  void fetch() {
    const std::vector<ActivePointer> slides = batches_->fetch();
    for (const std::string& warning : encoder_->take_warnings()) recorder_.warn(warning);
    for (std::size_t first = 0; first < slides.size();) {
      Active& slide = *slides[first];
      std::size_t last = first;
      while (last < slides.size() && slides[last].get() == &slide) ++last;
      if (!slide.is_over) append(slide, batches_->features(first), last - first);
      first = last;
    }
  }

  void append(Active& slide, const float* features, std::size_t count) {
    if (slide.claimed.claim.is_lost()) {
      lose(slide);
      return;
    }
    const Stopwatch watch;
    slide.open.features->append(features, count);
    write_seconds_ += watch.seconds();
    encoded_ += count;
    observer_.progress(slide.open.features->rows(), slide.open.rows.size(),
                       "tiles of " + slide.claimed.planned.folder.filename().string() + ", " +
                           std::to_string(encoded_) + " in all");
    if (slide.complete()) finish(slide);
  }

  void finish(Active& slide) {
    const Stopwatch watch;
    const std::size_t tiles = slide.open.rows.size();
    try {
      if (!slide.open.features->commit(slide.open.info, slide.open.rows, slide.claimed.claim)) {
        lose(slide);
        return;
      }
    } catch (const Error& error) {
      fail(slide, error);
      return;
    }
    write_seconds_ += watch.seconds();
    forget(slide);
    recorder_.done(slide.input(), tiles, slide.watch.seconds());
  }

  void fail(Active& slide, const Error& error) {
    // Whoever takes a slide over deletes what we have of it, which looks like a broken disk.
    if (!slide.claimed.claim.check()) {
      lose(slide);
      return;
    }
    if (error.kind() != ErrorKind::input) throw error;
    forget(slide);
    recorder_.failed(slide.input(), reason_of(error, slide.input()), slide.watch.seconds());
  }

  void lose(Active& slide) {
    queue_->lose(slide.claimed);
    forget(slide);
  }

  /// The claim goes last: nobody else may find the slide in the middle of this.
  void forget(Active& slide) {
    slide.is_over = true;
    slide.open.features.reset();
    slide.open.tiles.reset();
    slide.claimed.claim.release();
    active_.erase(std::find_if(active_.begin(), active_.end(), [&slide](const ActivePointer& each) {
      return each.get() == &slide;
    }));
  }

  const ExtractJobOptions& options_;
  const ModelCard& card_;
  Observer& observer_;
  const std::atomic<bool>& stop_;
  RunReport report_;
  Recorder recorder_;
  std::unique_ptr<StagingArea> staging_;
  ExtractSetting setting_;
  std::unique_ptr<Encoder> encoder_;
  bool warned_of_scale_ = false;
  std::optional<SlideQueue> queue_;
  // Slides that are open at once: each has a log, a claim and the files of its slide.
  const std::size_t most_active_ = std::clamp<std::size_t>(usable_descriptors() / 5, 2, 200);
  std::vector<ActivePointer> active_;           // claimed, and neither finished nor failed
  std::size_t opening_ = 0;                     // of them, with a worker
  std::map<std::size_t, ActivePointer> ready_;  // open, and no tile handed out yet
  ActivePointer current_;                       // the one whose tiles are being handed out
  std::optional<EncoderBatches<ActivePointer>> batches_;
  std::size_t tiles_on_their_way_ = 0;  // to or from a worker
  std::size_t encoded_ = 0;
  double decode_seconds_ = 0.0;  // of all workers together
  double write_seconds_ = 0.0;
};

}  // namespace

void validate(const ExtractJobOptions& options) {
  if (options.tiling) {
    validate(*options.tiling);
  } else if (options.inputs.empty()) {
    throw Error(ErrorKind::usage, "--input must name a folder");
  }
  validate(options.sharing);
  if (options.num_samples < 1)
    throw Error(ErrorKind::usage, "--num-samples must be at least 1, got 0");
  if (options.threads < 1) throw Error(ErrorKind::usage, "--threads must be at least 1, got 0");
}

RunReport run_extract_job(const ExtractJobOptions& options, const ModelCard& card,
                          const std::function<LoadedEncoder()>& load, Observer& observer,
                          const std::atomic<bool>& stop) {
  validate(options);
  keep_opencv_on_one_thread();
  return ExtractRun(options, card, observer, stop).run(load);
}

}  // namespace histo
