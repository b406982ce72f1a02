#pragma once
/// What is written beside the results, for people and for the next step: properties.json of a slide
/// and run.json of the output folder.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "histo/geometry.hpp"
#include "histo/outcome.hpp"

#include "core/fingerprint.hpp"

namespace histo {

/// How a slide was cut into tiles. Lengths are level-0 pixels. What is unset or empty is left out
/// of the file.
struct SlideRecord {
  // HistoPrep's own keys.
  std::size_t num_tiles = 0;
  int level = 0;                ///< pyramid level of the tiles' pixels, from 0
  Downsample level_downsample;  ///< of that level; the file holds [height, width]
  std::int64_t width = 0;       ///< of a tile
  std::int64_t height = 0;      ///< of a tile
  double overlap = 0.0;         ///< share of a tile
  double max_background = 0.0;  ///< share of a tile

  // Ours.
  std::string slide;  ///< the path as it was given
  std::optional<Size> size;
  std::string vendor;
  std::optional<double> mpp_x;  ///< micrometres a level-0 pixel
  std::optional<double> mpp_y;
  std::optional<double> objective_power;
  std::optional<int> level_count;
  std::optional<Rect> bounds;
  std::string mpp_source;                 ///< of mpp_x and mpp_y: "slide", "option" or "csv"
  std::string reader;                     ///< "direct", "openslide" or "image"
  std::optional<double> requested_mpp;    ///< micrometres a pixel of the tile image, as asked for
  std::optional<double> effective_mpp;    ///< and as the tiles have it, along x
  std::optional<double> effective_mpp_y;  ///< along y, only where it is not the same
  std::optional<bool> resampled;          ///< the tiles are no level's own pixels
  /// Level-0 pixels that one pixel of the tile image covers, where a resolution was asked for; the
  /// file holds [down, across].
  std::optional<Downsample> tile_scale;
  std::optional<std::int64_t> tile_width_px;  ///< of the tile image, in its own pixels
  std::optional<std::int64_t> tile_height_px;
  std::string save;                ///< "files", "tar" or "none"
  std::string image_format;        ///< "png" or "jpeg", where images were saved
  std::optional<int> quality;      ///< of JPEG
  std::optional<int> compression;  ///< of PNG
  std::string tissue_method;
  std::string stain_method;  ///< the stains were normalised by it
  std::string stain_target;  ///< to those of this image
  /// The numbers of the slide's stains and of those that they became; the method says what they
  /// mean.
  std::vector<double> stain_from;
  std::vector<double> stain_to;
  std::optional<int> tissue_threshold;
  std::optional<int> tissue_level;
  Fingerprint fingerprint;
};

/// Adds the format's and the tool's version. Bytes that are not UTF-8 become U+FFFD. Throws
/// Error(output).
void write_slide_record(const std::filesystem::path& file, const SlideRecord& record);

/// Reads what `write_slide_record` or HistoPrep wrote: level, level_downsample, width, height and
/// overlap must be there; other keys may be absent, unknown ones are ignored. Throws Error(input)
/// naming the file and the key.
SlideRecord read_slide_record(const std::filesystem::path& file);

struct SlideOutcome {
  std::string slide;
  Outcome outcome = Outcome::done;
  std::string reason;  ///< why it failed or was skipped
  std::size_t tiles = 0;
  double seconds = 0.0;
};

struct RunRecord {
  std::string version;
  std::string git;
  std::string command_line;
  std::vector<std::pair<std::string, std::string>>
      options;  ///< by name, in the order of the help text
  std::string device;
  std::string started;   ///< ISO 8601
  std::string finished;  ///< ISO 8601
  std::vector<SlideOutcome> slides;
};

/// Adds a run to the diary, which keeps the last 20. Nothing depends on its content: one that
/// cannot be read or understood is begun anew, and of two processes that write at once one may lose
/// its entry. Throws Error(output).
void append_run(const std::filesystem::path& file, const RunRecord& run);

}  // namespace histo
