#pragma once
/// The options that say how slides become tiles, the same in both programs.

#include <filesystem>
#include <optional>

#include <CLI/CLI.hpp>

#include "histo/tile_job.hpp"

namespace histo::app {

/// Their short names are histoprep's; in histoencoder some mean something else.
enum class ShortNames { no, yes };

struct TilingArguments {
  TileJobOptions job;
  std::optional<std::filesystem::path> slides_csv;
  const CLI::Option* sigma = nullptr;
};

/// What the groups' names end with where the short names are left out.
inline constexpr const char* tiling_group_end = " (with --output)";

/// Groups "Resolution", "Tiles", "Tissue" and "Stains". `arguments` must outlive the parsing.
void add_tiling_options(CLI::App& cli, TilingArguments& arguments, ShortNames names);

/// Reads --slides-csv into the job. Throws Error(input).
void read_slides_csv(TilingArguments& arguments);

}  // namespace histo::app
