#include "jobs/result_folder.hpp"

#include <cmath>
#include <filesystem>
#include <fstream>
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

TEST_CASE("result folder: one that was begun and not ended is done again") {
  const TempFolder folder;
  ResultFolder(folder.path() / "out", Overwrite::never).write("a.csv", std::string("a\n"));

  fill(folder.path() / "out", Overwrite::never, "a.csv");

  CHECK(fs::exists(folder.path() / "out/summary.json"));
}

TEST_CASE("result folder: a file that is in the way is named") {
  const TempFolder folder;
  std::ofstream(folder.path() / "out") << "a file";

  CHECK(error_of([&] { ResultFolder(folder.path() / "out", Overwrite::never); })->kind() ==
        ErrorKind::output);
}
