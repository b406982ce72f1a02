#pragma once
/// The options of histoprep's own work, which `plan` and `sbatch` take, too.

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "common/sharing_options.hpp"
#include "common/tiling_options.hpp"

namespace histo::app {

struct TileArguments {
  std::vector<std::string> inputs;
  std::optional<std::filesystem::path> input_list;
  std::size_t threads = 0;
  bool overwrite = false;
  bool unfinished = false;
  SharingArguments sharing;
  TilingArguments tiling;
};

/// All but those of the group "Sharing". `arguments` must outlive the parsing.
void add_tile_arguments(CLI::App& cli, TileArguments& arguments);

/// The job that the arguments stand for, checked, its slides found. Throws Error(usage), and
/// Error(input) for slides that are not there.
TileJobOptions tile_job_of(TileArguments& arguments);

}  // namespace histo::app
