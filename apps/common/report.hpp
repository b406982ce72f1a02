#pragma once
/// The verb `report`, the same in both programs.

#include <string>

#include <CLI/CLI.hpp>

#include "common/commands.hpp"

namespace histo::app {

/// `folder` is the option that names the output folder: "-o,--output" of histoprep, "-i,--input" of
/// histoencoder.
Verb add_report(CLI::App& command, const std::string& folder, const ConsoleOptions& console);

}  // namespace histo::app
