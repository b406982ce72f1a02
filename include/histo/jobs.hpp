#pragma once
/// The main job: slides to tiles, tiles to features, features to clusters.
///
/// A complete program, without its includes:
///
///     histo::TileJobOptions options;
///     options.slides = {"slides/a.svs"};
///     options.output = "tiles";
///     options.tiling.width = 512;
///     histo::RunReport report = histo::run_tile_job(options, observer, stop);
///
/// Each job has a plan, which only reads and says what would be done to each slide and why, and a
/// run, which does it. Errors of one slide go into its report and the others go on; every other
/// error is thrown and ends the run. A job whose `stop` turns true finishes what its workers hold,
/// leaves the slide in hand without its commit mark, and returns. Thread rule: one job of a process
/// at a time.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "histo/codec.hpp"
#include "histo/encoder.hpp"
#include "histo/kmeans.hpp"
#include "histo/model_card.hpp"
#include "histo/observer.hpp"
#include "histo/outcome.hpp"
#include "histo/slide.hpp"
#include "histo/tiling.hpp"
#include "histo/tissue.hpp"

namespace histo {

/// What may be done to results that are already there.
enum class Overwrite {
  never,       ///< leave them; refuse what is unfinished or was made with other options
  unfinished,  ///< do again what has no commit mark
  always,      ///< do everything again
};

/// What the plan has for one slide.
enum class Action {
  work,
  skip,    ///< done already, with the same options from the same input
  refuse,  ///< something is in the way; the reason names the option that helps
};

struct PlannedSlide {
  std::filesystem::path input;   ///< the slide file, or the slide's folder of tiles
  std::filesystem::path folder;  ///< where its results are
  Action action = Action::work;
  std::string reason;
};

struct SlideReport {
  std::filesystem::path input;
  Outcome outcome = Outcome::done;
  std::string reason;     ///< why it failed or was skipped
  std::size_t tiles = 0;  ///< written, encoded or clustered
  double seconds = 0.0;   ///< wall time that the run spent on it
};

struct RunReport {
  std::vector<SlideReport> slides;  ///< first those that the plan skips or refuses, then the others
  std::vector<std::string> warnings;  ///< about slides, to be repeated at the end
  std::string device;                 ///< of the model, where there is one
  bool interrupted = false;
  double seconds = 0.0;

  std::size_t count(Outcome outcome) const;
  std::size_t tiles() const;
};

/// What `run.json` says about the call; nothing of it influences a result.
struct RunInfo {
  std::string command_line;
  std::vector<std::pair<std::string, std::string>> options;  ///< as resolved
};

/// Threads that this process may use: affinity and cgroup quota, never the machine's total.
std::size_t default_threads();

/// The most memory that this process has held so far, in bytes.
std::size_t peak_memory_bytes();

// ---- slides to tiles ----

struct TileImageOptions {
  ImageFormat format = ImageFormat::png;

  /// Of JPEG tiles, in [1, 100]; thumbnails are always written at 75, Pillow's default.
  int quality = 80;
};

struct TileJobOptions {
  std::vector<std::filesystem::path> slides;
  std::filesystem::path output;

  SlideBackend backend = SlideBackend::automatic;

  /// Put the name of a slide's parent folder before its own in the output, for inputs whose names
  /// repeat.
  bool keep_parent = false;

  TissueOptions tissue;
  TilingOptions tiling;
  TileImageOptions image;
  Overwrite overwrite = Overwrite::never;

  /// At least 1. The files do not depend on it.
  std::size_t threads = 1;

  RunInfo info;
};

/// Throws Error(usage) naming the option and the value.
void validate(const TileJobOptions& options);

/// The slide files that patterns, folders and the lines of `list` stand for, sorted. Throws
/// Error(input) naming what matches nothing.
std::vector<std::filesystem::path> find_slides(const std::vector<std::string>& patterns,
                                               const std::optional<std::filesystem::path>& list);

/// The tiles of the slide's grid whose share of background is at most options.max_background, row
/// by row from the top left. Throws as `tile_grid` does.
std::vector<Rect> tissue_tiles(const Tissue& tissue, const TilingOptions& options);

/// Throws Error(input) if two slides would have one folder.
std::vector<PlannedSlide> plan_tile_job(const TileJobOptions& options);

RunReport run_tile_job(const TileJobOptions& options, Observer& observer,
                       const std::atomic<bool>& stop);

// ---- tiles to features ----

struct ExtractJobOptions {
  /// Folders that hold slide folders, or slide folders themselves.
  std::vector<std::filesystem::path> inputs;

  /// Images a batch; batches span slides. At least 1. Features depend on it by rounding on a GPU,
  /// on the CPU not at all.
  std::size_t batch_size = 64;

  /// Threads that decode and resize; at least 1. The features do not depend on it.
  std::size_t threads = 1;

  Overwrite overwrite = Overwrite::never;

  RunInfo info;
};

void validate(const ExtractJobOptions& options);

std::vector<PlannedSlide> plan_extract_job(const ExtractJobOptions& options, const ModelCard& card);

/// `load` is called only if there is work.
RunReport run_extract_job(const ExtractJobOptions& options, const ModelCard& card,
                          const std::function<LoadedEncoder()>& load, Observer& observer,
                          const std::atomic<bool>& stop);

// ---- features to clusters ----

struct ClusterJobOptions {
  /// Folders that hold slide folders; the first one also takes `clustering/`.
  std::vector<std::filesystem::path> inputs;

  KMeansOptions kmeans;

  /// Rows that the silhouette is computed on, drawn with the seed; 0 leaves it out. It costs the
  /// square of this.
  std::size_t silhouette_sample = 2000;

  /// Tiles of each cluster on the contact sheets, nearest to its centre first; 0 makes no sheets.
  std::size_t sheet_tiles = 10;

  Overwrite overwrite = Overwrite::never;

  RunInfo info;
};

void validate(const ClusterJobOptions& options);

std::vector<PlannedSlide> plan_cluster_job(const ClusterJobOptions& options);

RunReport run_cluster_job(const ClusterJobOptions& options, Observer& observer,
                          const std::atomic<bool>& stop);

}  // namespace histo
