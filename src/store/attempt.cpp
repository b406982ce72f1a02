#include "store/attempt.hpp"

#include <string>
#include <system_error>
#include <vector>

#include "histo/error.hpp"

#include "core/files.hpp"
#include "store/entries.hpp"
#include "store/layout.hpp"
#include "store/removal.hpp"

namespace histo {

namespace {

namespace fs = std::filesystem;

void move(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::rename(from, to, error);
  if (!error) return;
  // A folder that holds somebody else's files too, or that is a link to elsewhere.
  const bool are_folders = type_of(from, ErrorKind::output) == fs::file_type::directory &&
                           type_of(to, ErrorKind::output) == fs::file_type::directory;
  if (!are_folders) {
    throw Error(ErrorKind::output, to.string() + ": cannot be given its name: " + error.message());
  }
  for (const fs::path& entry : entries(from, ErrorKind::output)) move(entry, to / entry.filename());
  fs::remove(from, error);
}

}  // namespace

Attempt::Attempt(const fs::path& folder) : folder_(folder), path_(attempt_folder(folder)) {
  make_folders(path_);
}

Attempt::~Attempt() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

void Attempt::commit() {
  // First what there is: one that somebody has deleted must not take the old results with it.
  const std::vector<fs::path> found = entries(path_, ErrorKind::output);
  remove_tile_outputs(folder_);
  const fs::path record = properties_file(path_);
  const fs::path mark = tile_table_file(path_);
  for (const fs::path& entry : found) {
    if (entry != record && entry != mark) move(entry, folder_ / entry.filename());
  }
  commit_file(record, properties_file(folder_));
  commit_file(mark, tile_table_file(folder_));
}

}  // namespace histo
