#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <sys/resource.h>

#include "core/clock.hpp"
#include "core/files.hpp"
#include "store/layout.hpp"
#include "store/run_log.hpp"
#include "support/catch.hpp"

using namespace histo;
using histo::test::contains;
using histo::test::error_of;
using histo::test::TempFolder;

namespace {

RunBegin full_begin() {
  RunBegin begin;
  begin.verb = "tile";
  begin.version = "1.2.3";
  begin.git = "abc";
  begin.command_line = "histoprep -i 'a b'";
  begin.options = {{"--width", "512"}, {"--overlap", "0"}};
  begin.process = {"node1", "boot", "pid:[1]", 4711, "99"};
  begin.job = "12_3";
  begin.restarts = 2;
  begin.shard = {3, 16};
  begin.manifest = "0123456789abcdef";
  begin.slides = 4;
  begin.threads = 8;
  return begin;
}

/// The folder's only record.
std::filesystem::path record_of(const std::filesystem::path& output) {
  const auto files = run_log_files(output);
  REQUIRE(files.size() == 1);
  return files.front();
}

void append(const std::filesystem::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary | std::ios::app) << text;
}

RunHistory only_run(const std::filesystem::path& output) {
  const RunHistories histories = read_run_logs(output);
  REQUIRE(histories.runs.size() == 1);
  return histories.runs.front();
}

}  // namespace

TEST_CASE("run log: what was written is read") {
  const TempFolder temp;
  {
    RunLog log(temp.path() / "out", full_begin());
    log.device("cpu");
    log.slide("a", {"slides/a.tiff", Outcome::done, "", 12, 1.5});
    log.slide("b", {"slides/b.tiff", Outcome::failed, "is no slide", 0, 0.25});
    log.warning("b: has no resolution");
    log.end(RunEnding::interrupted, 2.5, 1000);
  }

  const RunHistories histories = read_run_logs(temp.path() / "out");

  CHECK(histories.damage.empty());
  REQUIRE(histories.runs.size() == 1);
  const RunHistory& run = histories.runs.front();
  CHECK(parse_utc(run.begin.time));
  CHECK(run.begin.verb == "tile");
  CHECK(run.begin.version == "1.2.3");
  CHECK(run.begin.git == "abc");
  CHECK(run.begin.command_line == "histoprep -i 'a b'");
  CHECK(run.begin.options == full_begin().options);
  CHECK(run.begin.process.host == "node1");
  CHECK(run.begin.process.boot == "boot");
  CHECK(run.begin.process.pid_namespace == "pid:[1]");
  CHECK(run.begin.process.pid == 4711);
  CHECK(run.begin.process.start == "99");
  CHECK(run.begin.job == "12_3");
  CHECK(run.begin.restarts == 2);
  CHECK(run.begin.shard.index == 3);
  CHECK(run.begin.shard.count == 16);
  CHECK(run.begin.manifest == "0123456789abcdef");
  CHECK(run.begin.slides == 4);
  CHECK(run.begin.threads == 8);
  CHECK(run.device == "cpu");
  REQUIRE(run.slides.size() == 2);
  CHECK(run.slides[0].folder == "a");
  CHECK(run.slides[0].outcome.slide == "slides/a.tiff");
  CHECK(run.slides[0].outcome.outcome == Outcome::done);
  CHECK(run.slides[0].outcome.tiles == 12);
  CHECK(run.slides[0].outcome.seconds == 1.5);
  CHECK(run.slides[1].outcome.outcome == Outcome::failed);
  CHECK(run.slides[1].outcome.reason == "is no slide");
  CHECK(run.warnings == std::vector<std::string>{"b: has no resolution"});
  REQUIRE(run.end);
  CHECK(run.end->ending == RunEnding::interrupted);
  CHECK(run.end->seconds == 2.5);
  CHECK(run.end->peak_memory == 1000);
  CHECK(run.last == run.end->time);
}

TEST_CASE("run log: each line is on the disk as soon as it was said") {
  const TempFolder temp;
  RunLog log(temp.path(), full_begin());
  CHECK_FALSE(only_run(temp.path()).end);

  log.slide("a", {"a.tiff", Outcome::skipped, "done already", 0, 0.0});

  CHECK(only_run(temp.path()).slides.size() == 1);
}

TEST_CASE("run log: every process has a record of its own") {
  const TempFolder temp;
  const RunLog one(temp.path(), full_begin());
  const RunLog other(temp.path(), full_begin());

  CHECK(read_run_logs(temp.path()).runs.size() == 2);
}

TEST_CASE("run log: a last line that was cut off is passed over without a word") {
  const TempFolder temp;
  {
    RunLog log(temp.path(), full_begin());
    log.slide("a", {"a.tiff", Outcome::done, "", 1, 0.0});
    log.slide("b", {"b.tiff", Outcome::done, "", 1, 0.0});
  }
  const std::filesystem::path file = record_of(temp.path());
  std::filesystem::resize_file(file, std::filesystem::file_size(file) - 10);

  const RunHistories histories = read_run_logs(temp.path());

  CHECK(histories.damage.empty());
  REQUIRE(histories.runs.size() == 1);
  CHECK(histories.runs.front().slides.size() == 1);
}

TEST_CASE("run log: a line that cannot be understood is named, and the others count") {
  const TempFolder temp;
  {
    RunLog log(temp.path(), full_begin());
    log.slide("a", {"a.tiff", Outcome::done, "", 1, 0.0});
  }
  const std::filesystem::path file = record_of(temp.path());
  SECTION("no JSON") { append(file, std::string("{\"event\":\"sli") + '\0' + "\xff\n"); }
  SECTION("no object") { append(file, "[1, 2]\n"); }
  SECTION("no event") { append(file, "{\"time\":\"now\"}\n"); }
  SECTION("no outcome") { append(file, "{\"event\":\"slide\",\"outcome\":\"eaten\"}\n"); }
  SECTION("no ending") { append(file, "{\"event\":\"end\",\"ending\":7}\n"); }
  SECTION("deeper than anybody writes") { append(file, std::string(100'000, '[') + "\n"); }
  append(file, "{\"event\":\"slide\",\"folder\":\"b\",\"outcome\":\"done\"}\n");

  const RunHistories histories = read_run_logs(temp.path());

  CHECK(histories.damage ==
        std::vector<std::string>{file.string() + ": line 3 cannot be understood"});
  REQUIRE(histories.runs.size() == 1);
  CHECK(histories.runs.front().slides.size() == 2);
}

TEST_CASE("run log: keys and events that are not known are passed over") {
  const TempFolder temp;
  { const RunLog log(temp.path(), full_begin()); }
  append(record_of(temp.path()),
         "{\"event\":\"moon\",\"phase\":1}\n"
         "{\"event\":\"slide\",\"folder\":\"a\",\"outcome\":\"done\",\"mood\":[1]}\n");

  const RunHistories histories = read_run_logs(temp.path());

  CHECK(histories.damage.empty());
  CHECK(histories.runs.front().slides.size() == 1);
}

TEST_CASE("run log: values of another kind are as good as absent") {
  const TempFolder temp;
  { const RunLog log(temp.path(), full_begin()); }
  append(record_of(temp.path()),
         "{\"event\":\"slide\",\"folder\":7,\"outcome\":\"done\",\"tiles\":-1,\"seconds\":\"x\"}\n"
         "{\"event\":\"slide\",\"folder\":\"b\",\"outcome\":\"done\",\"tiles\":1e300}\n");

  const RunHistory run = only_run(temp.path());

  REQUIRE(run.slides.size() == 2);
  CHECK(run.slides[0].folder.empty());
  CHECK(run.slides[0].outcome.tiles == 0);
  CHECK(run.slides[0].outcome.seconds == 0.0);
  CHECK(run.slides[1].outcome.tiles == 0);
}

TEST_CASE("run log: a record without its first line is named") {
  const TempFolder temp;
  std::filesystem::create_directories(runs_folder(temp.path()));
  const std::filesystem::path file = runs_folder(temp.path()) / "x.jsonl";
  append(file, "{\"event\":\"slide\",\"folder\":\"a\",\"outcome\":\"done\"}\n");

  const RunHistories histories = read_run_logs(temp.path());

  CHECK(histories.runs.empty());
  CHECK(histories.damage ==
        std::vector<std::string>{file.string() + ": does not say what was done"});
}

TEST_CASE("run log: a folder's name keeps its bytes, whatever they are") {
  const TempFolder temp;
  const std::string name = "a\xff\"\n\\b";
  {
    RunLog log(temp.path(), full_begin());
    log.slide(name, {name + ".tiff", Outcome::failed, "bytes \xfe", 0, 0.0});
    log.slide("g\xc3\xbcnstig", {"g", Outcome::done, "", 0, 0.0});
  }

  const RunHistory run = only_run(temp.path());

  REQUIRE(run.slides.size() == 2);
  CHECK(run.slides[0].folder == name);
  CHECK(run.slides[0].outcome.slide == "a\xef\xbf\xbd\"\n\\b.tiff");
  CHECK(run.slides[0].outcome.reason == "bytes \xef\xbf\xbd");
  CHECK(run.slides[1].folder == "g\xc3\xbcnstig");
}

TEST_CASE("run log: without a folder there are no records, and other files in it are none") {
  const TempFolder temp;
  CHECK(read_run_logs(temp.path()).runs.empty());

  std::filesystem::create_directories(runs_folder(temp.path()));
  append(runs_folder(temp.path()) / "notes.txt", "mine\n");

  CHECK(read_run_logs(temp.path()).runs.empty());
  CHECK(read_run_logs(temp.path()).damage.empty());
}

TEST_CASE("run log: a folder that is a file cannot be read, and not be written to") {
  const TempFolder temp;
  append(runs_folder(temp.path()), "no folder");

  const auto reading = error_of([&] { read_run_logs(temp.path()); });
  const auto writing = error_of([&] { const RunLog log(temp.path(), full_begin()); });

  REQUIRE(reading);
  CHECK(reading->kind() == ErrorKind::input);
  CHECK(contains(reading->what(), "runs: the folder cannot be read: "));
  REQUIRE(writing);
  CHECK(writing->kind() == ErrorKind::output);
  CHECK(contains(writing->what(), "runs: the folder cannot be made: "));
}

TEST_CASE("run log: a full disk is an error, and a later line is a line of its own") {
  const TempFolder temp;
  RunLog log(temp.path(), full_begin());
  const std::filesystem::path file = record_of(temp.path());
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit limit = before;
  limit.rlim_cur = std::filesystem::file_size(file) + 10;
  REQUIRE(setrlimit(RLIMIT_FSIZE, &limit) == 0);
  const auto error = error_of([&] { log.slide("a", {"a.tiff", Outcome::done, "", 1, 0.0}); });
  const auto again = error_of([&] { log.slide("a", {"a.tiff", Outcome::done, "", 1, 0.0}); });
  REQUIRE(setrlimit(RLIMIT_FSIZE, &before) == 0);
  std::signal(SIGXFSZ, handler);

  log.slide("b", {"b.tiff", Outcome::done, "", 1, 0.0});

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::output);
  CHECK(contains(error->what(), file.string() + ": cannot be written: "));
  CHECK(again);
  const RunHistories histories = read_run_logs(temp.path());
  CHECK(histories.damage.size() == 1);
  REQUIRE(histories.runs.front().slides.size() == 1);
  CHECK(histories.runs.front().slides.front().folder == "b");
}

TEST_CASE("run log: a record's name sorts by its time and has no colon") {
  const std::filesystem::path file =
      run_log_file("out", "2026-11-21T16:57:00.123Z", "node/1", 4711, 5);

  CHECK(file == std::filesystem::path("out/runs/20261121T165700Z-node_1-4711-5.jsonl"));
}
