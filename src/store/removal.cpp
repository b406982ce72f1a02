#include "store/removal.hpp"

#include <string>
#include <system_error>

#include "histo/error.hpp"

#include "store/entries.hpp"
#include "store/layout.hpp"

namespace histo {

namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& path, const std::error_code& error) {
  throw Error(ErrorKind::output, path.string() + ": cannot be removed: " + error.message());
}

void remove_if_there(const fs::path& file) {
  std::error_code error;
  fs::remove(file, error);
  if (error) fail(file, error);
}

// A link to a folder is not ours: what it points to may lie anywhere.
bool is_own_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::symlink_status(path, ignored).type() == fs::file_type::directory;
}

/// Removes the files of a folder whose names `is_ours` knows, and the folder if it is empty then.
template <class IsOurs>
void remove_files(const fs::path& folder, const IsOurs& is_ours) {
  if (!is_own_folder(folder)) return;
  for (const fs::path& file : entries(folder, ErrorKind::output)) {
    if (is_ours(file.filename().string())) remove_if_there(file);
  }
  std::error_code error;
  fs::remove(folder, error);
  if (error && error != std::errc::directory_not_empty) {
    fail(folder, error);
  }
}

}  // namespace

void remove_tile_outputs(const fs::path& folder) {
  if (type_of(folder, ErrorKind::output) == fs::file_type::not_found) return;
  remove_if_there(tile_table_file(folder));
  const auto is_tile = [](const std::string& name) {
    return parse_tile_file_name(name).has_value();
  };
  for (const fs::path& tiles : {tiles_folder(folder), masks_folder(folder),
                                haematoxylin_folder(folder), eosin_folder(folder)}) {
    remove_files(tiles, is_tile);
  }
  remove_files(spots_folder(folder), is_spot_file_name);
  const fs::path tar = tile_tar_file(folder);
  for (const fs::path& file :
       {thumbnail_file(folder), tissue_thumbnail_file(folder), tiles_thumbnail_file(folder),
        kept_thumbnail_file(folder), spots_thumbnail_file(folder), spot_table_file(folder), tar,
        tile_tar_index_file(tar), properties_file(folder)}) {
    remove_if_there(file);
    remove_leftovers(file);
  }
  remove_leftovers(tile_table_file(folder));
}

void remove_outlier_sheets(const fs::path& output) {
  remove_files(outliers_folder(output), is_outlier_sheet);
}

void remove_cluster_pictures(const fs::path& folder) {
  if (type_of(folder, ErrorKind::output) == fs::file_type::not_found) return;
  for (const fs::path& file : entries(folder, ErrorKind::output)) {
    const std::string name = file.filename().string();
    if (is_cluster_picture(name) || is_cluster_leftover(name)) remove_if_there(file);
  }
}

void remove_leftovers(const fs::path& target) {
  const std::string name = target.filename().string();
  const fs::path folder = target.has_parent_path() ? target.parent_path() : fs::path(".");
  for (const fs::path& file : entries(folder, ErrorKind::output)) {
    if (is_leftover_of(file.filename().string(), name)) remove_if_there(file);
  }
}

void remove_abandoned(const fs::path& folder) {
  for (const fs::path& path : entries(folder, ErrorKind::output)) {
    const std::string name = path.filename().string();
    if (is_unborn_claim(name)) remove_if_there(path);
    if (!is_attempt_folder(name) || !is_own_folder(path)) continue;
    // The name is ours, and so is all that is in it. A process that lost its claim without knowing
    // may be writing there still: what it adds meanwhile is caught by another round.
    std::error_code error;
    constexpr int most_rounds = 10;
    for (int round = 0; round < most_rounds; ++round) {
      error.clear();
      fs::remove_all(path, error);
      if (error != std::errc::directory_not_empty) break;
    }
    if (error) fail(path, error);
  }
}

}  // namespace histo
