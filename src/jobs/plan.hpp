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

/// What the features of one slide depend on. Throws Error(input) if the tile table cannot be read.
Fingerprint feature_fingerprint(const std::filesystem::path& folder, const ModelCard& card);

/// What the clusters of these slides depend on. Throws Error(input) if a feature file cannot be
/// read.
Fingerprint cluster_fingerprint(const std::vector<std::filesystem::path>& folders,
                                const KMeansOptions& options);

/// The slide folders that the inputs stand for, sorted, none twice: an input is one itself or holds
/// some. Throws Error(input) if an input holds none.
std::vector<std::filesystem::path> find_slide_folders(
    const std::vector<std::filesystem::path>& inputs);

/// The folder that run.json and clustering/ belong into: the input, or its parent if it is a
/// slide's folder.
std::filesystem::path output_of(const std::filesystem::path& input);

}  // namespace histo
