#pragma once
/// Are the feature files what they say they are, and do they belong to the tiles beside them?

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "histo/observer.hpp"
#include "histo/sharing.hpp"

namespace histo {

enum class StoreState {
  sound,
  wrong,    ///< the reason says what is
  missing,  ///< the slide has no features
};

struct CheckedStore {
  std::filesystem::path folder;  ///< the slide's
  StoreState state = StoreState::sound;
  std::string reason;     ///< all that is wrong, in one line
  std::size_t tiles = 0;  ///< rows that were read
};

struct VerifyReport {
  std::vector<CheckedStore> stores;  ///< in the order of the folders
  bool interrupted = false;          ///< the stores that are left out have not been looked at

  std::size_t count(StoreState state) const;
  std::size_t tiles() const;
};

struct VerifyJobOptions {
  /// Folders that hold slide folders, or slide folders themselves.
  std::vector<std::filesystem::path> inputs;

  /// Of several, each compares the models of its own slides only.
  Shard shard;
};

void validate(const VerifyJobOptions& options);

/// Opens each slide's features.h5 and checks that it has a row for each tile of metadata.csv that
/// is not marked, in that order and at that place; that all values are finite and not all rows
/// alike; that its fingerprint is the digest of its parts, and that tiles, model and card are still
/// those of the parts; and that all slides' features are of one model. The observer is told of each
/// slide that fails, and warned of unfinished files. Only reads. Holds a block of rows in memory.
VerifyReport run_verify_job(const VerifyJobOptions& options, Observer& observer,
                            const std::atomic<bool>& stop);

}  // namespace histo
