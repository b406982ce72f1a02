#pragma once
/// What is done already, what is stale, what is in the way. Only reads.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "histo/jobs.hpp"

#include "core/fingerprint.hpp"

namespace histo {

/// The state that a place for results is in.
struct Found {
  bool finished = false;  ///< the commit mark is there
  bool begun = false;     ///< other results are there, without the mark
  std::string damage;     ///< why what is there cannot be read, if it cannot
  std::optional<Fingerprint>
      fingerprint;  ///< what the finished results were made with, where they say so
};

/// The decision for one slide. `what` names the results in the reason: "tiles", "features",
/// "clusters".
PlannedSlide decide(const std::filesystem::path& input, const std::filesystem::path& folder,
                    const Found& found, const Fingerprint& wanted, Overwrite overwrite,
                    const std::string& what);

/// How the slides of an extraction are tiled: as the options say, without images, and begun anew
/// where an earlier run did not end. Throws Error(internal) where none are.
TileJobOptions tiling_of(const ExtractJobOptions& options);

/// The decision for one slide's tiles. Throws Error(input) for a name that cannot be used, and a
/// slide that is gone.
PlannedSlide plan_tiles(const TileJobOptions& options, const std::filesystem::path& slide);

/// What the clusters of these slides depend on. Throws Error(input) if a feature file cannot be
/// read.
Fingerprint cluster_fingerprint(const std::vector<std::filesystem::path>& folders,
                                const ClusterJobOptions& options);

/// The slide folders that the inputs stand for, sorted, none twice: an input is one itself or holds
/// some. Throws Error(input) if an input holds none.
std::vector<std::filesystem::path> find_slide_folders(
    const std::vector<std::filesystem::path>& inputs);

/// The folder that run.json and clustering/ belong into: the input, or its parent if it is a
/// slide's folder.
std::filesystem::path output_of(const std::filesystem::path& input);

}  // namespace histo
