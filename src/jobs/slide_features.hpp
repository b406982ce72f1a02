#pragma once
/// One slide's features on their way to the disk.

#include <cstddef>
#include <filesystem>
#include <vector>

#include "histo/feature_store.hpp"
#include "histo/tile_table.hpp"

#include "core/fingerprint.hpp"
#include "store/claim.hpp"
#include "store/feature_log.hpp"

namespace histo {

/// Rows are with the system as soon as they are appended; the feature file appears when all of
/// them are there, with the same bytes whether or not the run was killed in between. While it
/// exists no other process extracts the slide, unless it takes the claim over. Thread rule: one
/// thread at a time.
class SlideFeatures {
 public:
  /// For the slide that the claim is on. Throws Error(input) where another process writes its rows
  /// without a claim, Error(output) where nothing can be written.
  explicit SlideFeatures(const Claim& claim);

  /// Goes on with what an earlier run with the same `key` left of it. To be called before all
  /// others. Throws Error(output).
  void take_up(std::size_t dim, const Fingerprint& key);

  /// Rows that are there.
  std::size_t rows() const { return log_.rows(); }

  void append(const float* features, std::size_t count) { log_.append(features, count); }

  /// Writes the feature file with a row for each of `tiles`, as many as there are rows, and deletes
  /// what went before it. False, without a feature file, if the claim is another process's by now.
  bool commit(const FeatureInfo& info, const std::vector<TileRow>& tiles, Claim& claim);

 private:
  std::filesystem::path folder_;
  std::size_t dim_ = 0;
  FeatureLog log_;
};

}  // namespace histo
