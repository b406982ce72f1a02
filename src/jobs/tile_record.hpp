#pragma once
/// How a slide was cut, as properties.json says it.

#include <filesystem>

#include "histo/tile_job.hpp"

#include "core/fingerprint.hpp"
#include "jobs/prepare.hpp"
#include "store/records.hpp"

namespace histo {

/// What the tiles of a slide depend on. An option that came later, and that HistoPrep does not
/// have, is named only where it is used, so that older results stay valid. Throws Error(input) for
/// a file that is gone.
Fingerprint tile_fingerprint(const TileJobOptions& options, const std::filesystem::path& slide);

SlideRecord describe_slide(const TileJobOptions& options, const Prepared& prepared);

}  // namespace histo
