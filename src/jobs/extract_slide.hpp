#pragma once
/// A slide from its plan to its first tile.

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "histo/extract_job.hpp"
#include "histo/feature_store.hpp"
#include "histo/model_card.hpp"
#include "histo/tile_table.hpp"

#include "jobs/prepare.hpp"
#include "jobs/slide_features.hpp"
#include "jobs/stored_tiles.hpp"

namespace histo {

/// A slide whose tiles can be read and whose features can be kept.
struct OpenSlide {
  std::vector<TileRow> rows;                 ///< those that are not marked as outliers
  std::shared_ptr<const StoredTiles> tiles;  ///< until the last one was handed to a worker
  std::optional<SlideFeatures> features;
  bool is_done = false;         ///< another process was faster; nothing else is set
  Normalisation normalisation;  ///< the card's, or estimated
  FeatureInfo info;
  bool has_unknown_scale = false;     ///< and the card wants one
  std::vector<std::string> warnings;  ///< of cutting it into tiles
};

/// What opening needs, the same for all slides of a run.
struct ExtractSetting {
  const ExtractJobOptions& options;
  const ModelCard& card;
  TileJobInputs inputs;  ///< where slides are tiled first
  std::size_t dim = 0;
  std::string device;      ///< as resolved
  std::string precision;   ///< as resolved
  std::string arithmetic;  ///< LoadedEncoder::arithmetic
};

/// Cuts the slide into tiles where that is asked for and not done yet, estimates the normalisation
/// where the card leaves it to the tiles, and takes up what an earlier run left. Everything on the
/// calling thread. Unset if it was stopped meanwhile. Throws Error(input) for whatever keeps this
/// slide from being extracted, Error(output).
std::optional<OpenSlide> open_slide(const ExtractSetting& setting, const PlannedSlide& planned,
                                    const std::atomic<bool>& stop);

/// The inputs that state no resolution, where the card wants one, as far as it is known before they
/// are opened.
std::vector<std::string> slides_of_unknown_scale(const ModelCard& card,
                                                 const std::vector<PlannedSlide>& slides);

/// The sentence that warns of them.
std::string unknown_scale(const ExtractSetting& setting, const std::string& slides);

}  // namespace histo
