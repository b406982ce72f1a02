#include "common/app.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iomanip>
#include <iostream>
#include <sstream>

#include <dlfcn.h>
#include <sys/resource.h>
#include <unistd.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "histo/error.hpp"
#include "histo/version.hpp"

#include "common/help.hpp"
#include "common/printable.hpp"
#include "common/shell.hpp"
#include "common/slurm.hpp"
#include "common/team.hpp"

namespace histo::app {

namespace {

std::atomic<bool> stop{false};
std::atomic<int> stop_code{0};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may touch it");

extern "C" void on_signal(int signal) {
  if (signal == SIGINT && stop.load()) _exit(exit_interrupted);
  stop_code.store(signal == SIGINT ? exit_interrupted : exit_resumable);
  stop.store(true);
}

int exit_code(ErrorKind kind) { return kind == ErrorKind::usage ? exit_usage : exit_failed; }

void complain(const CLI::App& cli, const std::string& sentence) {
  std::cerr << cli.get_name() << ": " << printable(sentence) << '\n';
}

// A full disk behind a redirected stdout is noticed only here. A closed pipe is nobody's fault:
// whoever read from it has seen enough.
int check_stdout(const CLI::App& cli, int code) {
  std::cout.flush();
  if ((std::cout && std::fflush(stdout) == 0) || errno == EPIPE) return code;
  complain(cli, "stdout could not be written");
  return code == exit_done ? exit_failed : code;
}

int usage_error(const CLI::App& cli, const std::string& sentence) {
  complain(cli, sentence);
  std::cerr << "Run with --help for more information.\n";
  return exit_usage;
}

std::string joined(const std::vector<std::string>& values) {
  std::string text;
  for (const std::string& value : values) text += (text.empty() ? "" : " ") + value;
  return text;
}

std::string fixed(double value, int digits) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(digits) << value;
  return text.str();
}

/// "; decode 4.0 %, model 95.9 %, write 0.1 %", or nothing where nobody measured it.
std::string shares(const std::vector<WorkTime>& work) {
  double sum = 0.0;
  for (const WorkTime& part : work) sum += part.seconds;
  std::string text;
  for (const WorkTime& part : work) {
    text += (text.empty() ? "; " : ", ") + part.kind + " " +
            fixed(100.0 * part.seconds / std::max(sum, 1e-9), 1) + " %";
  }
  return text;
}

const char* environment(const char* name) { return std::getenv(name); }

/// An error that ended a verb: says it, unless another rank of the team does, and leaves the team.
int end_with(const Error& mine, const CLI::App& cli, const ConsoleOptions& console) {
  const SharedError ending = share_error(mine);
  const Error& error = ending.error;
  const int code = exit_code(error.kind());
  if (speaks() || !ending.shared) {
    if (error.kind() == ErrorKind::usage) {
      usage_error(cli, error.what());
    } else {
      // The log file, where there is one, gets the reason too.
      try {
        Console(cli.get_name(), console).error(error.what());
      } catch (const Error&) {
        complain(cli, error.what());
      }
    }
  }
  // Only now: mpirun ends the others as soon as one ends with a code that is not 0.
  if (!ending.shared) end_team(code);
  leave_team();
  return code;
}

/// The last lines of a run, and its exit code.
int finish(const RunReport& report, const RunInfo& info, const std::string& to_go_on,
           Console& console) {
  const std::size_t done = report.count(Outcome::done);
  const std::size_t skipped = report.count(Outcome::skipped);
  const std::size_t failed = report.count(Outcome::failed);
  for (const auto& warning : report.warnings) console.info("warned: " + warning);
  for (const SlideReport& slide : report.slides) {
    if (slide.outcome != Outcome::failed || !speaks()) continue;
    console.error("failed: " + slide.input.string() + ": " + slide.reason);
  }
  const double seconds = std::max(report.seconds, 1e-9);
  const auto tiles = static_cast<double>(report.tiles());
  constexpr double mebibyte = 1024.0 * 1024.0;
  console.info("version " + version() + " (" + git_description() + "), " + info.command_line);
  console.info(
      std::to_string(done) + " done, " + std::to_string(skipped) + " skipped, " +
      std::to_string(failed) + " failed; " + std::to_string(report.tiles()) + " tiles in " +
      fixed(report.seconds, 1) + " s (" + fixed(tiles / seconds, 1) + " a second), peak memory " +
      fixed(static_cast<double>(peak_memory_bytes()) / mebibyte, 0) + " MiB" + shares(report.work));
  if (report.interrupted) {
    if (speaks()) console.error("interrupted; to go on, " + to_go_on);
    return stop_code.load();
  }
  if (done == 0 && failed == 0) console.info("nothing to do: all slides are done already");
  return failed > 0 ? exit_failed : exit_done;
}

// Tiles come and go by the thousand. Without this the C library hands each one's memory back to
// the system and is given it again, page by page; and it keeps a heap for each thread, where large
// images leave holes that the other threads cannot use.
void keep_freed_memory() {
#ifdef __GLIBC__
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 256 << 20);
  mallopt(M_TOP_PAD, 16 << 20);
#endif
}

// The usual limit of 1024 is for programs that use select(), which we do not; up to the hard one
// every process may go.
void allow_many_open_files() {
  constexpr rlim_t enough = 65536;
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= enough) return;
  limit.rlim_cur = std::min(limit.rlim_max, enough);
  setrlimit(RLIMIT_NOFILE, &limit);
}

// OpenBLAS comes along with OpenCV and starts a thread for each processor as soon as it is loaded,
// where they spin a while for work that most of our commands never have. This is what OpenBLAS does
// itself before a fork; the threads come back when they are needed.
void stop_idle_blas_threads() {
  void* const shutdown = dlsym(RTLD_DEFAULT, "blas_thread_shutdown_");
  if (shutdown != nullptr) reinterpret_cast<int (*)()>(shutdown)();
}

}  // namespace

const std::atomic<bool>& stop_flag() { return stop; }

int stop_exit_code() { return stop_code.load(); }

void catch_signals() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  for (const int signal : {SIGINT, SIGTERM, SIGUSR1}) sigaction(signal, &action, nullptr);
}

int run(CLI::App& cli, int argc, char** argv, ConsoleOptions& console,
        const std::function<int()>& act) {
  try {
    cli.parse(argc, argv);
  } catch (const CLI::Success& help_or_version) {
    errno = 0;  // so that a failed write below is the one that check_stdout sees
    cli.exit(help_or_version, std::cout, std::cerr);
    return check_stdout(cli, exit_done);
  } catch (const CLI::ParseError& error) {
    return usage_error(cli, error.what());
  }
  try {
    keep_freed_memory();
    allow_many_open_files();
    stop_idle_blas_threads();
    catch_signals();
    const int code = agree_on_code(check_stdout(cli, act()));
    leave_team();
    return code;
  } catch (const Error& error) {
    return end_with(error, cli, console);
  } catch (const std::bad_alloc&) {
    return end_with(Error(ErrorKind::internal, "out of memory; fewer --num-workers need less"), cli,
                    console);
  } catch (const std::exception& error) {
    return end_with(Error(ErrorKind::internal, std::string("internal error: ") + error.what()), cli,
                    console);
  }
}

void set_manners(CLI::App& cli, const std::string& examples) {
  cli.formatter(std::make_shared<HelpFormatter>());
  cli.set_help_flag("-h,--help", "Print this and exit.")->group("Help");
  cli.footer("Examples:\n" + examples +
             "\nExit status: 0 all done or nothing to do, 1 something failed, 2 wrong usage,\n"
             "75 stopped by SIGTERM or SIGUSR1, 130 by Ctrl-C; the end says how to go on.");
}

RunInfo run_info(const CLI::App& command, int argc, char** argv) {
  RunInfo info;
  info.job = job_name(environment);
  info.restarts = job_restarts(environment);
  for (int i = 0; i < argc; ++i) info.command_line += (i == 0 ? "" : " ") + shell_quoted(argv[i]);
  for (const CLI::Option* option : command.get_options()) {
    if (option->get_name() == "--help" || option->get_name() == "--version") continue;
    const bool given = option->count() > 0;
    info.options.emplace_back(option->get_name(),
                              given ? joined(option->results()) : option->get_default_str());
  }
  return info;
}

std::size_t resolve_threads(std::size_t asked) {
  if (asked > 0) return asked;
  const std::size_t cpus = default_threads();
  return std::min(job_cpus(environment).value_or(cpus), cpus);
}

int print_plan(const std::vector<PlannedSlide>& plan) {
  int code = exit_done;
  const bool print = speaks();
  if (print) std::cout << "slide\taction\treason\n";
  for (const PlannedSlide& slide : plan) {
    const char* action = "work";
    if (slide.action == Action::skip) action = "skip";
    if (slide.action == Action::refuse) {
      action = "refuse";
      code = exit_failed;
    }
    if (print) {
      std::cout << printable(slide.input.string()) << '\t' << action << '\t'
                << printable(slide.reason) << '\n';
    }
  }
  return code;
}

int perform(const std::string& program, const ConsoleOptions& options, const RunInfo& info,
            const std::string& to_go_on, const std::function<RunReport(Console&)>& job) {
  Console console(program, options);
  for (const auto& [name, value] : info.options) console.note(name + " " + value);
  return finish(job(console), info, to_go_on, console);
}

}  // namespace histo::app
