#pragma once
/// A prepared slide becomes files.

#include <atomic>
#include <filesystem>
#include <string>

#include "histo/observer.hpp"
#include "histo/tile_job.hpp"

#include "jobs/prepare.hpp"

namespace histo {

/// Writes all of a slide's results, metadata.csv last. Takes the pictures out of `prepared`, which
/// are not needed afterwards. False if it was stopped before the end. `label` names the tiles in
/// the progress. Throws Error(input) where the slide cannot be decoded, Error(output).
bool cut_slide(const TileJobOptions& options, Prepared& prepared,
               const std::filesystem::path& folder, const std::string& label, Observer& observer,
               const std::atomic<bool>& stop);

}  // namespace histo
