#pragma once
/// The terminal: messages, the progress bar and the log file. stdout is left to what was asked for.
/// Lines in the log file, and on stderr where it is the log of a scheduler's job, begin with time,
/// host, job and process.

#include <chrono>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "histo/observer.hpp"

namespace spdlog {
class logger;
}

namespace histo::app {

enum class When { automatic, always, never };

struct ConsoleOptions {
  bool quiet = false;
  bool verbose = false;
  When progress = When::automatic;  ///< automatic: only if stderr is a terminal
  When colour = When::automatic;    ///< automatic: a terminal, NO_COLOR empty, TERM not dumb
  std::string log_file;             ///< every message, appended
};

void add_console_options(CLI::App& cli, ConsoleOptions& options);

class Console : public Observer {
 public:
  /// Throws Error(output) if the log file cannot be opened.
  Console(std::string program, const ConsoleOptions& options);
  ~Console() override;

  void note(const std::string& sentence) override;
  void warn(const std::string& sentence) override;
  void slide_failed(const std::string& path, const std::string& reason) override;
  void slide_done(const std::string& sentence) override;
  void progress(std::size_t done, std::size_t total, const std::string& unit) override;

  void error(const std::string& sentence);
  /// Shown unless --quiet.
  void info(const std::string& sentence);

 private:
  enum class Level { note, info, warning, error };
  void say(Level level, const std::string& sentence);
  void clear_bar();

  std::string program_;
  ConsoleOptions options_;
  bool bar_ = false;
  bool colour_ = false;
  bool bar_is_shown_ = false;
  std::chrono::steady_clock::time_point last_update_;
  std::shared_ptr<spdlog::logger> screen_;
  std::shared_ptr<spdlog::logger> log_;
};

}  // namespace histo::app
