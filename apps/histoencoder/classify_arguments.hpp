#pragma once
/// Options that knn, fewshot and probe share.

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "histo/jobs.hpp"

#include "histoencoder/analysis_options.hpp"

namespace histo::app {

struct ClassifyArguments {
  OutputArguments output;
  std::size_t threads = 0;
};

/// What comes before the verb's own options: inputs, labels, folds, --apply and the output.
void add_classify_inputs(CLI::App& command, ClassifyArguments& arguments, ClassifyOptions& job);
/// What comes after them: intervals, seed and threads.
void add_classify_results(CLI::App& command, ClassifyArguments& arguments, ClassifyOptions& job);

/// Puts the arguments into the job. Throws Error(usage) for options that have no meaning together;
/// `fitting`: those of the verb that say how is learnt, and so mean nothing with --apply.
void finish_classify_options(const CLI::App& command, const ClassifyArguments& arguments,
                             const std::vector<std::string>& fitting, RunInfo info,
                             ClassifyOptions& job);

}  // namespace histo::app
