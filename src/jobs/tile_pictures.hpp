#pragma once
/// What people look at after a slide was cut.

#include <filesystem>

#include "histo/tile_job.hpp"

#include "jobs/prepare.hpp"

namespace histo {

/// Writes the slide's thumbnails: as it is, its tissue, its tiles, what was kept and why, and its
/// spots where they were looked for. Throws Error(output).
void write_tile_pictures(const TileJobOptions& options, const Prepared& prepared,
                         const std::filesystem::path& folder);

}  // namespace histo
