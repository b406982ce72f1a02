#include "store/entries.hpp"

#include <string>
#include <system_error>

namespace histo {

namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(ErrorKind kind, const fs::path& path, const std::string& what,
                       const std::error_code& error) {
  throw Error(kind, path.string() + ": " + what + ": " + error.message());
}

}  // namespace

std::vector<fs::path> entries(const fs::path& folder, ErrorKind kind) {
  std::error_code error;
  std::vector<fs::path> found;
  fs::directory_iterator entry(folder, error);
  while (!error && entry != fs::directory_iterator()) {
    found.push_back(entry->path());
    entry.increment(error);
  }
  if (error) fail(kind, folder, "the folder cannot be read", error);
  return found;
}

fs::file_type type_of(const fs::path& path, ErrorKind kind) {
  std::error_code error;
  const fs::file_type type = fs::status(path, error).type();
  if (type == fs::file_type::none) fail(kind, path, "cannot be looked at", error);
  return type;
}

}  // namespace histo
