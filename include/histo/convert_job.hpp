#pragma once
/// Features to and from the files of other tools. docs/formats.md says what each format holds.

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "histo/job.hpp"
#include "histo/observer.hpp"
#include "histo/sharing.hpp"

namespace histo {

enum class ForeignFormat { trident, clam, stamp, pt, npy, csv };

struct ConvertJobOptions {
  /// With `to`: folders that hold slide folders, or slide folders themselves. With `from`: files,
  /// folders of files, or patterns with * ? [ ].
  std::vector<std::string> inputs;

  /// With `to`: the folder of the other tool's files. With `from`: the folder that gets a slide's
  /// folder for each file. A slide's folder with a metadata.csv keeps it, and the features must be
  /// those of its tiles; a new one gets one with the places alone.
  std::filesystem::path output;

  std::optional<ForeignFormat> to;    ///< what to write
  std::optional<ForeignFormat> from;  ///< what to read; one of the two is set

  /// Micrometres a level-0 pixel of all slides, where they do not say it; above 0.
  std::optional<double> slide_mpp;

  /// Width and height of a tile in level-0 pixels, where a file does not say it; at least 1.
  std::optional<std::int64_t> tile_size;

  Overwrite overwrite = Overwrite::never;

  /// No claims are taken: each slide's file is renamed into place, and the same whoever writes it.
  Shard shard;

  /// EncoderOptions', for .pt files.
  std::filesystem::path module_folder;

  RunInfo info;
};

void validate(const ConvertJobOptions& options);

/// Throws Error(input) if an input stands for nothing, or if two of them would become one slide.
std::vector<PlannedSlide> plan_convert_job(const ConvertJobOptions& options);

/// Holds a block of one slide's features in memory, of .pt files the whole slide's. With `from` the
/// run is added to run.json of the output; a folder of another tool gets nothing but its files.
RunReport run_convert_job(const ConvertJobOptions& options, Observer& observer,
                          const std::atomic<bool>& stop);

}  // namespace histo
