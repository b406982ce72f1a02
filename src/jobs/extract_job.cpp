#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>

#include "histo/error.hpp"
#include "histo/feature_store.hpp"
#include "histo/jobs.hpp"
#include "histo/tile_table.hpp"

#include "core/opencv_threads.hpp"
#include "core/ordered_map.hpp"
#include "core/text.hpp"
#include "jobs/plan.hpp"
#include "jobs/report.hpp"
#include "jobs/stored_tiles.hpp"
#include "store/layout.hpp"
#include "store/records.hpp"

namespace histo {

namespace {

/// A slide between its first tile's reading and its last feature's writing.
struct Active {
  PlannedSlide planned;
  std::vector<TileRow> rows;
  std::optional<StoredTiles> tiles;
  std::optional<FeatureWriter> writer;
  std::size_t given = 0;    ///< tiles handed to the workers
  std::size_t written = 0;  ///< features handed to the writer
  bool failed = false;
  Stopwatch watch;

  bool complete() const { return written == rows.size(); }
};

// Shared, since tiles of a failed slide may still be on their way.
using ActivePointer = std::shared_ptr<Active>;

struct Task {
  ActivePointer slide;
  std::size_t row;
};

struct Loaded {
  ActivePointer slide;
  std::size_t row;
  Image pixels;  ///< as the encoder wants it
  std::optional<Error> error;
};

// The card says how the numbers were prepared; a store repeats it so that it can be read without
// the card.
std::string normalisation(const ModelCard& card) {
  const auto join = [](const std::array<double, 3>& values) {
    return number(values[0]) + "," + number(values[1]) + "," + number(values[2]);
  };
  return "mean=" + join(card.mean) + ";std=" + join(card.deviation);
}

/// One run of the job: one stream of tiles over all slides, in batches of fixed size.
class ExtractRun {
 public:
  ExtractRun(const ExtractJobOptions& options, const ModelCard& card, Observer& observer,
             const std::atomic<bool>& stop)
      : options_(options),
        card_(card),
        observer_(observer),
        stop_(stop),
        recorder_(report_, observer) {}

  RunReport run(const std::function<LoadedEncoder()>& load) {
    const auto begin = std::chrono::system_clock::now();
    const Stopwatch watch;
    const std::vector<PlannedSlide> plan = plan_extract_job(options_, card_);
    recorder_.take_plan(plan);
    std::copy_if(plan.begin(), plan.end(), std::back_inserter(todo_),
                 [](const PlannedSlide& slide) { return slide.action == Action::work; });
    if (!todo_.empty()) {
      start(load());
      stream();
    }
    report_.seconds = watch.seconds();
    record_run(output_of(options_.inputs.front()), options_.info, report_, begin);
    return std::move(report_);
  }

 private:
  void start(LoadedEncoder loaded) {
    for (const std::string& warning : loaded.warnings) observer_.warn(warning);
    report_.device = loaded.device;
    encoder_ = std::move(loaded.encoder);
    image_bytes_ = static_cast<std::size_t>(card_.crop_size * card_.crop_size * 3);
    batch_.resize(options_.batch_size * image_bytes_);
    features_.resize(options_.batch_size * encoder_->dim());
    observer_.note("model " + card_.name + " on " + report_.device + ", " +
                   count_of(encoder_->dim(), "feature") + " a tile, batches of " +
                   std::to_string(options_.batch_size));
  }

  void stream() {
    const auto source = [this] { return next_task(); };
    const auto make_worker = [this] {
      return [this](Task&& task) { return load_tile(std::move(task)); };
    };
    const auto sink = [this](Loaded&& loaded) { take(std::move(loaded)); };
    // Enough decoded tiles for the batch after the one that is being encoded.
    const std::size_t window = std::max(options_.batch_size, 4 * options_.threads);
    ordered_map(options_.threads, source, make_worker, sink, window);
    flush();
    for (const ActivePointer& slide : active_) {
      recorder_.interrupted(slide->planned.input, slide->watch.seconds());
    }
    for (; opened_ < todo_.size(); ++opened_) recorder_.interrupted(todo_[opened_].input, 0.0);
    report_.interrupted = report_.count(Outcome::interrupted) > 0;
  }

  std::optional<Task> next_task() {
    while (!stop_.load()) {
      if (current_ != nullptr && !current_->failed && current_->given < current_->rows.size()) {
        return Task{current_, current_->given++};
      }
      if (opened_ == todo_.size()) return std::nullopt;
      open_slide(todo_[opened_++]);
    }
    return std::nullopt;
  }

  void open_slide(const PlannedSlide& planned) {
    current_ = std::make_shared<Active>();
    current_->planned = planned;
    active_.push_back(current_);
    try {
      current_->rows = kept_tiles(read_tile_table(tile_table_file(planned.folder)));
      current_->tiles.emplace(planned.folder, current_->rows);
      current_->writer.emplace(features_file(planned.folder), encoder_->dim(),
                               describe(planned, current_->rows));
    } catch (const Error& error) {
      fail(*current_, error);
      return;
    }
    if (current_->rows.empty()) finish(*current_);
  }

  FeatureInfo describe(const PlannedSlide& planned, const std::vector<TileRow>& rows) const {
    FeatureInfo info;
    info.slide = std::filesystem::absolute(planned.folder).lexically_normal().filename().string();
    info.encoder = card_.name;
    info.model_sha256 = card_.sha256;
    info.card = card_.text;
    info.precision = card_.precision;
    info.device = report_.device;
    info.normalization = normalisation(card_);
    info.savetodir = planned.folder.string();
    const Fingerprint print = feature_fingerprint(planned.folder, card_);
    info.fingerprint = print.digest();
    info.fingerprint_parts = print.text();
    if (!rows.empty()) info.tile_size = {rows.front().rect.width, rows.front().rect.height};
    info.patch_size = info.tile_size.width;
    if (std::filesystem::exists(properties_file(planned.folder))) {
      add_slide_record(read_slide_record(properties_file(planned.folder)), info);
    }
    return info;
  }

  static void add_slide_record(const SlideRecord& record, FeatureInfo& info) {
    info.tile_size = {record.width, record.height};
    info.patch_size = record.tile_width_px.value_or(
        round_half_even(static_cast<double>(record.width) / record.level_downsample.x));
    info.overlap = record.overlap;
    info.slide_size = record.size;
    info.mpp_level0 = record.mpp_x;
    info.mpp_effective = record.effective_mpp;
    info.level0_magnification = record.objective_power;
    if (record.objective_power) {
      info.target_magnification =
          *record.objective_power /
          (record.tile_scale ? record.tile_scale->x : record.level_downsample.x);
    }
  }

  Loaded load_tile(Task&& task) const {
    Loaded loaded{std::move(task.slide), task.row, {}, std::nullopt};
    try {
      const TileRow& row = loaded.slide->rows[loaded.row];
      loaded.pixels = preprocess(loaded.slide->tiles->read(row), card_);
    } catch (const Error& error) {
      loaded.error = error;
    }
    return loaded;
  }

  void take(Loaded&& loaded) {
    if (loaded.slide->failed) return;
    if (loaded.error) {
      fail(*loaded.slide, *loaded.error);
      return;
    }
    std::memcpy(batch_.data() + pending_ * image_bytes_, loaded.pixels.data(), image_bytes_);
    places_.push_back({std::move(loaded.slide), loaded.row});
    if (++pending_ == options_.batch_size) flush();
  }

  void flush() {
    if (pending_ == 0) return;
    encoder_->encode(batch_.data(), pending_, features_.data());
    for (std::size_t first = 0; first < pending_;) {
      Active& slide = *places_[first].slide;
      std::size_t last = first;
      std::vector<Rect> rects;
      for (; last < pending_ && places_[last].slide.get() == &slide; ++last) {
        rects.push_back(slide.rows[places_[last].row].rect);
      }
      if (!slide.failed) append(slide, features_.data() + first * encoder_->dim(), rects);
      first = last;
    }
    pending_ = 0;
    places_.clear();
  }

  void append(Active& slide, const float* features, const std::vector<Rect>& rects) {
    slide.writer->append(features, rects);
    slide.written += rects.size();
    encoded_ += rects.size();
    observer_.progress(slide.written, slide.rows.size(),
                       "tiles of " + slide.planned.folder.filename().string() + ", " +
                           std::to_string(encoded_) + " in all");
    if (slide.complete()) finish(slide);
  }

  void finish(Active& slide) {
    slide.writer->commit();
    forget(slide);
    recorder_.done(slide.planned.input, slide.rows.size(), slide.watch.seconds());
  }

  void fail(Active& slide, const Error& error) {
    if (error.kind() != ErrorKind::input) throw error;
    slide.failed = true;
    forget(slide);
    recorder_.failed(slide.planned.input, reason_of(error, slide.planned.input),
                     slide.watch.seconds());
  }

  void forget(Active& slide) {
    slide.writer.reset();
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
  std::unique_ptr<Encoder> encoder_;
  std::vector<PlannedSlide> todo_;
  std::size_t opened_ = 0;
  std::vector<ActivePointer> active_;  // opened, and neither finished nor failed
  ActivePointer current_;              // the one whose tiles are being handed out
  std::size_t image_bytes_ = 0;
  std::vector<std::uint8_t> batch_;
  std::vector<float> features_;
  std::vector<Task> places_;  // of the batch's images
  std::size_t pending_ = 0;
  std::size_t encoded_ = 0;
};

}  // namespace

void validate(const ExtractJobOptions& options) {
  if (options.inputs.empty()) throw Error(ErrorKind::usage, "--input must name a folder");
  if (options.batch_size < 1)
    throw Error(ErrorKind::usage, "--batch-size must be at least 1, got 0");
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
