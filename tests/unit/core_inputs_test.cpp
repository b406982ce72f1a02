#include "core/files.hpp"
#include "core/inputs.hpp"
#include "support/catch.hpp"

using namespace histo;
using histo::test::contains;
using histo::test::error_of;
using histo::test::TempFolder;

namespace {

struct Slides : TempFolder {
  Slides() {
    for (const char* name : {"b.tiff", "a.tiff", "c[1].svs", "notes.txt", ".hidden.tiff"}) {
      write_file(path() / name, {1});
    }
    std::filesystem::create_directory(path() / "folder.tiff");
  }
  std::string in(const std::string& name) const { return (path() / name).string(); }
};

std::vector<std::string> names(const std::vector<std::filesystem::path>& files) {
  std::vector<std::string> result;
  for (const auto& file : files) result.push_back(file.filename().string());
  return result;
}

const std::vector<std::string> slides_only = {"tiff", "svs"};

}  // namespace

TEST_CASE("inputs: a pattern gives its files, sorted, and no folder") {
  const Slides slides;

  const auto files = expand_inputs({slides.in("*.tiff")}, slides_only);

  CHECK(names(files) == std::vector<std::string>{"a.tiff", "b.tiff"});
}

TEST_CASE("inputs: a folder gives the slides that it holds") {
  const Slides slides;

  const auto files = expand_inputs({slides.path().string()}, slides_only);

  CHECK(names(files) == std::vector<std::string>{"a.tiff", "b.tiff", "c[1].svs"});
}

TEST_CASE("inputs: a file that is named twice is there once") {
  const Slides slides;

  const auto files = expand_inputs({slides.in("a.tiff"), slides.in("?.tiff")}, slides_only);

  CHECK(names(files) == std::vector<std::string>{"a.tiff", "b.tiff"});
}

TEST_CASE("inputs: a file that is spelled in two ways is there once") {
  const Slides slides;

  const auto files = expand_inputs({slides.in("a.tiff"), slides.in("./a.tiff")}, slides_only);

  CHECK(names(files) == std::vector<std::string>{"a.tiff"});
}

TEST_CASE("inputs: a file with brackets in its name is itself") {
  const Slides slides;

  CHECK(names(expand_inputs({slides.in("c[1].svs")}, slides_only)) ==
        std::vector<std::string>{"c[1].svs"});
}

TEST_CASE("inputs: a named file may have any extension") {
  const Slides slides;

  CHECK(names(expand_inputs({slides.in("notes.txt")}, slides_only)) ==
        std::vector<std::string>{"notes.txt"});
}

TEST_CASE("inputs: what matches nothing is an error that names it") {
  const Slides slides;
  const TempFolder empty;

  CHECK(contains(error_of([&] { expand_inputs({slides.in("*.ndpi")}, slides_only); })->what(),
                 "no file matches the pattern '"));
  CHECK(contains(error_of([&] { expand_inputs({slides.in("x.svs")}, slides_only); })->what(),
                 "x.svs: there is no such file or folder"));
  CHECK(contains(error_of([&] { expand_inputs({empty.path().string()}, slides_only); })->what(),
                 "the folder holds no file with one of .tiff .svs"));
}

TEST_CASE("inputs: a list's comments and empty lines are left out") {
  const TempFolder folder;
  replace_file(folder.path() / "list", "# slides\na.svs\r\n\nb c.svs\n");

  CHECK(read_list(folder.path() / "list") == std::vector<std::string>{"a.svs", "b c.svs"});
}
