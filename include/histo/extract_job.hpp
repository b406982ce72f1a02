#pragma once
/// Tiles to features.

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

#include "histo/encoder.hpp"
#include "histo/job.hpp"
#include "histo/model_card.hpp"
#include "histo/observer.hpp"
#include "histo/sharing.hpp"
#include "histo/staging.hpp"
#include "histo/tile_job.hpp"

namespace histo {

/// Whose mean and deviation the tiles' colours are normalised by.
struct NormalizeOption {
  enum class By {
    model,     ///< the card's, or estimated where it says so
    estimate,  ///< each slide's own
    numbers,   ///< these
  };
  By by = By::model;
  Normalisation numbers;
};

struct ExtractJobOptions {
  /// Folders that hold slide folders, or slide folders themselves.
  std::vector<std::filesystem::path> inputs;

  /// Slides in place of `inputs`: each is tiled first, into its folder below tiling->output, and no
  /// image of a tile is written. Its own overwrite, threads, sharing and staging are of no meaning.
  std::optional<TileJobOptions> tiling;

  /// Images a batch; batches span slides. 0: as suits the device. Features depend on it by rounding
  /// on a GPU, on the CPU not at all.
  std::size_t batch_size = 64;

  /// Threads that decode and resize; at least 1. The features do not depend on it.
  std::size_t threads = 1;

  Overwrite overwrite = Overwrite::never;

  Sharing sharing;

  /// Also of the slides that tiles were found in but not saved.
  Staging staging;

  NormalizeOption normalize;

  /// What was asked of the encoder, EncoderOptions::precision: features that were asked for in
  /// another precision are refused.
  std::string precision = "auto";

  /// Tiles of a slide that mean and deviation are estimated from, at most, where they are; at least
  /// 1.
  std::size_t num_samples = 1000;

  /// Take tiles whose size or resolution is not the card's; else such slides are refused.
  bool force = false;

  RunInfo info;
};

void validate(const ExtractJobOptions& options);

std::vector<PlannedSlide> plan_extract_job(const ExtractJobOptions& options, const ModelCard& card);

/// `load` is called only if there is work.
RunReport run_extract_job(const ExtractJobOptions& options, const ModelCard& card,
                          const std::function<LoadedEncoder()>& load, Observer& observer,
                          const std::atomic<bool>& stop);

}  // namespace histo
