#include <csignal>
#include <string>

#include <sys/resource.h>

#include "core/file_writer.hpp"
#include "core/files.hpp"
#include "support/catch.hpp"

using histo::ErrorKind;
using histo::FileWriter;
using histo::test::contains;
using histo::test::error_of;
using histo::test::TempFolder;

namespace {

bool holds_nothing(const std::filesystem::path& folder) {
  return std::filesystem::is_empty(folder);
}

}  // namespace

TEST_CASE("file writer: the name appears with all pieces, and not before") {
  const TempFolder temp;
  const std::filesystem::path file = temp.path() / "a.bin";
  FileWriter writer(file);
  writer.write("one ");
  writer.write("two");
  CHECK_FALSE(std::filesystem::exists(file));

  writer.commit();

  CHECK(histo::read_text(file) == "one two");
}

TEST_CASE("file writer: one that is given up leaves nothing, and an older file as it was") {
  const TempFolder temp;
  { FileWriter(temp.path() / "a.bin").write("half"); }
  CHECK(holds_nothing(temp.path()));

  histo::replace_file(temp.path() / "a.bin", "old");
  { FileWriter(temp.path() / "a.bin").write("half"); }
  CHECK(histo::read_text(temp.path() / "a.bin") == "old");
}

TEST_CASE("file writer: a folder that is not there is an error that names the file") {
  const TempFolder temp;

  const auto error = error_of([&] { FileWriter(temp.path() / "gone" / "a.bin"); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::output);
  CHECK(contains(error->what(), "gone/a.bin: cannot be created: No such file"));
}

TEST_CASE("file writer: a full disk is an error, and leaves nothing") {
  const TempFolder temp;
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{1000, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);

  const auto error = error_of([&] {
    FileWriter writer(temp.path() / "a.bin");
    writer.write(std::string(100000, 'x'));
    writer.commit();
  });

  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::output);
  CHECK(contains(error->what(), "a.bin: cannot be written: File too large"));
  CHECK(holds_nothing(temp.path()));
}
