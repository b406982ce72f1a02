#pragma once
/// What tiles were found to be, as GeoJSON (RFC 7946) that QuPath opens: areas of clusters and of
/// labels as annotations, scored tiles as tiles.

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "histo/geometry.hpp"
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

/// The part of a slide that goes by one label.
struct LabelOutline {
  std::string name;                      ///< the class
  std::array<std::uint8_t, 3> colour{};  ///< red, green, blue
  std::size_t tiles = 0;
  /// How far the label is to be trusted, in [0, 1]: the mean over the tiles, and the least of them.
  /// Unset where nobody knows.
  std::optional<double> confidence;
  std::optional<double> lowest_confidence;
  std::vector<Polygon> polygons;  ///< whole level-0 pixels
};

/// As `write_cluster_outlines`: annotations of the labels' classes, with the measurements tiles,
/// share (of `tiles`, the slide's), confidence and lowest confidence. Bytes of a name that are not
/// UTF-8 become U+FFFD.
void write_label_outlines(const std::filesystem::path& file,
                          const std::vector<LabelOutline>& outlines, std::size_t tiles);

struct ScoredTile {
  Rect rect;
  double score = 0.0;
  std::array<std::uint8_t, 3> colour{};  ///< red, green, blue
};

/// Writes a FeatureCollection with a feature for each tile, in their order: an object of QuPath's
/// kind "tile" in its colour, with its score as the measurement `name`, by which QuPath colours
/// tiles too. Throws as above.
void write_scored_tiles(const std::filesystem::path& file, const std::string& name,
                        const std::vector<ScoredTile>& tiles);

}  // namespace histo
