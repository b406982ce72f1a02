#pragma once
/// What all jobs share: the plan, the report and how they are told to stop.
///
/// Each job has a plan, which only reads and says what would be done to each slide and why, and a
/// run, which does it. Errors of one slide go into its report and the others go on; every other
/// error is thrown and ends the run. A job whose `stop` turns true finishes what its workers hold,
/// leaves the slide in hand without its commit mark, and returns. Thread rule: one job of a process
/// at a time.

#include <cstddef>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "histo/outcome.hpp"
#include "histo/sharing.hpp"

namespace histo {

/// What may be done to results that are already there.
enum class Overwrite {
  never,       ///< leave them; refuse what is unfinished or was made with other options
  unfinished,  ///< do again what has no commit mark
  always,      ///< do everything again
};

/// What the plan has for one slide.
enum class Action {
  work,
  skip,    ///< done already, with the same options from the same input
  refuse,  ///< something is in the way; the reason names the option that helps
};

struct PlannedSlide {
  std::filesystem::path input;   ///< the slide file, or the slide's folder of tiles
  std::filesystem::path folder;  ///< where its results are
  Action action = Action::work;
  std::string reason;
};

struct SlideReport {
  std::filesystem::path input;
  Outcome outcome = Outcome::done;
  std::string reason;     ///< why it failed or was skipped
  std::size_t tiles = 0;  ///< written, encoded or clustered
  double seconds = 0.0;   ///< wall time that the run spent on it
};

/// Seconds that a run spent on one kind of work; what several threads did is divided by their
/// number.
struct WorkTime {
  std::string kind;  ///< "decode", "copy", "model", "write"
  double seconds = 0.0;
};

struct RunReport {
  std::vector<SlideReport> slides;  ///< first those that the plan skips or refuses, then the others
  std::vector<std::string> warnings;  ///< about slides, to be repeated at the end
  std::string device;                 ///< of what multiplied, where something did
  std::vector<WorkTime> work;         ///< empty where nobody measured it
  std::string manifest;  ///< manifest_hash of all shards' slides; empty where a job has no shards
  Shard shard;
  bool interrupted = false;
  double seconds = 0.0;

  std::size_t count(Outcome outcome) const;
  std::size_t tiles() const;
};

/// What an analysis came to. Its numbers stand in the summary.json of its folder.
struct AnalysisReport {
  std::vector<std::string> findings;  ///< a sentence each, for people
  bool interrupted = false;           ///< before its end; there is no summary.json then
  double seconds = 0.0;
};

/// What `run.json` says about the call; nothing of it influences a result.
struct RunInfo {
  std::string command_line;
  std::vector<std::pair<std::string, std::string>> options;  ///< as resolved

  /// The scheduler's name for this process, "4711_3" for a task of SLURM's array; empty without
  /// one.
  std::string job;
  /// How often the scheduler has started it before. One that it starts again has no claims any
  /// more.
  std::size_t restarts = 0;
};

/// Threads that this process may use: affinity and cgroup quota, never the machine's total.
std::size_t default_threads();

/// Bytes of memory that are free for this process now: by the machine and by its cgroups.
std::size_t default_memory();

/// The most memory that this process has held so far, in bytes.
std::size_t peak_memory_bytes();

}  // namespace histo
