#pragma once
/// From what happened to the report, run.json and the observer.

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "histo/error.hpp"
#include "histo/jobs.hpp"

#include "store/run_log.hpp"

namespace histo {

/// What a record says about a run before its first slide.
struct RunStart {
  std::filesystem::path output;  ///< the record is made below it
  std::string verb;              ///< "tile", "extract", ...
  const RunInfo& info;
  std::size_t threads = 0;
};

/// Collects the outcomes of one run: in the report, for the observer, in the process's record and
/// in run.json. Where a record cannot be written, that is a warning: it spoils no result. Thread
/// rule: the caller's thread only.
class Recorder {
 public:
  Recorder(RunReport& report, Observer& observer) : report_(report), observer_(observer) {}
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;
  /// A run that has begun and not ended was ended by an error, and its record says so.
  ~Recorder();

  /// Begins the record. The plan is this process's; the report knows its shard and manifest. One
  /// that is not begun, such as that of a team's other ranks, is neither written nor ended.
  void begin(const RunStart& start, const std::vector<PlannedSlide>& plan);

  /// Ends the record and adds the run to run.json. The report knows its seconds and whether the
  /// run was interrupted. Throws Error(output).
  void end();

  void set_device(const std::string& device);

  /// The slides that the plan does not work on: skipped ones and refused ones, which count as
  /// failed.
  void take_plan(const std::vector<PlannedSlide>& plan);

  void done(const std::filesystem::path& input, std::size_t tiles, double seconds);
  void failed(const std::filesystem::path& input, const std::string& reason, double seconds);
  void skipped(const std::filesystem::path& input, const std::string& reason);
  void interrupted(const std::filesystem::path& input, double seconds);
  void warn(const std::string& sentence);

 private:
  void add(const SlideReport& slide);
  /// Writes to the record, where there is one; the first failure is told.
  template <class Write>
  void log(const Write& write);
  void tell_of_failure(const Error& error);
  void record_run() const;

  RunReport& report_;
  Observer& observer_;
  std::chrono::system_clock::time_point begin_ = std::chrono::system_clock::now();
  std::filesystem::path output_;
  RunInfo info_;
  std::unique_ptr<RunLog> log_;
  std::size_t planned_ = 0;  // slides
  bool has_begun_ = false;
  bool has_failed_ = false;                               // the record
  std::map<std::filesystem::path, std::string> folders_;  // names of the planned slides' folders
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

}  // namespace histo
