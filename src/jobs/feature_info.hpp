#pragma once
/// What a feature file says of itself.

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "histo/extract_job.hpp"
#include "histo/feature_store.hpp"
#include "histo/model_card.hpp"
#include "histo/tile_table.hpp"

#include "core/fingerprint.hpp"
#include "store/records.hpp"

namespace histo {

/// The slide's properties.json, if it has one. Throws Error(input) if that cannot be read.
std::optional<SlideRecord> slide_record(const std::filesystem::path& folder);

/// The tiles of one slide and how they were made, so far as features depend on it. Throws
/// Error(input) if the tile table cannot be read.
Fingerprint tiles_fingerprint(const std::filesystem::path& folder);

/// What the features of one slide depend on. Throws Error(input) if the tile table cannot be read.
Fingerprint feature_fingerprint(const std::filesystem::path& folder, const ModelCard& card,
                                const ExtractJobOptions& options);

/// The mean and deviation of all slides; unset where each has its own.
std::optional<Normalisation> common_normalisation(const ModelCard& card,
                                                  const ExtractJobOptions& options);

/// Without device and precision; `print` is of `feature_fingerprint`. Throws Error(input) if what
/// it is made from cannot be read.
FeatureInfo feature_info(const std::filesystem::path& folder, const std::vector<TileRow>& rows,
                         const ModelCard& card, const Normalisation& normalisation,
                         const Fingerprint& print);

}  // namespace histo
