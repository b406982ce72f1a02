#include <algorithm>
#include <cstring>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "histo/error.hpp"
#include "histo/jobs.hpp"

#include "core/files.hpp"
#include "core/opencv_threads.hpp"
#include "core/ordered_map.hpp"
#include "core/text.hpp"
#include "jobs/extract_slide.hpp"
#include "jobs/feature_info.hpp"
#include "jobs/plan.hpp"
#include "jobs/report.hpp"
#include "jobs/tile_fit.hpp"
#include "store/layout.hpp"

namespace histo {

namespace {

/// A slide between its opening and its last feature's writing.
struct Active {
  Active(std::size_t place, PlannedSlide slide) : index(place), planned(std::move(slide)) {}

  std::size_t index;  ///< in the plan's work
  PlannedSlide planned;
  OpenSlide open;
  std::size_t given = 0;  ///< rows handed to the workers, or there from an earlier run
  bool failed = false;
  Stopwatch watch;

  bool complete() const { return open.features->rows() == open.rows.size(); }
};

// Shared, since tiles of a failed slide may still be on their way.
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
  std::optional<OpenSlide> open;  ///< unset: the run was stopped
  Image pixels;                   ///< as the encoder wants it
  std::optional<Error> error;
  double seconds = 0.0;
};

/// Where a batch's image comes from.
struct Place {
  ActivePointer slide;
  std::size_t row;
};

// Each keeps a file open, and a process may open some 1000.
constexpr std::size_t most_active = 200;
constexpr std::size_t most_ahead = most_active / 2;

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
        setting_{options, card, {}, 0, "", "", ""} {}

  RunReport run(const std::function<LoadedEncoder()>& load) {
    const auto begin = std::chrono::system_clock::now();
    const Stopwatch watch;
    const std::vector<PlannedSlide> plan = plan_extract_job(options_, card_);
    recorder_.take_plan(plan);
    std::copy_if(plan.begin(), plan.end(), std::back_inserter(todo_),
                 [](const PlannedSlide& slide) { return slide.action == Action::work; });
    for (const PlannedSlide& slide : plan) {
      if (slide.action == Action::skip) FeatureLog::remove_if_idle(feature_log_file(slide.folder));
    }
    if (options_.tiling) make_folders(options_.tiling->output);
    if (!todo_.empty()) {
      if (options_.tiling) setting_.inputs = read_inputs(*options_.tiling);
      warn_of_unknown_scales();
      start(load());
      stream();
    }
    report_.seconds = watch.seconds();
    record_run(options_.tiling ? options_.tiling->output : output_of(options_.inputs.front()),
               options_.info, report_, begin);
    return std::move(report_);
  }

 private:
  // Before the model is loaded, so that whoever looks at the screen may still stop the run.
  void warn_of_unknown_scales() {
    const std::vector<std::string> slides = slides_of_unknown_scale(card_, todo_);
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
    setting_.device = report_.device = loaded.device;
    setting_.precision = loaded.precision;
    setting_.arithmetic = loaded.arithmetic;
    image_bytes_ = static_cast<std::size_t>(card_.crop_size * card_.crop_size * 3);
    batch_size_ = options_.batch_size > 0 ? options_.batch_size : encoder_->suggested_batch();
    goal_ = std::min(batch_size_, options_.threads);
    batch_.resize(batch_size_ * image_bytes_);
    features_.resize(batch_size_ * encoder_->dim());
    observer_.note("model " + card_.name + " on " + report_.device + " in " + setting_.precision +
                   ", " + count_of(encoder_->dim(), "feature") + " a tile, batches of " +
                   std::to_string(batch_size_));
  }

  void stream() {
    const auto source = [this] { return next_task(); };
    const auto make_worker = [this] {
      return [this](Task&& task) { return perform(std::move(task)); };
    };
    const auto sink = [this](Result&& result) { take(std::move(result)); };
    // Enough decoded tiles for the batch after the one that is being encoded.
    const std::size_t window = std::max(batch_size_, 4 * options_.threads);
    const auto is_errand = [](const Task& task) { return task.kind == Task::Kind::open; };
    ordered_map(options_.threads, source, make_worker, sink, window, is_errand);
    flush();
    while (!on_their_way_.empty()) fetch();
    for (const ActivePointer& slide : active_) {
      recorder_.interrupted(slide->planned.input, slide->watch.seconds());
    }
    for (; begun_ < todo_.size(); ++begun_) recorder_.interrupted(todo_[begun_].input, 0.0);
    sort_reports();
    report_.interrupted = report_.count(Outcome::interrupted) > 0;
    const auto threads = static_cast<double>(options_.threads);
    report_.work = {{"decode", decode_seconds_ / threads},
                    {"copy", copy_seconds_},
                    {"model", model_seconds_},
                    {"write", write_seconds_}};
  }

  // Which of two slides is open or failed first is chance.
  void sort_reports() {
    std::map<std::filesystem::path, std::size_t> places;
    for (std::size_t i = 0; i < todo_.size(); ++i) places.emplace(todo_[i].input, i);
    const auto first = report_.slides.end() - static_cast<std::ptrdiff_t>(todo_.size());
    std::sort(first, report_.slides.end(), [&places](const SlideReport& a, const SlideReport& b) {
      return places.at(a.input) < places.at(b.input);
    });
  }

  /// Nothing also where what is under way has to come first.
  std::optional<Task> next_task() {
    if (stop_.load()) return std::nullopt;
    if (active_.size() >= most_active) {
      if (tiles_on_their_way_ > 0) return std::nullopt;
      flush();
      while (!on_their_way_.empty()) fetch();
    }
    if (opening_ + ready_.size() < look_ahead() && begun_ < todo_.size()) {
      ++opening_;
      const std::size_t index = begun_++;
      active_.push_back(std::make_shared<Active>(index, todo_[index]));
      return Task{Task::Kind::open, active_.back(), 0, nullptr};
    }
    while (!has_tiles()) {
      if (ready_.empty()) return std::nullopt;
      current_ = ready_.begin()->second;
      ready_.erase(ready_.begin());
    }
    Task task{Task::Kind::tile, current_, current_->given++, current_->open.tiles};
    ++tiles_on_their_way_;
    // The worker that has the last one closes the slide.
    if (current_->given == current_->open.rows.size()) current_->open.tiles.reset();
    return task;
  }

  bool has_tiles() const {
    return current_ != nullptr && !current_->failed && current_->given < current_->open.rows.size();
  }

  /// How many slides to open before their turn. Those without many tiles are over before the next
  /// one is open, unless several are; a single thread opens none while it has tiles.
  std::size_t look_ahead() const {
    if (options_.threads == 1) return has_tiles() ? 0 : 1;
    return std::min(options_.threads + 1, most_ahead);
  }

  Result perform(Task&& task) const {
    const Stopwatch watch;
    Result result{std::move(task), std::nullopt, {}, std::nullopt, 0.0};
    const Task& what = result.task;
    try {
      if (what.kind == Task::Kind::open)
        result.open = open_slide(setting_, what.slide->planned, stop_);
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
    if (!result.open) return;  // stopped; it is still active, and so reported
    slide.open = std::move(*result.open);
    if (slide.open.is_done) {
      forget(slide);
      recorder_.skipped(slide.planned.input, "done meanwhile by another process");
      return;
    }
    for (const std::string& warning : slide.open.warnings) {
      recorder_.warn(slide.planned.input.string() + ": " + warning);
    }
    if (slide.open.has_unknown_scale && !warned_of_scale_) {
      warn_of_scale("a slide (" + slide.planned.input.string() + ")");
    }
    slide.given = slide.open.features->rows();
    if (slide.given > 0) {
      observer_.note(slide.planned.input.string() + ": goes on after " +
                     count_of(slide.given, "tile") + " of " +
                     std::to_string(slide.open.rows.size()));
    }
    if (slide.complete()) {
      finish(slide);
    } else {
      ready_.emplace(slide.index, result.task.slide);
    }
  }

  void take_tile(Result&& result) {
    --tiles_on_their_way_;
    Active& slide = *result.task.slide;
    if (slide.failed) return;
    if (result.error) {
      fail(slide, *result.error);
      return;
    }
    const Stopwatch watch;
    std::memcpy(batch_.data() + places_.size() * image_bytes_, result.pixels.data(), image_bytes_);
    copy_seconds_ += watch.seconds();
    normalisations_.push_back(slide.open.normalisation);
    places_.push_back({std::move(result.task.slide), result.task.row});
    if (places_.size() == goal_) flush();
  }

  void flush() {
    if (places_.empty()) return;
    const Stopwatch watch;
    encoder_->submit(batch_.data(), normalisations_.data(), places_.size());
    model_seconds_ += watch.seconds();
    goal_ = batch_size_;
    normalisations_.clear();
    on_their_way_.push_back(std::move(places_));
    places_.clear();
    // A device of its own works on this batch while the next one is made ready.
    while (on_their_way_.size() >= encoder_->ahead()) fetch();
  }

  void fetch() {
    const Stopwatch watch;
    encoder_->fetch(features_.data());
    model_seconds_ += watch.seconds();
    for (const std::string& warning : encoder_->take_warnings()) recorder_.warn(warning);
    const std::vector<Place> places = std::move(on_their_way_.front());
    on_their_way_.pop_front();
    for (std::size_t first = 0; first < places.size();) {
      Active& slide = *places[first].slide;
      std::size_t last = first;
      while (last < places.size() && places[last].slide.get() == &slide) ++last;
      if (!slide.failed) append(slide, features_.data() + first * encoder_->dim(), last - first);
      first = last;
    }
  }

  void append(Active& slide, const float* features, std::size_t count) {
    const Stopwatch watch;
    slide.open.features->append(features, count);
    write_seconds_ += watch.seconds();
    encoded_ += count;
    observer_.progress(slide.open.features->rows(), slide.open.rows.size(),
                       "tiles of " + slide.planned.folder.filename().string() + ", " +
                           std::to_string(encoded_) + " in all");
    if (slide.complete()) finish(slide);
  }

  void finish(Active& slide) {
    const Stopwatch watch;
    slide.open.features->commit(slide.open.info, slide.open.rows);
    write_seconds_ += watch.seconds();
    forget(slide);
    recorder_.done(slide.planned.input, slide.open.rows.size(), slide.watch.seconds());
  }

  void fail(Active& slide, const Error& error) {
    if (error.kind() != ErrorKind::input) throw error;
    slide.failed = true;
    forget(slide);
    recorder_.failed(slide.planned.input, reason_of(error, slide.planned.input),
                     slide.watch.seconds());
  }

  void forget(Active& slide) {
    slide.open.features.reset();
    slide.open.tiles.reset();
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
  ExtractSetting setting_;
  std::unique_ptr<Encoder> encoder_;
  bool warned_of_scale_ = false;
  std::vector<PlannedSlide> todo_;
  std::size_t begun_ = 0;                       // of them
  std::vector<ActivePointer> active_;           // begun, and neither finished nor failed
  std::size_t opening_ = 0;                     // of them, with a worker
  std::map<std::size_t, ActivePointer> ready_;  // open, and no tile handed out yet
  ActivePointer current_;                       // the one whose tiles are being handed out
  std::size_t image_bytes_ = 0;
  std::vector<std::uint8_t> batch_;
  std::vector<float> features_;
  std::vector<Normalisation> normalisations_;    // of the batch's images
  std::vector<Place> places_;                    // and where they come from
  std::deque<std::vector<Place>> on_their_way_;  // batches that the device has, the oldest first
  std::size_t batch_size_ = 0;
  std::size_t goal_ = 0;  // of this batch: the first is small, for a row that is soon on the disk
  std::size_t tiles_on_their_way_ = 0;  // to or from a worker
  std::size_t encoded_ = 0;
  double decode_seconds_ = 0.0;  // of all workers together
  double copy_seconds_ = 0.0;
  double model_seconds_ = 0.0;  // that this thread waited for it
  double write_seconds_ = 0.0;
};

}  // namespace

void validate(const ExtractJobOptions& options) {
  if (options.tiling) {
    validate(*options.tiling);
  } else if (options.inputs.empty()) {
    throw Error(ErrorKind::usage, "--input must name a folder");
  }
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
