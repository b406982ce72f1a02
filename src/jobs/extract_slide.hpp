#pragma once
/// A slide from its plan to its first tile.

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "histo/extract_job.hpp"
#include "histo/feature_store.hpp"
#include "histo/model_card.hpp"
#include "histo/tile_table.hpp"

#include "jobs/prepare.hpp"
#include "jobs/report.hpp"
#include "jobs/slide_features.hpp"
#include "jobs/slide_queue.hpp"
#include "jobs/stored_tiles.hpp"

namespace histo {

/// A slide whose tiles can be read and whose features can be kept.
struct OpenSlide {
  std::vector<TileRow> rows;                 ///< those that are not marked as outliers
  std::shared_ptr<const StoredTiles> tiles;  ///< until the last one was handed to a worker
  std::optional<SlideFeatures> features;
  Normalisation normalisation;  ///< the card's, or estimated
  FeatureInfo info;
  bool has_unknown_scale = false;     ///< and the card wants one
  std::vector<std::string> warnings;  ///< of cutting it into tiles
  std::string unstaged;               ///< why it is read where it is, where slides are staged
};

/// A slide between its claim and its last feature's writing.
struct Active {
  explicit Active(ClaimedSlide&& slide) : claimed(std::move(slide)) {}

  const std::filesystem::path& input() const { return claimed.planned.input; }

  ClaimedSlide claimed;
  OpenSlide open;
  std::size_t given = 0;  ///< rows handed to the workers, or there from an earlier run
  bool is_over = false;   ///< failed, or another process has it now
  Stopwatch watch;

  bool complete() const { return open.features->rows() == open.rows.size(); }
};

/// What opening needs, the same for all slides of a run.
struct ExtractSetting {
  const ExtractJobOptions& options;
  const ModelCard& card;
  TileJobInputs inputs;  ///< where slides are tiled first
  std::size_t dim = 0;
  std::string device;              ///< as resolved
  std::string precision;           ///< as resolved
  std::string arithmetic;          ///< LoadedEncoder::arithmetic
  StagingArea* staging = nullptr;  ///< null: slides are read where they are
};

/// Cuts the slide into tiles where that is asked for and not done yet, estimates the normalisation
/// where the card leaves it to the tiles, and takes up what an earlier run left. Everything on the
/// calling thread. Unset if it was stopped meanwhile, or the claim lost. Throws Error(input) for
/// whatever keeps this slide from being extracted, Error(output).
std::optional<OpenSlide> open_slide(const ExtractSetting& setting, ClaimedSlide& claimed,
                                    const std::atomic<bool>& stop);

/// Deletes the rows that processes left which were killed after the feature file was written.
void remove_idle_logs(const std::vector<PlannedSlide>& plan);

/// The inputs that state no resolution, where the card wants one, as far as it is known before they
/// are opened.
std::vector<std::string> slides_of_unknown_scale(const ModelCard& card,
                                                 const std::vector<PlannedSlide>& slides);

/// The sentence that warns of them.
std::string unknown_scale(const ExtractSetting& setting, const std::string& slides);

}  // namespace histo
