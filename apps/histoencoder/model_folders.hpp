#pragma once
/// Where models are looked for.

#include <filesystem>
#include <vector>

#include <CLI/CLI.hpp>

namespace histo::app {

/// What `extract` and `models` take where no model is named; it comes with the program.
inline constexpr const char* default_model = "histo_demo";

/// --models-dir, the same for every verb that takes a model.
void add_models_dir(CLI::App& command, std::vector<std::filesystem::path>& folders);

/// `asked` first, then $HISTOENCODER_MODELS, the user's data folder and what is installed beside
/// the program.
std::vector<std::filesystem::path> model_folders(std::vector<std::filesystem::path> asked);

}  // namespace histo::app
