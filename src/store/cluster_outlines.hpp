#pragma once
/// Where each cluster lies on a slide, as GeoJSON (RFC 7946) that QuPath opens as annotations.

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

#include "histo/regions.hpp"

namespace histo {

/// One cluster's part of a slide.
struct ClusterOutline {
  std::int32_t label = 0;                ///< from 0
  std::array<std::uint8_t, 3> colour{};  ///< red, green, blue
  std::size_t tiles = 0;                 ///< of this cluster, on this slide
  std::vector<Polygon> polygons;         ///< whole level-0 pixels
};

/// Writes a FeatureCollection with a feature for each outline that has polygons, in their order: an
/// annotation of the class "cluster 3" in the cluster's colour, with the number of its tiles and
/// their share of the slide's as measurements. As QuPath's own export from version 0.4 on. The
/// bytes depend on the arguments only. Replaces the file in one step. Throws Error(output), and
/// Error(internal) for a coordinate that is no whole number.
void write_cluster_outlines(const std::filesystem::path& file,
                            const std::vector<ClusterOutline>& outlines);

}  // namespace histo
