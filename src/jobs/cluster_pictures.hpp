#pragma once
/// What people look at after a clustering: contact sheets for the set and an overlay for each
/// slide.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "histo/cluster_quality.hpp"
#include "histo/cluster_store.hpp"

#include "jobs/sheet_tiles.hpp"
#include "jobs/stored_rows.hpp"

namespace histo {

/// Writes the sheet for one k to clustering/: the tiles whose rows the description names. The
/// slides are those of the rows. Tiles whose file cannot be read are left out and returned by name.
/// Throws Error(output).
std::vector<std::string> write_contact_sheet(const std::filesystem::path& output,
                                             const StoredRows& rows,
                                             const std::vector<std::filesystem::path>& folders,
                                             const KMeans& clusters,
                                             const ClusterDescription& description,
                                             std::size_t threads);

/// Writes the slide's thumbnail, tinted by cluster, beside it, for the first `count` numbers of
/// clusters of the table. Throws Error(input) if the slide has no thumbnail that can be read, or
/// does not state its size, Error(output).
void write_overlays(const std::filesystem::path& folder, const ClusterTable& table,
                    std::size_t count);

/// Writes each k's clusters as areas of the slide, for QuPath. Throws Error(output).
void write_outlines(const std::filesystem::path& folder, const ClusterTable& table);

/// Draws what the summary says about each k to clustering/choice_of_k.png. Throws Error(output).
void write_choice_of_k(const std::filesystem::path& output,
                       const std::vector<ClusterSummary>& summary);

}  // namespace histo
