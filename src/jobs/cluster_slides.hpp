#pragma once
/// What a slide gets of a clustering, and whether it fits one.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "histo/cluster_job.hpp"
#include "histo/cluster_store.hpp"

#include "jobs/sheet_tiles.hpp"
#include "jobs/stored_rows.hpp"

namespace histo {

/// The slide's tiles, in the order of its features. Throws Error(input) where the features are not
/// those of these tiles.
SlideTiles clustered_tiles(const std::filesystem::path& folder);

/// Writes clusters.csv, and the pictures before it, in place of those of other numbers of clusters.
/// Returns a sentence where there can be no overlay, else nothing. Throws Error(output).
std::string write_cluster_slide(const std::filesystem::path& folder, const ClusterTable& table,
                                const ClusterPictures& pictures);

/// The words of centroids.h5 and of fingerprints: "none", "pca=64;whiten=1"; "euclidean", "cosine";
/// "exact", "fast"; "k-means++", "k-means||", "random".
std::string preprocessing_name(std::size_t components, bool whiten);
std::string metric_name(Metric metric);
std::string mode_name(ClusterMode mode);
std::string initialisation_name(Initialisation initialisation);

/// The metric of a clustering. Throws Error(input) naming the file where it is not one of these.
Metric metric_of(const Clustering& clustering, const std::filesystem::path& file);

/// Throws Error(input) naming both where the features are not of the model, the pooling and the
/// length that the centroids of `file` were made of.
void check_model(const Clustering& clustering, const std::filesystem::path& file,
                 const StoredRows& rows);

/// The slide folders that the inputs stand for, by name, then by place, so that results do not
/// depend on how the inputs are given.
std::vector<std::filesystem::path> folders_by_name(
    const std::vector<std::filesystem::path>& inputs);

}  // namespace histo
