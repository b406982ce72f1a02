#pragma once
/// What histoprep does: adds options to a command line and gives what runs when it was asked for.

#include <CLI/CLI.hpp>

#include "common/commands.hpp"

namespace histo::app {

/// The program's own work, without a command's name before it.
Verb add_tiling(CLI::App& command, const ConsoleOptions& console);
Verb add_plan(CLI::App& command, const ConsoleOptions& console);
Verb add_sbatch(CLI::App& command, const ConsoleOptions& console);
Verb add_outliers(CLI::App& command, const ConsoleOptions& console);

}  // namespace histo::app
