#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "histo/error.hpp"
#include "histo/jobs.hpp"
#include "histo/picture.hpp"
#include "histo/tile_table.hpp"

#include "core/cpu.hpp"
#include "core/files.hpp"
#include "core/opencv_threads.hpp"
#include "core/ordered_map.hpp"
#include "core/text.hpp"
#include "jobs/plan.hpp"
#include "jobs/report.hpp"
#include "store/layout.hpp"
#include "store/records.hpp"
#include "store/tile_files.hpp"

namespace histo {

namespace {

constexpr std::int64_t thumbnail_dimension = 4096;  // HistoPrep's
constexpr int thumbnail_quality = 75;               // Pillow's default

/// A slide that is ready to be cut.
struct Prepared {
  Slide slide;
  int level;
  int tissue_level;
  Tissue tissue;
  std::vector<Rect> tiles;
  Image thumbnail;
};

/// What the look-ahead hands over: the slide, or why there is none.
struct Ahead {
  PlannedSlide planned;
  std::variant<std::monostate, Prepared, Error> result;
  double seconds = 0.0;
};

int resolve_level(const Slide& slide, int level) {
  const int resolved = level < 0 ? slide.level_count() + level : level;
  slide.level_size(resolved);  // throws for a level that is not there
  return resolved;
}

Prepared prepare(const TileJobOptions& options, const std::filesystem::path& path) {
  Slide slide(path, options.backend);
  const int level = resolve_level(slide, options.tiling.level);
  const int tissue_level = options.tissue.level ? resolve_level(slide, *options.tissue.level)
                                                : slide.level_within(options.tissue.max_dimension);
  const int thumbnail_level = slide.level_within(thumbnail_dimension);

  Image image = slide.read_level(tissue_level);
  Tissue tissue = detect_tissue(image, slide.size(), options.tissue);
  std::vector<Rect> tiles = tissue_tiles(tissue, options.tiling);
  if (thumbnail_level != tissue_level) image = slide.read_level(thumbnail_level);
  return {std::move(slide), level,           tissue_level, std::move(tissue),
          std::move(tiles), std::move(image)};
}

void write_pictures(const std::filesystem::path& folder, const Prepared& prepared) {
  const auto write = [](const std::filesystem::path& file, const auto& image) {
    write_file(file, encode_jpeg(image.view(), thumbnail_quality));
  };
  write(thumbnail_file(folder), prepared.thumbnail);
  write(tissue_thumbnail_file(folder), tissue_picture(prepared.tissue));
  write(tiles_thumbnail_file(folder),
        outline_tiles(prepared.thumbnail, prepared.slide.size(), prepared.tiles));
}

SlideRecord describe(const TileJobOptions& options, const Prepared& prepared) {
  const Slide& slide = prepared.slide;
  const SlideProperties& known = slide.properties();
  const Downsample scale = slide.level_downsample(prepared.level);
  SlideRecord record;
  record.num_tiles = prepared.tiles.size();
  record.level = prepared.level;
  record.level_downsample = scale;
  record.width = options.tiling.width;
  record.height = options.tiling.height.value_or(options.tiling.width);
  record.overlap = options.tiling.overlap;
  record.max_background = options.tiling.max_background;
  record.slide = slide.path().string();
  record.size = slide.size();
  record.vendor = known.vendor;
  record.mpp_x = known.mpp_x;
  record.mpp_y = known.mpp_y;
  record.objective_power = known.objective_power;
  record.level_count = slide.level_count();
  record.bounds = known.bounds;
  if (known.mpp_x) record.effective_mpp = *known.mpp_x * scale.x;
  record.tissue_threshold = prepared.tissue.threshold;
  record.tissue_level = prepared.tissue_level;
  record.fingerprint = tile_fingerprint(options, slide.path());
  return record;
}

/// Cuts one prepared slide. False if it was stopped before the end.
bool cut(const TileJobOptions& options, const Prepared& prepared,
         const std::filesystem::path& folder, const std::string& label, Observer& observer,
         const std::atomic<bool>& stop) {
  remove_tile_outputs(folder);
  make_folders(tiles_folder(folder));
  write_pictures(folder, prepared);

  std::vector<TileRow> rows;
  rows.reserve(prepared.tiles.size());
  std::size_t next = 0;
  const auto source = [&]() -> std::optional<Rect> {
    if (next == prepared.tiles.size() || stop.load()) return std::nullopt;
    return prepared.tiles[next++];
  };
  const auto make_worker = [&] {
    return [&](Rect tile) {
      const Image image = prepared.slide.read(tile, prepared.level);
      return TileRow{tile,
                     write_tile(folder, tile, image, options.image.format, options.image.quality)};
    };
  };
  const auto sink = [&](TileRow&& row) {
    rows.push_back(std::move(row));
    observer.progress(rows.size(), prepared.tiles.size(), label);
  };
  ordered_map(options.threads, source, make_worker, sink);
  if (rows.size() < prepared.tiles.size()) return false;

  write_slide_record(properties_file(folder), describe(options, prepared));
  write_tile_table(tile_table_file(folder), rows);
  return true;
}

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
      ahead.result = prepare(options_, ahead.planned.input);
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
      const Prepared& prepared = std::get<Prepared>(ahead.result);
      explain(prepared, input);
      const bool finished =
          cut(options_, prepared, ahead.planned.folder, label(input), observer_, stop_);
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
    observer_.note(input.string() + ": tissue level " + std::to_string(prepared.tissue_level) +
                   ", threshold " + std::to_string(prepared.tissue.threshold) + ", " +
                   percent(tissue_share(prepared.tissue)) + " of the slide is tissue");
    if (!prepared.tiles.empty()) return;
    recorder_.warn(input.string() + ": no tile has enough tissue (" +
                   percent(tissue_share(prepared.tissue)) + " of the slide is darker than " +
                   std::to_string(prepared.tissue.threshold) +
                   "); look at thumbnail_tissue.jpeg, or set --threshold or --max-background");
  }

  std::string label(const std::filesystem::path& input) {
    return "tiles of " + input.filename().string() + " (slide " + std::to_string(++started_) +
           " of " + std::to_string(todo_.size()) + ")";
  }

  const TileJobOptions& options_;
  Observer& observer_;
  const std::atomic<bool>& stop_;
  RunReport report_;
  Recorder recorder_;
  std::vector<PlannedSlide> todo_;
  std::size_t started_ = 0;
};

}  // namespace

std::vector<Rect> tissue_tiles(const Tissue& tissue, const TilingOptions& options) {
  std::vector<Rect> tiles = tile_grid(tissue.slide_size, options);
  const auto is_background = [&](const Rect& tile) {
    return background_share(tissue, tile) > options.max_background;
  };
  tiles.erase(std::remove_if(tiles.begin(), tiles.end(), is_background), tiles.end());
  return tiles;
}

void validate(const TileJobOptions& options) {
  validate(options.tissue);
  validate(options.tiling);
  if (options.image.quality < 1 || options.image.quality > 100) {
    throw Error(ErrorKind::usage,
                "--quality must lie in [1, 100], got " + std::to_string(options.image.quality));
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
