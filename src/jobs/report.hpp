#pragma once
/// From what happened to the report, run.json and the observer.

#include <chrono>
#include <filesystem>
#include <string>

#include "histo/error.hpp"
#include "histo/jobs.hpp"

namespace histo {

/// Collects the outcomes of one run. Thread rule: the caller's thread only.
class Recorder {
 public:
  Recorder(RunReport& report, Observer& observer) : report_(report), observer_(observer) {}

  /// The slides that the plan does not work on: skipped ones and refused ones, which count as
  /// failed.
  void take_plan(const std::vector<PlannedSlide>& plan);

  void done(const std::filesystem::path& input, std::size_t tiles, double seconds);
  void failed(const std::filesystem::path& input, const std::string& reason, double seconds);
  void skipped(const std::filesystem::path& input, const std::string& reason);
  void interrupted(const std::filesystem::path& input, double seconds);
  void warn(const std::string& sentence);

 private:
  RunReport& report_;
  Observer& observer_;
};

/// Wall time since it was made, in seconds.
class Stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  }

 private:
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

/// An error's sentence without the path that it begins with, since a report names the path itself.
std::string reason_of(const Error& error, const std::filesystem::path& path);

/// Adds the run to run.json below `output`. `begin` is the time the run began.
void record_run(const std::filesystem::path& output, const RunInfo& info, const RunReport& report,
                std::chrono::system_clock::time_point begin);

}  // namespace histo
