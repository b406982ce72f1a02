#include "jobs/result_folder.hpp"

#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>

#include "core/files.hpp"
#include "support/catch.hpp"

using namespace histo;
using histo::test::contains;
using histo::test::error_of;
using histo::test::TempFolder;
namespace fs = std::filesystem;

namespace {

void fill(const fs::path& folder, Overwrite overwrite, const std::string& name) {
  ResultFolder results(folder, overwrite);
  results.write(name, std::string("a\n"));
  Json numbers;
  numbers["accuracy"] = std::numeric_limits<double>::quiet_NaN();
  numbers["slide"] = "\xFF";
  results.commit("knn", {"histoencoder knn", {{"--seed", "0"}}, "", 0}, numbers);
}

}  // namespace

TEST_CASE("result folder: the summary says what was called, and what came of it") {
  const TempFolder folder;

  fill(folder.path() / "out", Overwrite::never, "a.csv");

  const Json summary = Json::parse(read_text(folder.path() / "out/summary.json"));
  CHECK(summary["verb"] == "knn");
  CHECK(summary["command_line"] == "histoencoder knn");
  CHECK(summary["options"]["--seed"] == "0");
  CHECK(summary["accuracy"].is_null());
  CHECK(summary["files"] == Json::array({"a.csv"}));
}

TEST_CASE("result folder: results are replaced only when asked, and then wholly") {
  const TempFolder folder;
  fill(folder.path() / "out", Overwrite::never, "a.csv");
  std::ofstream(folder.path() / "out/mine.txt") << "kept";

  const auto error = error_of([&] { fill(folder.path() / "out", Overwrite::never, "b.csv"); });
  REQUIRE(error);
  CHECK(contains(error->what(), "summary.json: there are results already; --overwrite replaces"));

  fill(folder.path() / "out", Overwrite::always, "b.csv");
  CHECK_FALSE(fs::exists(folder.path() / "out/a.csv"));
  CHECK(fs::exists(folder.path() / "out/b.csv"));
  CHECK(fs::exists(folder.path() / "out/mine.txt"));
}

TEST_CASE("result folder: a summary that names files elsewhere removes none of them") {
  const TempFolder folder;
  fs::create_directories(folder.path() / "out/kept");
  std::ofstream(folder.path() / "mine.txt") << "kept";
  std::ofstream(folder.path() / "out/summary.json")
      << R"({"files": ["../mine.txt", "..", ".", 3, "kept/a"]})";

  fill(folder.path() / "out", Overwrite::always, "a.csv");

  CHECK(fs::exists(folder.path() / "mine.txt"));
  CHECK(fs::exists(folder.path() / "out/kept"));
}

TEST_CASE("result folder: a run that does not come to its end leaves what was there") {
  const TempFolder folder;
  fill(folder.path() / "out", Overwrite::never, "a.csv");

  ResultFolder(folder.path() / "out", Overwrite::always).write("a.csv", std::string("b\n"));

  CHECK(read_text(folder.path() / "out/a.csv") == "a\n");
  CHECK(std::distance(fs::directory_iterator(folder.path() / "out"), {}) == 2);
}

TEST_CASE("result folder: a file that no run has made is never replaced") {
  const TempFolder folder;
  fs::create_directory(folder.path() / "out");
  std::ofstream(folder.path() / "out/a.csv") << "mine";

  for (const Overwrite overwrite : {Overwrite::never, Overwrite::always}) {
    const auto error = error_of([&] { fill(folder.path() / "out", overwrite, "a.csv"); });
    REQUIRE(error);
    CHECK(contains(error->what(), "a.csv: is there already, and no run that came to its end"));
  }
  CHECK(read_text(folder.path() / "out/a.csv") == "mine");
}

TEST_CASE("result folder: neither a slide's folder nor another verb's results are replaced") {
  const TempFolder folder;
  fs::create_directory(folder.path() / "slide");
  std::ofstream(folder.path() / "slide/metadata.csv") << "x,y,w,h,path\n";
  fill(folder.path() / "out", Overwrite::never, "a.csv");

  CHECK(
      contains(error_of([&] { fill(folder.path() / "slide", Overwrite::never, "a.csv"); })->what(),
               "is a slide's folder"));
  ResultFolder other(folder.path() / "out", Overwrite::always);
  CHECK(contains(error_of([&] { other.commit("probe", {}, Json::object()); })->what(),
                 "holds results of 'knn', which 'probe' does not replace"));
}

TEST_CASE("result folder: what a run reads is not taken away with the results") {
  const TempFolder folder;
  fill(folder.path() / "out", Overwrite::never, "model.h5");
  const ResultFolder results(folder.path() / "out", Overwrite::always);

  results.spare(folder.path() / "model.h5");
  CHECK(contains(error_of([&] { results.spare(folder.path() / "out/model.h5"); })->what(),
                 "--output must be another folder than that of"));
}

TEST_CASE("result folder: a file that is in the way is named") {
  const TempFolder folder;
  std::ofstream(folder.path() / "out") << "a file";

  CHECK(error_of([&] { ResultFolder(folder.path() / "out", Overwrite::never); })->kind() ==
        ErrorKind::output);
}
