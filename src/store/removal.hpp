#pragma once
/// What may be deleted: only what bears a name that store/layout.hpp gives.

#include <filesystem>

namespace histo {

/// Deletes what histoprep wrote into a slide's folder, metadata.csv first, so that a slide which is
/// half deleted never looks finished. Files with other names stay. No error if the folder is not
/// there. Throws Error(output).
void remove_tile_outputs(const std::filesystem::path& folder);

/// Deletes the outliers' contact sheets in `outliers_folder`, and the folder if nothing else is in
/// it. No error if the folder is not there. Throws Error(output).
void remove_outlier_sheets(const std::filesystem::path& output);

/// Deletes the contact sheets, the cluster overlays and the clusters' outlines in a folder, for
/// every k, the charts over k, and the unfinished files that killed processes left of these, of the
/// tables and of the centroids. No error if the folder is not there. Throws Error(output).
void remove_cluster_pictures(const std::filesystem::path& folder);

/// Deletes the unfinished files that killed processes left beside `target`. Throws Error(output).
void remove_leftovers(const std::filesystem::path& target);

/// Deletes what processes left in a slide's folder that were killed, or that lost their claim on
/// it: their attempts, and claims that they had not taken yet. To be called with the claim. Throws
/// Error(output).
void remove_abandoned(const std::filesystem::path& folder);

}  // namespace histo
