#pragma once
/// One function a verb: adds its options to the command line and gives what runs when it was asked
/// for.

#include <filesystem>

#include <CLI/CLI.hpp>

#include "common/commands.hpp"

namespace histo::app {

Verb add_extract(CLI::App& command, const ConsoleOptions& console);
Verb add_cluster(CLI::App& command, const ConsoleOptions& console);
Verb add_plan(CLI::App& command, const ConsoleOptions& console);
Verb add_sbatch_extract(CLI::App& command, const ConsoleOptions& console);
Verb add_sbatch_cluster(CLI::App& command, const ConsoleOptions& console);
Verb add_models(CLI::App& command, const ConsoleOptions& console);
Verb add_convert(CLI::App& command, const ConsoleOptions& console);
Verb add_verify(CLI::App& command, const ConsoleOptions& console);
Verb add_info(CLI::App& command, const ConsoleOptions& console);
Verb add_annotate(CLI::App& command, const ConsoleOptions& console);
Verb add_compose(CLI::App& command, const ConsoleOptions& console);
Verb add_knn(CLI::App& command, const ConsoleOptions& console);
Verb add_fewshot(CLI::App& command, const ConsoleOptions& console);
Verb add_probe(CLI::App& command, const ConsoleOptions& console);
Verb add_evaluate(CLI::App& command, const ConsoleOptions& console);
Verb add_survival(CLI::App& command, const ConsoleOptions& console);
Verb add_heatmap(CLI::App& command, const ConsoleOptions& console);
Verb add_embed(CLI::App& command, const ConsoleOptions& console);

/// The folder that this program lies in.
std::filesystem::path program_folder();

/// Where the module with LibTorch is: lib/histo beside the program's folder.
std::filesystem::path module_folder();

}  // namespace histo::app
