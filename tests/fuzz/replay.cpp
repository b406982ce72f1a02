// Runs one target over the files of some folders: fuzz_replay TARGET FOLDER..

#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/files.hpp"
#include "fuzz/targets.hpp"

namespace {

using Target = void (*)(std::string_view);

const std::map<std::string, Target>& targets() {
  namespace fuzz = histo::fuzz;
  static const std::map<std::string, Target> all = {
      {"claim", fuzz::claim},
      {"cluster_table", fuzz::cluster_table},
      {"feature_log", fuzz::feature_log},
      {"feature_table", fuzz::feature_table},
      {"geojson", fuzz::geojson},
      {"model_card", fuzz::model_card},
      {"names", fuzz::names},
      {"npy", fuzz::npy},
      {"run_log", fuzz::run_log},
      {"slide_list", fuzz::slide_list},
      {"slide_record", fuzz::slide_record},
      {"tar", fuzz::tar},
      {"tar_index", fuzz::tar_index},
      {"tiff", fuzz::tiff},
      {"tile_table", fuzz::tile_table},
  };
  return all;
}

std::vector<std::filesystem::path> files_of(int count, char** folders) {
  std::vector<std::filesystem::path> files;
  for (int i = 0; i < count; ++i) {
    for (const auto& entry : std::filesystem::directory_iterator(folders[i])) {
      if (entry.is_regular_file()) files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

int main(int count, char** words) {
  const auto target = count > 2 ? targets().find(words[1]) : targets().end();
  if (target == targets().end()) {
    std::fprintf(stderr, "usage: fuzz_replay TARGET FOLDER..\n");
    return 2;
  }
  try {
    const std::vector<std::filesystem::path> files = files_of(count - 2, words + 2);
    for (const std::filesystem::path& file : files) {
      // Flushed before the run: the last line names the file that ended the process.
      std::printf("%s\n", file.c_str());
      std::fflush(stdout);
      target->second(histo::read_text(file));
    }
    std::printf("%zu files\n", files.size());
    return files.empty() ? 1 : 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "the last file threw: %s\n", error.what());
    return 1;
  }
}
