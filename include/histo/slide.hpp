#pragma once
/// Pixels from a pyramid, white outside.
///
/// One file, opened once, read from many threads. Regions are named in level-0 pixels; the level
/// only says which resolution the pixels come from. Transparent pixels are blended over white.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "histo/geometry.hpp"
#include "histo/image.hpp"

namespace histo {

enum class SlideBackend {
  automatic,  ///< by the file's content: OpenSlide if it knows the format, else a plain image
  openslide,  ///< OpenSlide or nothing
  image,  ///< a plain PNG, JPEG or TIFF, held in memory; levels are made by halving, as HistoPrep's
          ///< Pillow backend
};

/// What the file says about itself. Absent is absent: nothing is guessed.
struct SlideProperties {
  std::string vendor;           ///< OpenSlide's vendor, or "image"
  std::optional<double> mpp_x;  ///< micrometres a level-0 pixel
  std::optional<double> mpp_y;
  std::optional<double> objective_power;  ///< 20, 40, ...
  std::optional<Rect> bounds;             ///< the non-empty part, level-0 pixels
};

class PixelSource;  // one file format's reader, private to the room

/// Thread rule: all const members may be called from many threads at once.
class Slide {
 public:
  /// Opens the file; reads headers only (a plain image is decoded whole). Throws Error(input)
  /// naming the path and the cause: missing, not a format that is known, damaged.
  explicit Slide(const std::filesystem::path& path, SlideBackend backend = SlideBackend::automatic);
  Slide(Slide&&) noexcept;
  Slide& operator=(Slide&&) noexcept;
  ~Slide();

  const std::filesystem::path& path() const { return path_; }
  Size size() const { return level_size(0); }
  int level_count() const;

  /// `level` counts from 0, the full resolution. Throws Error(input) if the slide has no such
  /// level.
  Size level_size(int level) const;

  /// Level-0 size over the level's size, along each axis (HistoPrep's `level_downsamples`).
  Downsample level_downsample(int level) const;

  /// The first level with both sides at most `max_dimension` pixels; the last one if there is none
  /// (HistoPrep's `level_from_max_dimension`).
  int level_within(std::int64_t max_dimension) const;

  const SlideProperties& properties() const;

  /// The region's pixels as `level` has them: round_half_even(width / downsample.x) pixels wide and
  /// likewise high, at least one each. Whatever lies outside the slide is white. Throws
  /// Error(input) if the file cannot be decoded there; undecodable data is never returned as white.
  Image read(const Rect& region, int level) const;

  /// The whole level: level_size(level) pixels. Throws as `read` does.
  Image read_level(int level) const;

 private:
  std::filesystem::path path_;
  std::unique_ptr<PixelSource> source_;
};

/// OpenSlide's own version, such as "3.4.1".
std::string openslide_version();

}  // namespace histo
