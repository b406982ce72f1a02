#include <fstream>

#include "core/files.hpp"
#include "support/catch.hpp"

using namespace histo;
using histo::test::contains;
using histo::test::error_of;
using histo::test::TempFolder;

namespace {

std::size_t entries(const std::filesystem::path& folder) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

}  // namespace

TEST_CASE("files: what was written is read back") {
  const TempFolder folder;
  const std::vector<std::uint8_t> bytes = {0, 255, 10, 13, 0};

  write_file(folder.path() / "a", bytes);

  CHECK(read_file(folder.path() / "a") == bytes);
}

TEST_CASE("files: replacing leaves one file with the new content and the usual mode") {
  const TempFolder folder;
  const std::filesystem::path file = folder.path() / "a";
  write_file(file, {1, 2, 3});
  const auto usual = std::filesystem::status(file).permissions();

  replace_file(file, "new");

  CHECK(read_text(file) == "new");
  CHECK(entries(folder.path()) == 1);
  CHECK(std::filesystem::status(file).permissions() == usual);
}

TEST_CASE("files: a temporary name is hidden, beside its target, and never the same") {
  const std::filesystem::path target = "/some/where/features.h5";

  const std::filesystem::path name = temporary_name(target);

  CHECK(name.parent_path() == target.parent_path());
  CHECK(name.filename().string().rfind(".features.h5.", 0) == 0);
  CHECK(name.extension() == ".part");
  CHECK(name != temporary_name(target));
}

TEST_CASE("files: a missing file is an error of the asked kind that names it") {
  const auto error = error_of([] { read_file("no/such/file", ErrorKind::model); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::model);
  CHECK(contains(error->what(), "no/such/file: cannot be opened: No such file"));
}

TEST_CASE("files: a folder cannot be read as a file") {
  const TempFolder folder;

  CHECK(contains(error_of([&] { read_file(folder.path()); })->what(), "Is a directory"));
}

TEST_CASE("files: a target without a folder is an output error and leaves nothing") {
  const TempFolder folder;

  const auto error = error_of([&] { replace_file(folder.path() / "no" / "a", "x"); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::output);
  CHECK(contains(error->what(), "cannot be created"));
  CHECK(entries(folder.path()) == 0);
}

TEST_CASE("files: a full disk is an output error") {
  if (!std::filesystem::exists("/dev/full")) return;

  const auto error = error_of([] { write_file("/dev/full", {1, 2, 3}); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::output);
  CHECK(contains(error->what(), "/dev/full: cannot be written: No space left"));
}

TEST_CASE("files: a target that is a folder keeps it, and the temporary file goes") {
  const TempFolder folder;
  const std::filesystem::path target = folder.path() / "taken";
  std::filesystem::create_directory(target);
  write_file(target / "inside", {1});

  const auto error = error_of([&] { replace_file(target, "x"); });

  REQUIRE(error);
  CHECK(contains(error->what(), "cannot be given its name"));
  CHECK(entries(folder.path()) == 1);
}

TEST_CASE("files: the stamp changes with the content's size") {
  const TempFolder folder;
  const std::filesystem::path file = folder.path() / "a";
  write_file(file, {1});
  const std::string before = file_stamp(file);

  write_file(file, {1, 2});

  CHECK(file_stamp(file) != before);
  CHECK(before.rfind("1 ", 0) == 0);
}

TEST_CASE("files: a folder below a file cannot be made") {
  const TempFolder folder;
  write_file(folder.path() / "a", {1});

  const auto error = error_of([&] { make_folders(folder.path() / "a" / "b"); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::output);
  CHECK(contains(error->what(), "the folder cannot be made"));
}

TEST_CASE("files: a copy has all bytes, replaces nothing and can be stopped") {
  const TempFolder folder;
  const std::filesystem::path from = folder.path() / "from";
  const std::filesystem::path to = folder.path() / "to";
  std::vector<std::uint8_t> bytes((std::size_t{9} << 20) + 1);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i * i >> 8);
  histo::write_file(from, bytes);
  std::atomic<bool> stop{false};
  CHECK(histo::copy_file(from, to, stop));
  CHECK(histo::read_file(to) == bytes);
  const auto there = error_of([&] { histo::copy_file(from, to, stop); });
  REQUIRE(there);
  CHECK(there->kind() == ErrorKind::output);
  CHECK(contains(there->what(), "to: cannot be created"));
  const auto gone = error_of([&] { histo::copy_file(folder.path() / "none", from, stop); });
  REQUIRE(gone);
  CHECK(contains(gone->what(), "none: cannot be opened"));
  stop = true;
  CHECK(!histo::copy_file(from, folder.path() / "stopped", stop));
}
