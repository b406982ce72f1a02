#include <algorithm>
#include <system_error>

#include "histo/error.hpp"

#include "store/layout.hpp"

namespace histo {

namespace {

namespace fs = std::filesystem;

const char* const record_extension = ".jsonl";

}  // namespace

fs::path runs_folder(const fs::path& output) { return output / "runs"; }

fs::path run_log_file(const fs::path& output, const std::string& begun, const std::string& host,
                      std::int64_t pid, std::uint32_t random) {
  std::string name;
  // Without colons, which some file systems refuse, and without the second's fractions.
  for (const char c : begun.substr(0, begun.find('.'))) {
    if (c != '-' && c != ':') name += c;
  }
  name += "Z-" + host + "-" + std::to_string(pid) + "-" + std::to_string(random);
  std::replace(name.begin(), name.end(), '/', '_');
  return runs_folder(output) / (name + record_extension);
}

std::vector<fs::path> run_log_files(const fs::path& output) {
  const fs::path folder = runs_folder(output);
  std::vector<fs::path> files;
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  if (error == std::errc::no_such_file_or_directory) return files;
  while (!error && entry != fs::directory_iterator()) {
    if (entry->path().extension() == record_extension) files.push_back(entry->path());
    entry.increment(error);
  }
  if (error) {
    throw Error(ErrorKind::input,
                folder.string() + ": the folder cannot be read: " + error.message());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace histo
