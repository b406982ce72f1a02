#pragma once
/// What a job would do, and what it would take: from the headers of its slides, before it is
/// started. Only reads, and no pixels.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "histo/extract_job.hpp"
#include "histo/geometry.hpp"
#include "histo/model_card.hpp"
#include "histo/observer.hpp"
#include "histo/tile_job.hpp"

namespace histo {

/// What there is of a slide's results, and what is in the way of others.
enum class PlanState {
  work,        ///< nothing yet
  done,        ///< with the same options, from the same input
  stale,       ///< done with other options, or from another input
  unfinished,  ///< begun, and nobody works on it
  held,        ///< another process works on it
  waiting,     ///< an earlier step has not finished it
  unreadable,  ///< the slide, or what there is of it, cannot be read
  refused,     ///< the options do not fit it
};

/// "work", "done", ...
const char* name_of(PlanState state);

struct PlanRow {
  std::filesystem::path input;
  std::filesystem::path folder;
  PlanState state = PlanState::work;
  std::string reason;
  bool fails = false;  ///< the job would count it as failed

  std::optional<Size> size;   ///< level 0, in pixels
  std::size_t levels = 0;     ///< of the pyramid; 0 where unknown
  std::optional<double> mpp;  ///< micrometres a level-0 pixel, as the job would take it

  std::size_t cells = 0;       ///< tiles that the grid has; more cannot be
  std::size_t tiles = 0;       ///< that are there if it is done, else that are to be expected
  std::uintmax_t bytes = 0;    ///< that the job would write
  std::uintmax_t inodes = 0;   ///< files and folders that it would make
  std::size_t tiles_done = 0;  ///< that are there
};

struct PlanTable {
  std::vector<PlanRow> rows;  ///< of this shard's slides, in the order of the job's

  /// Where the numbers of tiles and bytes come from: a sentence.
  std::string basis;

  /// What is left for this user on the output's file system; unset where it does not say.
  std::optional<std::uintmax_t> free_bytes;
  std::optional<std::uintmax_t> free_inodes;

  bool interrupted = false;  ///< slides at the end are missing

  std::size_t count(PlanState state) const;
  bool will_fail() const;
  std::size_t tiles() const;  ///< to be made
  std::uintmax_t bytes() const;
  std::uintmax_t inodes() const;
};

/// Of a tile job. Opens each slide's headers, on options.threads threads. Of two slides with one
/// folder both are refused. Throws Error(input) where files that all slides share cannot be read.
PlanTable tabulate(const TileJobOptions& options, Observer& observer,
                   const std::atomic<bool>& stop);

/// Of an extraction.
PlanTable tabulate(const ExtractJobOptions& options, const ModelCard& card, Observer& observer,
                   const std::atomic<bool>& stop);

}  // namespace histo
