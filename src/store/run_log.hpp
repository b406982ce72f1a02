#pragma once
/// The record of one process: a line of JSON for each thing that happened, written when it did, so
/// that a process that is killed leaves all but its last words. docs/formats.md shows the lines.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "histo/sharing.hpp"

#include "core/process.hpp"
#include "store/records.hpp"

namespace histo {

/// Who does what. Times are those of `utc`.
struct RunBegin {
  std::string time;  ///< set where it is read
  std::string verb;  ///< "tile", "extract", ...
  std::string version;
  std::string git;
  std::string command_line;
  std::vector<std::pair<std::string, std::string>> options;  ///< by name
  ProcessIdentity process;
  std::string job;
  std::size_t restarts = 0;
  Shard shard;
  std::string manifest;
  std::size_t slides = 0;  ///< of this process's share
  std::size_t threads = 0;
};

struct RunSlide {
  std::string time;
  std::string folder;  ///< the name of the slide's folder, bytes as they are
  SlideOutcome outcome;
};

enum class RunEnding {
  done,         ///< every slide of the share is told of; some may have failed
  interrupted,  ///< before the last slide; the same command goes on
  error,        ///< by something that concerns all slides, such as a full disk
};

struct RunEnd {
  std::string time;
  RunEnding ending = RunEnding::done;
  double seconds = 0.0;
  std::size_t peak_memory = 0;  ///< bytes
};

/// Writes one record. Each line is handed to the system whole and at once.
class RunLog {
 public:
  /// Makes the record, and `runs_folder` where there is none, and writes the first line, with the
  /// time of now as all lines have it. Throws Error(output), as the other functions do; after a
  /// line that failed the next one may be tried.
  RunLog(const std::filesystem::path& output, const RunBegin& begin);
  RunLog(const RunLog&) = delete;
  RunLog& operator=(const RunLog&) = delete;
  ~RunLog();

  void device(const std::string& name);
  void slide(const std::string& folder, const SlideOutcome& outcome);
  void warning(const std::string& sentence);
  void end(RunEnding ending, double seconds, std::size_t peak_memory);

 private:
  // Makes the file only: what it opened is closed also where the first line fails.
  RunLog(const std::filesystem::path& output, const RunBegin& begin, std::string time);
  void append(const std::string& line);

  std::string time_;  // of the begin
  std::filesystem::path file_;
  int descriptor_ = -1;
  bool is_torn_ = false;  // the last line did not get its end
};

/// A record as it is on the disk.
struct RunHistory {
  RunBegin begin;
  std::string device;  ///< empty where none was told
  std::vector<RunSlide> slides;
  std::vector<std::string> warnings;
  std::optional<RunEnd> end;  ///< none: the process was killed, or still runs
  std::string last;           ///< the time of the last line
};

struct RunHistories {
  std::vector<RunHistory> runs;  ///< by the time of their begin, then by their files' names
  /// Records and lines of which nothing could be understood, in words. A last line that is cut off
  /// is no damage.
  std::vector<std::string> damage;
};

/// All records below `output`; none where there is no folder for them. Lines of kinds that are not
/// known, and keys, are passed over. Throws Error(input) if the folder or a file cannot be read.
RunHistories read_run_logs(const std::filesystem::path& output);

}  // namespace histo
