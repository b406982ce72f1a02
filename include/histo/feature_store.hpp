#pragma once
/// features.h5: one slide's features and the places of its tiles, in the layout that TRIDENT, CLAM,
/// PANTHER and Patho-Bench read. docs/formats.md is the specification.
///
/// Thread rule: one thread at a time for all stores together, since HDF5 has one lock for all.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "histo/geometry.hpp"

namespace histo {

/// What is known of the features; everything optional is left out of the file when it is unknown.
struct FeatureInfo {
  std::string slide;    ///< the slide's name, attribute `name`
  std::string encoder;  ///< the model's name
  std::string model_sha256;
  std::string pooling;            ///< "cls", "mean_patch", "none", "num_blocks=2;avg_pool=true"
  std::string precision;          ///< "float32"
  std::string device;             ///< "cpu", "cuda:0"
  std::string normalization;      ///< as resolved: "mean=0.5,0.5,0.5;std=0.5,0.5,0.5"
  std::string card;               ///< the model card's text
  std::string fingerprint;        ///< of everything that these features depend on
  std::string fingerprint_parts;  ///< the same in words, a "key=value" line each
  std::string savetodir;          ///< TRIDENT's name for the folder of the store
  Size tile_size;                 ///< of every tile, level-0 pixels
  std::int64_t patch_size = 0;    ///< the tile image's width in its own pixels
  /// Share of a tile that its neighbours repeat. The file holds it as TRIDENT does, in whole pixels
  /// of the tile image, so it is read back as rounded to those.
  double overlap = 0.0;
  std::optional<Size> slide_size;  ///< level-0 pixels
  std::optional<double> mpp_level0;
  std::optional<double> mpp_effective;
  std::optional<double> level0_magnification;
  std::optional<double> target_magnification;
};

/// Writes rows as they come to a temporary file beside the target, and renames it into place in
/// `commit`. A writer that is destroyed before that removes its temporary file. Throws
/// Error(output).
class FeatureWriter {
 public:
  FeatureWriter(const std::filesystem::path& file, std::size_t dim, const FeatureInfo& info);
  FeatureWriter(FeatureWriter&&) noexcept;
  FeatureWriter& operator=(FeatureWriter&&) noexcept;
  ~FeatureWriter();

  /// `features` holds n x dim float32 values, row-major; `rects` n places, level-0 pixels. n may be
  /// 0. Throws Error(input) for a tile of another size than info.tile_size.
  void append(const float* features, const std::vector<Rect>& rects);

  /// Closes the file and gives it its final name, replacing an older one. Nothing after it.
  void commit();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Reads what FeatureWriter wrote, or another tool with the two tables. Throws Error(input) naming
/// the file if it cannot be opened or is not such a store.
class FeatureReader {
 public:
  explicit FeatureReader(const std::filesystem::path& file);
  FeatureReader(FeatureReader&&) noexcept;
  FeatureReader& operator=(FeatureReader&&) noexcept;
  ~FeatureReader();

  std::size_t rows() const;
  std::size_t dim() const;

  /// What the file says; what it does not say is empty or unset.
  const FeatureInfo& info() const;

  /// Rows [first, first + count) to `out`, count x dim float32, row-major.
  void read(std::size_t first, std::size_t count, float* out) const;

  /// The tiles' places, rows() of them; their size is info().tile_size.
  std::vector<Rect> read_rects() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// HDF5's own version, such as "1.10.8".
std::string hdf5_version();

}  // namespace histo
