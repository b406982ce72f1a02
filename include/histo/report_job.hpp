#pragma once
/// What became of a whole job: the records of all its processes, merged.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "histo/outcome.hpp"
#include "histo/sharing.hpp"

namespace histo {

/// The last that the records say about a slide in one step.
struct ReportedSlide {
  std::string name;   ///< of its folder below the output
  std::string input;  ///< as the process was given it
  /// `skipped` only where it was done before the oldest record.
  Outcome outcome = Outcome::done;
  std::string reason;        ///< why it is not done; of the last failure
  std::size_t failures = 0;  ///< how often it failed
  std::size_t tiles = 0;
  double seconds = 0.0;  ///< 0 where it has no time of its own
  std::string host;      ///< of the process that says so
  std::string job;
  std::string time;  ///< UTC, such as "2026-11-21T16:57:00.123Z"
};

enum class Ending {
  done,         ///< every slide of its share is told of; some may have failed
  interrupted,  ///< before its last slide, by a signal or after too many failures
  error,        ///< by something that concerns all slides
  running,      ///< no end so far, and it is alive, on this machine
  killed,       ///< no end, and it is gone from this machine
  silent,       ///< no end; it ran where this process cannot look
};

struct ReportedProcess {
  std::string host;
  std::int64_t pid = 0;
  std::string job;
  Shard shard;
  std::string manifest;
  Ending ending = Ending::done;
  std::string begun;     ///< UTC
  std::string last;      ///< the time of its last line
  double silence = 0.0;  ///< seconds since then, by this machine's clock; 0 where it has ended
  double seconds = 0.0;  ///< from its begin to its last line
  std::size_t peak_memory = 0;  ///< bytes; 0 where it did not come to tell
  std::size_t tiles = 0;
  std::size_t threads = 0;
  std::string device;
};

/// All that was done by one verb.
struct ReportedStep {
  std::string verb;                        ///< "tile", "extract", ...
  std::vector<ReportedSlide> slides;       ///< by name
  std::vector<ReportedProcess> processes;  ///< by the time of their begin

  std::size_t tiles = 0;
  double wall_seconds = 0.0;     ///< in which at least one process was at work
  double process_seconds = 0.0;  ///< of all processes together

  /// Of the newest process, and so of the job that counts.
  std::string manifest;
  std::size_t shards = 1;
  std::vector<std::size_t> missing;     ///< shards without a record
  std::vector<std::size_t> unfinished;  ///< shards of which no process came to its end

  std::vector<std::string> versions;  ///< each once, in the order in which they came
  std::vector<std::string> doubts;    ///< what may keep the outputs from being of one job
  std::vector<std::pair<std::string, std::size_t>> warnings;  ///< and how often; the most first

  std::size_t count(Outcome outcome) const;
  /// All slides are done, and no shard is missing or unfinished.
  bool is_complete() const;
};

struct JobReport {
  std::filesystem::path output;
  std::vector<ReportedStep> steps;  ///< in the order in which they were first begun
  std::vector<std::string> damage;  ///< records that could not be understood

  /// There is a step, and all are complete.
  bool is_complete() const;
};

/// Only reads, and only the records. Throws Error(input) for a folder that is not there or has no
/// records, and for one that cannot be read.
JobReport report_job(const std::filesystem::path& output);

/// The report for people, in Markdown.
std::string markdown_of(const JobReport& report);

/// A line a slide and step, RFC 4180, with a header: step, slide, input, outcome, reason, failures,
/// tiles, seconds, host, job, time.
std::string csv_of(const JobReport& report);

}  // namespace histo
