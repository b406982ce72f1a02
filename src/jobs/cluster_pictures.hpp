#pragma once
/// What people look at after a clustering: contact sheets for the set and an overlay for each
/// slide.

#include <cstdint>
#include <filesystem>
#include <vector>

#include "histo/kmeans.hpp"

#include "jobs/sheet_tiles.hpp"
#include "jobs/stored_rows.hpp"

namespace histo {

/// Writes the sheet for one k to clustering/, the slides' tiles being in the order of their
/// features: of each cluster the `count` tiles nearest to its
/// centre. Tiles whose file cannot be read are left out and returned by name. Throws Error(output).
std::vector<std::string> write_contact_sheet(const std::filesystem::path& output,
                                             const std::vector<SlideTiles>& slides,
                                             const StoredRows& rows, const KMeans& clusters,
                                             std::size_t count, std::size_t threads);

/// Writes the slide's thumbnail, tinted by cluster, beside it; `labels` holds one for each tile.
/// Throws Error(input) if the slide has no thumbnail that can be read, or does not state its size,
/// Error(output).
void write_overlay(const SlideTiles& slide, const std::vector<std::int32_t>& labels, std::size_t k);

}  // namespace histo
