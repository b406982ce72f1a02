#pragma once
/// What is given beside the slides: masks, regions, resolutions.

#include <filesystem>
#include <optional>

#include "histo/tile_job.hpp"

namespace histo {

/// The mask of a slide: "<slide's name>.png", .jpeg, .jpg, .tif or .tiff in `folder`. Throws
/// Error(input) where there is none.
std::filesystem::path mask_file_of(const std::filesystem::path& folder,
                                   const std::filesystem::path& slide);

/// The regions of a slide: "<slide's name>.geojson" in `folder`. Throws as above.
std::filesystem::path regions_file_of(const std::filesystem::path& folder,
                                      const std::filesystem::path& slide);

/// The micrometres a level-0 pixel that the options give for a slide.
std::optional<double> given_mpp(const TileJobOptions& options, const std::filesystem::path& slide);

}  // namespace histo
