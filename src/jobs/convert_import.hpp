#pragma once
/// A file of another tool becomes a slide's folder.

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>

#include "histo/convert_job.hpp"

namespace histo {

/// Writes metadata.csv where there is none, and then features.h5. `go_on` is asked before each
/// block of rows. Returns the number of tiles, or nothing if it was told to stop. Throws
/// Error(input) where the file cannot be read, has no places and the folder has none either, or is
/// not of the folder's tiles; Error(output).
std::optional<std::size_t> import_slide(const ConvertJobOptions& options,
                                        const std::filesystem::path& file,
                                        const std::filesystem::path& folder,
                                        const std::function<bool()>& go_on);

}  // namespace histo
