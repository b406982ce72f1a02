#pragma once
/// Regions that were drawn in QuPath, or anywhere that writes GeoJSON (RFC 7946) in level-0 pixels.

#include <cstddef>
#include <filesystem>
#include <vector>

#include "histo/regions.hpp"

namespace histo {

struct GeoJson {
  std::vector<RegionOfInterest>
      regions;              ///< one for each feature with an area, in the file's order
  std::size_t skipped = 0;  ///< features without an area: points, lines, no geometry
};

/// Reads a FeatureCollection, a feature, a bare geometry, or a list of features as older QuPath
/// writes it. Polygons with holes and several polygons are regions; their label is
/// properties.classification.name. A file of more than 32 MB is refused: it holds detected cells
/// rather than drawn regions. Throws Error(input) naming the file, the feature and what is wrong:
/// no JSON, a geometry that is not known, a coordinate that is no number or lies beyond any slide.
GeoJson read_geojson(const std::filesystem::path& file);

}  // namespace histo
