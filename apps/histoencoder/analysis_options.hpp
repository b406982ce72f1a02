#pragma once
/// Options that the analysing verbs share.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "histo/jobs.hpp"
#include "histo/labels.hpp"

#include "common/console.hpp"

namespace histo::app {

/// -i,--input
void add_features_option(CLI::App& command, std::vector<std::filesystem::path>& inputs);

/// --labels, --label, --classes, --group, --split
void add_label_options(CLI::App& command, LabelOptions& labels);

/// -o,--output and -z,--overwrite
struct OutputArguments {
  std::filesystem::path folder;
  bool overwrite = false;
  Overwrite policy() const { return overwrite ? Overwrite::always : Overwrite::never; }
};
void add_output_options(CLI::App& command, OutputArguments& output);

/// --seed and -j,--num-workers,--threads
void add_seed_option(CLI::App& command, std::uint64_t& seed);
void add_threads_option(CLI::App& command, std::size_t& threads);

/// Runs an analysis, says its findings on stderr, and how long it took. The exit code.
int perform_analysis(const std::string& program, const ConsoleOptions& options, const RunInfo& info,
                     const std::function<AnalysisReport(Console&)>& run);

}  // namespace histo::app
