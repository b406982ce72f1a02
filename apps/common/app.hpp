#pragma once
/// What both programs share: from argv to an exit code.

#include <atomic>
#include <functional>
#include <string>

#include <CLI/CLI.hpp>

#include "histo/jobs.hpp"

#include "common/console.hpp"

namespace histo::app {

constexpr int exit_done = 0;
constexpr int exit_failed = 1;
constexpr int exit_usage = 2;
constexpr int exit_resumable = 75;  ///< SIGTERM or SIGUSR1 came; the same command goes on
constexpr int exit_interrupted = 130;

/// Turns true at the first SIGINT, SIGTERM or SIGUSR1; a second SIGINT ends the process at once.
const std::atomic<bool>& stop_flag();

/// What a process that was stopped by a signal exits with.
int stop_exit_code();

void catch_signals();

/// Parses, runs `act`, translates what is thrown into one sentence on stderr and an exit code, and
/// checks that stdout took everything. `act` runs only for a command line without errors.
int run(CLI::App& cli, int argc, char** argv, ConsoleOptions& console,
        const std::function<int()>& act);

/// Settings that make the help of all verbs alike: 80 columns, -h, examples at the end.
void set_manners(CLI::App& cli, const std::string& examples);

/// The command line as it can be pasted into a shell, and each option of the command with the value
/// in force.
RunInfo run_info(const CLI::App& command, int argc, char** argv);

/// --threads as asked; 0 means what SLURM or, without it, the machine gives to this process.
std::size_t resolve_threads(std::size_t asked);

/// "slide<TAB>action<TAB>reason" lines on stdout. The exit code: 1 if something is refused.
int print_plan(const std::vector<PlannedSlide>& plan);

/// Runs a job with a console of its own and says at the end what came of it; the exit code.
/// `to_go_on` says how an interrupted run is continued.
int perform(const std::string& program, const ConsoleOptions& options, const RunInfo& info,
            const std::string& to_go_on, const std::function<RunReport(Console&)>& job);

}  // namespace histo::app
