#pragma once
/// Tiles that have both features and a label, matched by keys that are checked.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "histo/geometry.hpp"
#include "histo/labels.hpp"
#include "histo/matrix.hpp"

#include "jobs/label_table.hpp"
#include "jobs/stored_rows.hpp"

namespace histo {

/// What features are of; two sets of features may be put together only where all of it is equal.
struct FeatureSource {
  std::string encoder;
  std::string model_sha256;
  std::string pooling;
  std::size_t dim = 0;
};
FeatureSource source_of(const StoredRows& rows);
/// Throws Error(input) naming both where they differ: "FILE was made of features of ...".
void check_same_source(const FeatureSource& fitted_on, const std::filesystem::path& fitted_file,
                       const FeatureSource& found);

/// Tiles of several slides with what a table says of them. All vectors but names have one entry a
/// tile; tiles are in the order of the slides' names, then of their features.
struct LabelledTiles {
  FeatureSource source;
  std::vector<std::string> slides;   ///< names; `slide` counts in them
  std::vector<std::string> groups;   ///< names; `group` counts in them
  std::vector<std::string> classes;  ///< names; `label` counts in them
  std::vector<std::uint32_t> slide;
  std::vector<Rect> rects;  ///< level-0 pixels
  std::vector<std::int32_t> group;
  std::vector<std::int32_t> label;
  std::vector<Split> split;     ///< none without a column
  std::vector<float> features;  ///< tiles x source.dim, row-major
  Unmatched unmatched;

  std::size_t tiles() const { return label.size(); }
  FloatMatrixView view() const { return {features.data(), tiles(), source.dim}; }
};

/// Reads the features of the tiles that the table labels, and of no others. Throws Error(input) for
/// a table or folders that do not fit, where no tile has a label, and for a class of
/// options.classes that no tile has.
LabelledTiles read_labelled_tiles(const std::vector<std::filesystem::path>& inputs,
                                  const LabelOptions& options, GroupsOf groups_of);

/// Some of the tiles, in the order given; names stay.
LabelledTiles tiles_at(const LabelledTiles& tiles, const std::vector<std::size_t>& places);

}  // namespace histo
