#include "common/console.hpp"

#include <cstdio>
#include <cstdlib>
#include <utility>
#include <vector>

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "histo/error.hpp"

#include "common/options.hpp"
#include "common/printable.hpp"
#include "common/slurm.hpp"
#include "common/team.hpp"

namespace histo::app {

namespace {

bool stderr_is_terminal() { return isatty(STDERR_FILENO) == 1; }

// A line that fills the last column would begin a second one, which the next update could not take
// back.
std::size_t terminal_width() {
  winsize size{};
  const bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
  return known ? size.ws_col : 80;
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

bool resolve(When when, bool automatic) {
  return when == When::automatic ? automatic : when == When::always;
}

/// What begins each line of a log: the time, and by whom it is said. Many processes of a cluster
/// write such lines, and often to one file.
std::string log_pattern() {
  char host[256] = "host";
  gethostname(host, sizeof host - 1);
  const std::string job = job_name([](const char* name) { return std::getenv(name); });
  std::string speaker = host + (job.empty() ? "" : " job " + job);
  // The pattern's own sign.
  for (std::size_t at = 0; (at = speaker.find('%', at)) != std::string::npos; at += 2) {
    speaker.insert(at, "%");
  }
  return "%Y-%m-%dT%H:%M:%S.%e%z " + speaker + " [%P] %v";
}

bool is_in_a_job() {
  return !job_name([](const char* name) { return std::getenv(name); }).empty();
}

const std::vector<std::pair<std::string, When>> when_names{
    {"auto", When::automatic}, {"always", When::always}, {"never", When::never}};

}  // namespace

void add_console_options(CLI::App& cli, ConsoleOptions& options) {
  cli.add_flag("-q,--quiet", options.quiet, "Errors only.")->group("Messages");
  cli.add_flag("-v,--verbose", options.verbose, "Also notes and the options in force.")
      ->group("Messages")
      ->excludes("--quiet");
  add_choice(cli, "--progress", options.progress, when_names,
             "A progress bar; auto: if stderr is a terminal.")
      ->group("Messages");
  add_choice(cli, "--color", options.colour, when_names,
             "Colours; auto: if stderr is a terminal and NO_COLOR is unset.")
      ->group("Messages");
  cli.add_option("--log-file", options.log_file,
                 "Append all messages, with time, host and job, to this file.")
      ->option_text("FILE")
      ->group("Messages");
}

Console::Console(std::string program, const ConsoleOptions& options)
    : program_(std::move(program)),
      options_(options),
      bar_(!options.quiet && speaks() && resolve(options.progress, stderr_is_terminal())),
      colour_(resolve(options.colour, stderr_is_terminal() && environment("NO_COLOR").empty() &&
                                          environment("TERM") != "dumb")),
      screen_(std::make_shared<spdlog::logger>("screen",
                                               std::make_shared<spdlog::sinks::stderr_sink_st>())) {
  screen_->set_pattern(is_in_a_job() && !stderr_is_terminal() ? log_pattern() : "%v");
  screen_->set_level(spdlog::level::debug);
  screen_->flush_on(spdlog::level::debug);
  // One process writes a log; the ranks' machines may see one file differently.
  if (options_.log_file.empty() || !speaks()) return;
  try {
    log_ = std::make_shared<spdlog::logger>(
        "log", std::make_shared<spdlog::sinks::basic_file_sink_st>(options_.log_file));
  } catch (const spdlog::spdlog_ex& error) {
    throw Error(ErrorKind::output, options_.log_file + ": " + error.what());
  }
  log_->set_pattern(log_pattern());
  log_->set_level(spdlog::level::debug);
  log_->flush_on(spdlog::level::debug);
}

Console::~Console() { clear_bar(); }

void Console::note(const std::string& sentence) { say(Level::note, sentence); }
void Console::warn(const std::string& sentence) { say(Level::warning, sentence); }
void Console::slide_done(const std::string& sentence) { say(Level::info, sentence); }
void Console::error(const std::string& sentence) { say(Level::error, sentence); }
void Console::info(const std::string& sentence) { say(Level::info, sentence); }

void Console::slide_failed(const std::string& path, const std::string& reason) {
  // A reason that comes from reading the file begins with its path already.
  say(Level::error, reason.rfind(path, 0) == 0 ? reason : path + ": " + reason);
}

void Console::progress(std::size_t done, std::size_t total, const std::string& unit) {
  if (!bar_) return;
  constexpr auto shortest_pause = std::chrono::milliseconds(100);
  const auto now = std::chrono::steady_clock::now();
  if (done < total && now - last_update_ < shortest_pause) return;
  last_update_ = now;
  constexpr std::size_t cells = 24;
  const std::size_t filled = done >= total ? cells : cells * done / total;
  const std::string bar = std::string(filled, '#') + std::string(cells - filled, '.');
  const std::string line =
      "[" + bar + "] " + std::to_string(done) + "/" + std::to_string(total) + " " + unit;
  std::fprintf(stderr, "\r\033[K%s", line.substr(0, terminal_width() - 1).c_str());
  std::fflush(stderr);
  bar_is_shown_ = true;
}

void Console::clear_bar() {
  if (!bar_is_shown_) return;
  std::fputs("\r\033[K", stderr);
  std::fflush(stderr);
  bar_is_shown_ = false;
}

void Console::say(Level level, const std::string& text) {
  const std::string sentence = printable(text);
  std::string word;
  const char* paint = "";
  if (level == Level::warning) {
    word = "warning: ";
    paint = "\033[33m";
  } else if (level == Level::error) {
    paint = "\033[31m";
  }
  const std::string line = program_ + ": " + word + sentence;
  if (log_) log_->info(line);
  if (level != Level::error && !speaks()) return;
  const bool shown = level == Level::error || (level == Level::note && options_.verbose) ||
                     (level != Level::note && !options_.quiet);
  if (!shown) return;
  clear_bar();
  if (colour_ && *paint != '\0') {
    screen_->info("{}{}: {}\033[0m{}", paint, program_, word, sentence);
  } else {
    screen_->info(line);
  }
}

}  // namespace histo::app
