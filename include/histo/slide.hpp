#pragma once
/// Pixels from a pyramid, white outside.
///
/// One file, opened once, read from many threads. Regions are named in level-0 pixels; the level
/// only says which resolution the pixels come from. Transparent pixels are blended over white.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "histo/geometry.hpp"
#include "histo/image.hpp"

namespace histo {

enum class SlideBackend {
  automatic,  ///< by the file's content: the direct reader for tiled JPEG TIFF where the file fits,
              ///< else OpenSlide if it knows the format, else a plain image
  direct,     ///< the direct reader or nothing
  openslide,  ///< OpenSlide or nothing, never the direct reader
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
  /// The same slide read from a copy of its files; `path` stays its name, in `path()` and in
  /// sentences that this class makes.
  Slide(const std::filesystem::path& path, const std::filesystem::path& copy, SlideBackend backend);
  /// The slide as its headers describe it, at a part of the cost: nothing is decoded, so damaged
  /// pixels go unnoticed, and whether the direct reader takes the slide stays open. Only what reads
  /// no pixels may be called.
  static Slide headers_of(const std::filesystem::path& path,
                          SlideBackend backend = SlideBackend::automatic);
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

  /// How many level-0 pixels lie between the centres of two neighbouring pixels of the level: where
  /// its pixels truly are. Writers halve a level and drop (or make up) the odd last row, so the
  /// sizes' ratio says 8.02 where the pixels are 8 apart, most of a pixel of that level at the far
  /// end. It is the whole number that both sizes admit within one pixel, a power of two first;
  /// where there is none, the ratio.
  Downsample level_pitch(int level) const;

  /// The coarsest level whose pixels are at least as fine as wanted, along both axes; 0 if none is.
  /// A plain image's levels are never taken: they are samples, not means.
  int level_for(const Downsample& wanted) const;

  /// The first level with both sides at most `max_dimension` pixels; the last one if there is none
  /// (HistoPrep's `level_from_max_dimension`).
  int level_within(std::int64_t max_dimension) const;

  const SlideProperties& properties() const;

  /// What reads the pixels: "direct", "openslide" or "image".
  const std::string& reader() const { return reader_; }

  /// The part of the slide that holds something, level-0 pixels: the bounds that the file states,
  /// as far as they lie on the slide; all of the slide where it states none, or impossible ones.
  Rect content() const;

  /// The region's pixels as `level` has them: round_half_even(width / downsample.x) pixels wide and
  /// likewise high, at least one each. Whatever lies outside the slide is white. Throws
  /// Error(input) if the file cannot be decoded there; undecodable data is never returned as white.
  Image read(const Rect& region, int level) const;

  /// The whole level: level_size(level) pixels. Throws as `read` does.
  Image read_level(int level) const;

  /// Whether regions to come will overlap, so that what was decoded for one is kept for the next;
  /// true at first. Changes no pixel. Thread rule: before other threads read.
  void expect_overlap(bool overlap);

  /// How many rows of a level may be read at once so that bands, each beginning where the last one
  /// ends, hold the pixels of the whole level: about `wanted`, or all where the reader cannot begin
  /// at each of those rows.
  std::int64_t band_rows(int level, std::int64_t wanted) const;

  /// Rows [first, first + count) of a level, where `first` is a multiple of what `band_rows` gives
  /// and the last band ends with the level. Throws as `read` does.
  Image read_rows(int level, std::int64_t first, std::int64_t count) const;

  /// The area's pixels, `size` of them, antialiased. `area` is in level-0 pixels and need not begin
  /// or end at a whole one. The level that `level_for` names is shrunk by the largest of 1, 2, 4
  /// and 8 that leaves its pixels at least as fine as wanted, by the reader while it decodes or by
  /// their means, and is then resampled by `Interpolation::bicubic`, which widens with the step.
  /// The filter sees the pixels around the area, so neighbouring areas join without a seam;
  /// whatever lies outside the slide is white. Where the wanted pixels are the level's own, they
  /// are returned as they are. An area much larger than its image is read in parts. Throws
  /// Error(internal) if the area or the image has no pixels, else as `read` does.
  Image read_area(const Area& area, Size size) const;

 private:
  Slide(std::filesystem::path path, std::unique_ptr<PixelSource> source, std::string reader);
  Image read_in_halves(const Area& area, Size size) const;

  std::filesystem::path path_;
  std::unique_ptr<PixelSource> source_;
  std::string reader_;
};

/// The files and folders that make up a slide, its own file first: the folder beside a MIRAX file,
/// what a Hamamatsu .vms or .vmu names, the other DICOM files of the folder. Files that are named
/// but not there are left out; opening the slide will tell. Throws Error(input) if the slide's own
/// file is not there.
std::vector<std::filesystem::path> slide_files(const std::filesystem::path& slide);

/// OpenSlide's own version, such as "3.4.1".
std::string openslide_version();

}  // namespace histo
