#include <filesystem>
#include <set>
#include <string>

#include "core/files.hpp"
#include "store/attempt.hpp"
#include "store/layout.hpp"
#include "store/removal.hpp"
#include "support/catch.hpp"

using namespace histo;
using histo::test::contains;
using histo::test::error_of;
using histo::test::TempFolder;
namespace fs = std::filesystem;

namespace {

void put(const fs::path& file, const std::string& text) {
  fs::create_directories(file.parent_path());
  replace_file(file, text);
}

/// All files below a folder, relative to it.
std::set<std::string> files_below(const fs::path& folder) {
  std::set<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_directory()) files.insert(entry.path().lexically_relative(folder).string());
  }
  return files;
}

void fill(const fs::path& folder, const std::string& text) {
  put(tile_table_file(folder), text);
  put(properties_file(folder), text);
  put(folder / "tiles" / "x0_y0_w8_h8.png", text);
}

}  // namespace

TEST_CASE("attempt: nothing has a final name before it is committed, and everything after it") {
  const TempFolder temp;
  Attempt attempt(temp.path());
  CHECK(attempt.path().parent_path() == temp.path());
  CHECK(is_attempt_folder(attempt.path().filename().string()));
  fill(attempt.path(), "new");
  CHECK_FALSE(fs::exists(tile_table_file(temp.path())));

  attempt.commit();

  CHECK(read_text(temp.path() / "tiles" / "x0_y0_w8_h8.png") == "new");
  CHECK(read_text(tile_table_file(temp.path())) == "new");
}

TEST_CASE("attempt: its folder is gone afterwards, whether or not it was committed") {
  const TempFolder temp;
  for (const bool commits : {false, true}) {
    {
      Attempt attempt(temp.path());
      fill(attempt.path(), "x");
      if (commits) attempt.commit();
    }
    CHECK(files_below(temp.path()).size() == (commits ? 3U : 0U));
  }
}

TEST_CASE("attempt: it replaces the tiles that were there, and leaves what is not ours") {
  const TempFolder temp;
  fill(temp.path(), "old");
  put(temp.path() / "tiles" / "x8_y0_w8_h8.png", "old");
  put(temp.path() / "tiles" / "notes.txt", "mine");
  put(temp.path() / "features.h5", "of the old tiles");
  Attempt attempt(temp.path());
  fill(attempt.path(), "new");

  attempt.commit();

  CHECK(read_text(temp.path() / "tiles" / "x0_y0_w8_h8.png") == "new");
  CHECK(fs::is_empty(attempt.path()));
  CHECK(files_below(temp.path()) == std::set<std::string>{"features.h5", "metadata.csv",
                                                          "properties.json", "tiles/notes.txt",
                                                          "tiles/x0_y0_w8_h8.png"});
}

TEST_CASE("attempt: tiles go through a link to another folder") {
  const TempFolder temp;
  fs::create_directories(temp.path() / "elsewhere");
  fs::create_directories(temp.path() / "s");
  fs::create_directory_symlink(temp.path() / "elsewhere", temp.path() / "s" / "tiles");
  Attempt attempt(temp.path() / "s");
  fill(attempt.path(), "new");

  attempt.commit();

  CHECK(read_text(temp.path() / "elsewhere" / "x0_y0_w8_h8.png") == "new");
}

TEST_CASE("attempt: a file where a folder has to be is named") {
  const TempFolder temp;
  put(temp.path() / "tiles", "a file");
  Attempt attempt(temp.path());
  fill(attempt.path(), "new");

  const auto error = error_of([&] { attempt.commit(); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::output);
  CHECK(contains(error->what(), "tiles: cannot be given its name"));
  CHECK_FALSE(fs::exists(tile_table_file(temp.path())));
}

TEST_CASE("attempt: one that somebody has deleted leaves the results that are there") {
  const TempFolder temp;
  fill(temp.path(), "another's");
  Attempt attempt(temp.path());
  fill(attempt.path(), "ours");
  fs::remove_all(attempt.path());

  CHECK(error_of([&] { attempt.commit(); }));

  CHECK(read_text(tile_table_file(temp.path())) == "another's");
  CHECK(files_below(temp.path()).size() == 3);
}

TEST_CASE("attempt: what killed processes left goes, and nothing else") {
  const TempFolder temp;
  const std::set<std::string> kept = {".attempt.part", ".claim", "attempt/x", "features.h5.part",
                                      "metadata.csv"};
  for (const std::string& name : kept) put(temp.path() / name, "x");
  fill(temp.path() / ".attempt.node-1-2.part", "left");
  put(temp.path() / ".claim.node-1-2.part", "left");
  put(temp.path() / "elsewhere" / "file", "mine");
  fs::create_directory_symlink(temp.path() / "elsewhere", temp.path() / ".attempt.node-1-3.part");

  remove_abandoned(temp.path());

  std::set<std::string> found = files_below(temp.path());
  CHECK(found.erase("elsewhere/file") == 1);
  CHECK(fs::is_symlink(temp.path() / ".attempt.node-1-3.part"));
  CHECK(found == kept);
}
