#pragma once
/// The options of `histoencoder extract`, which `plan` and `sbatch` take, too.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "histo/encoder.hpp"
#include "histo/extract_job.hpp"
#include "histo/model_card.hpp"

#include "common/sharing_options.hpp"
#include "common/tiling_options.hpp"

namespace histo::app {

struct ExtractArguments {
  std::string model;
  std::vector<std::filesystem::path> model_folders;
  std::string normalize = "model";
  std::string batch_size = "64";
  std::optional<std::size_t> num_blocks;
  bool avg_pool = false;
  std::optional<std::int64_t> input_size;
  std::size_t threads = 0;
  bool overwrite = false;
  bool use_cpu = false;
  bool pool_tiles = false;
  EncoderOptions encoder;
  SharingArguments sharing;
  ExtractJobOptions job;
  std::filesystem::path output;
  TilingArguments tiling;  ///< of slides, where there is an output
};

/// All but those of the group "Sharing". `arguments` must outlive the parsing.
void add_extract_arguments(CLI::App& command, ExtractArguments& arguments);

/// Checks the options, completes job and encoder but for the job's inputs, and finds the model.
/// Throws Error(usage), Error(model).
ModelCard complete(ExtractArguments& arguments);

/// Finds the slides, or checks the folders of tiles. Throws Error(usage), Error(input).
void set_inputs(ExtractArguments& arguments, const CLI::App& command, const ModelCard& card);

}  // namespace histo::app
