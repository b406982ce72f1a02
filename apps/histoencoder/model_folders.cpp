#include "histoencoder/model_folders.hpp"

#include <cstdlib>
#include <string>

#include "histoencoder/verbs.hpp"

namespace histo::app {

void add_models_dir(CLI::App& command, std::vector<std::filesystem::path>& folders) {
  command
      .add_option("--models-dir", folders,
                  "Folder to look for names in, before $HISTOENCODER_MODELS, the user's data "
                  "folder and the installed models; repeatable.")
      ->option_text("FOLDER");
}

std::vector<std::filesystem::path> model_folders(std::vector<std::filesystem::path> asked) {
  const auto add = [&asked](const char* variable, const std::string& below) {
    const char* value = std::getenv(variable);
    if (value == nullptr || *value == '\0') return false;
    asked.push_back(std::filesystem::path(value) / below);
    return true;
  };
  add("HISTOENCODER_MODELS", "");
  if (!add("XDG_DATA_HOME", "histo/models")) add("HOME", ".local/share/histo/models");
  asked.push_back(program_folder().parent_path() / "share/histo/models");
  return asked;
}

}  // namespace histo::app
