#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "histo/slide.hpp"

#include "support/catch.hpp"

using histo::slide_files;
using histo::test::error_of;
using histo::test::TempFolder;
using Paths = std::vector<std::filesystem::path>;

namespace {

void write(const std::filesystem::path& file, const std::string& text = "x") {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file) << text;
}

}  // namespace

TEST_CASE("slide files: most slides are one file") {
  const TempFolder folder;
  write(folder.path() / "a.svs");
  write(folder.path() / "a" / "other.dat");
  CHECK(slide_files(folder.path() / "a.svs") == Paths{folder.path() / "a.svs"});
}

TEST_CASE("slide files: a MIRAX slide has a folder beside it") {
  const TempFolder folder;
  write(folder.path() / "a.MRXS");
  CHECK(slide_files(folder.path() / "a.MRXS").size() == 1);
  write(folder.path() / "a" / "Slidedat.ini");
  CHECK(slide_files(folder.path() / "a.MRXS") ==
        Paths{folder.path() / "a.MRXS", folder.path() / "a"});
}

TEST_CASE("slide files: a Hamamatsu index names its files, none outside its folder") {
  const TempFolder folder;
  for (const char* name : {"a-1.jpg", "a-0,1.jpg", "a.opt", "unnamed.jpg"}) {
    write(folder.path() / "set" / name);
  }
  write(folder.path() / "secret.jpg");
  const std::filesystem::path index = folder.path() / "set" / "a.vms";
  write(index,
        "[Virtual Microscope Specimen]\r\nNoLayers=1\r\nImageFile=a-1.jpg\r\n"
        "ImageFile(0,1)=a-0,1.jpg\r\nMapFile=missing.jpg\r\nOptimisationFile=a.opt\r\n"
        "MacroImage=../secret.jpg\r\nMore=..\r\nAgain=a-1.jpg\r\nSelf=a.vms\r\n");
  CHECK(slide_files(index) == Paths{index, folder.path() / "set" / "a-0,1.jpg",
                                    folder.path() / "set" / "a-1.jpg",
                                    folder.path() / "set" / "a.opt"});
}

TEST_CASE("slide files: a DICOM slide is the DICOM files of its folder") {
  const TempFolder folder;
  for (const char* name : {"b.dcm", "a.dcm", "notes.txt"}) write(folder.path() / name);
  CHECK(slide_files(folder.path() / "b.dcm") ==
        Paths{folder.path() / "b.dcm", folder.path() / "a.dcm"});
}

TEST_CASE("slide files: a slide that is not there is an error") {
  const auto error = error_of([] { slide_files("/nowhere/a.svs"); });
  REQUIRE(error);
  CHECK(std::string(error->what()) == "/nowhere/a.svs: there is no such file");
}
