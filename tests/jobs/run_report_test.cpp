#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.hpp"
#include "core/files.hpp"
#include "core/process.hpp"
#include "jobs/jobs_fixture.hpp"
#include "jobs/run_records.hpp"
#include "store/layout.hpp"
#include "store/run_log.hpp"

using namespace histo;
using histo::test::contains;
using histo::test::error_of;
using histo::test::Listener;
using histo::test::never_stop;
using histo::test::TempFolder;
using histo::test::Workplace;

namespace {

RunBegin begin_of(const std::string& verb, Shard shard = {}) {
  RunBegin begin;
  begin.verb = verb;
  begin.version = "1.0";
  begin.process = this_process();
  begin.shard = shard;
  begin.manifest = "0123456789abcdef";
  begin.threads = 2;
  return begin;
}

SlideOutcome outcome(const std::string& slide, Outcome what, const std::string& reason = "") {
  return {slide + ".tiff", what, reason, what == Outcome::done ? std::size_t{10} : 0, 2.0};
}

/// A process that tells of these slides and ends.
void record(const std::filesystem::path& output, const RunBegin& begin,
            const std::vector<std::pair<std::string, SlideOutcome>>& slides) {
  RunLog log(output, begin);
  for (const auto& [folder, what] : slides) log.slide(folder, what);
  log.end(RunEnding::done, 1.0, 1 << 20);
}

/// Lines of one process with times of the test's own choice.
void write_record(const std::filesystem::path& output, const std::string& name,
                  const std::vector<std::string>& lines) {
  std::filesystem::create_directories(runs_folder(output));
  std::ofstream file(runs_folder(output) / (name + ".jsonl"));
  for (const std::string& line : lines) file << line << '\n';
}

std::string begin_at(const std::string& time) {
  return R"({"event":"begin","verb":"tile","time":"2001-11-21T)" + time + R"(Z"})";
}
std::string slide_at(const std::string& time, const std::string& what) {
  return R"({"event":"slide","folder":"a","slide":"a.tiff","time":"2001-11-21T)" + time + R"(Z",)" +
         what + "}";
}
std::string end_at(const std::string& time) {
  return R"({"event":"end","ending":"done","time":"2001-11-21T)" + time + R"(Z"})";
}

const ReportedStep& only_step(const JobReport& report) {
  REQUIRE(report.steps.size() == 1);
  return report.steps.front();
}

bool has_doubt(const ReportedStep& step, const std::string& part) {
  return std::any_of(step.doubts.begin(), step.doubts.end(),
                     [&part](const std::string& doubt) { return contains(doubt, part); });
}

}  // namespace

TEST_CASE("run records: a run tells of each slide in its process's record") {
  const Workplace place(2);
  TileJobOptions options = place.tile_options();
  options.info.job = "4711_3";
  options.info.restarts = 1;
  options.info.options = {{"--width", "128"}};
  write_file(place.path() / "broken.tiff", {1, 2, 3});
  options.slides.push_back(place.path() / "broken.tiff");
  Listener listener;

  const RunReport report = run_tile_job(options, listener, never_stop());

  const RunHistories histories = read_run_logs(place.output());
  REQUIRE(histories.runs.size() == 1);
  const RunHistory& run = histories.runs.front();
  CHECK(run.begin.verb == "tile");
  CHECK(run.begin.job == "4711_3");
  CHECK(run.begin.restarts == 1);
  CHECK(run.begin.options == options.info.options);
  CHECK(run.begin.manifest == report.manifest);
  CHECK(run.begin.slides == 3);
  CHECK(life_of(run.begin.process) == Life::alive);
  REQUIRE(run.slides.size() == 3);
  REQUIRE(run.end);
  CHECK(run.end->ending == RunEnding::done);
  CHECK(run.end->peak_memory > 0);
  CHECK(last_failed(place.output(), "tile") == std::set<std::string>{"broken"});
}

TEST_CASE("run records: an extraction tells of its device, a clustering of its slides") {
  const Workplace place(2);
  place.cut();
  Listener listener;
  place.extract(place.extract_options(), listener);
  run_cluster_job(place.cluster_options({2}), listener, never_stop());

  const JobReport report = report_job(place.output());

  REQUIRE(report.steps.size() == 3);
  CHECK(report.steps[0].verb == "tile");
  CHECK(report.steps[1].verb == "extract");
  CHECK_FALSE(report.steps[1].processes.front().device.empty());
  CHECK(report.steps[1].tiles == report.steps[0].tiles);
  CHECK(report.steps[2].verb == "cluster");
  CHECK(report.steps[2].count(Outcome::done) == 2);
  CHECK(report.is_complete());
}

TEST_CASE("run records: a run that is stopped says so") {
  const Workplace place(2);
  const std::atomic<bool> stop{true};
  Listener listener;

  run_tile_job(place.tile_options(), listener, stop);

  const RunHistories histories = read_run_logs(place.output());
  REQUIRE(histories.runs.front().end);
  CHECK(histories.runs.front().end->ending == RunEnding::interrupted);
  CHECK_FALSE(report_job(place.output()).is_complete());
}

TEST_CASE("run records: a run that an error ends says so") {
  const Workplace place(1);
  place.cut();
  Listener listener;
  const auto error = error_of([&] {
    run_extract_job(
        place.extract_options(), histo::test::mean_card(),
        []() -> LoadedEncoder { throw Error(ErrorKind::model, "no such device"); }, listener,
        never_stop());
  });

  REQUIRE(error);
  const JobReport report = report_job(place.output());
  REQUIRE(report.steps.size() == 2);
  REQUIRE(report.steps[1].processes.size() == 1);
  CHECK(report.steps[1].processes.front().ending == Ending::error);
  CHECK(report.steps[1].unfinished == std::vector<std::size_t>{0});
}

TEST_CASE("run records: what cannot be recorded is done all the same, with a warning") {
  const Workplace place(1);
  make_folders(place.output());
  write_file(runs_folder(place.output()), {1});
  Listener listener;

  const RunReport report = run_tile_job(place.tile_options(), listener, never_stop());

  CHECK(report.count(Outcome::done) == 1);
  CHECK(listener.warned_of("what this run does is not recorded: "));
  CHECK(report.warnings.size() == 1);
}

TEST_CASE("run records: the last word on a slide counts, whichever process has it") {
  const TempFolder temp;
  write_record(temp.path(), "2",
               {begin_at("10:00:00.000"), slide_at("10:05:00.000", R"("outcome":"done")"),
                end_at("10:06:00.000")});
  write_record(
      temp.path(), "1",
      {begin_at("10:01:00.000"), slide_at("10:02:00.000", R"("outcome":"failed","reason":"x")"),
       end_at("10:06:00.000")});
  CHECK(last_failed(temp.path(), "tile").empty());

  write_record(
      temp.path(), "3",
      {begin_at("11:00:00.000"), slide_at("11:02:00.000", R"("outcome":"failed","reason":"y")"),
       end_at("11:06:00.000")});

  CHECK(last_failed(temp.path(), "tile") == std::set<std::string>{"a"});
  CHECK(last_failed(temp.path(), "extract").empty());
  const ReportedSlide slide = only_step(report_job(temp.path())).slides.front();
  CHECK(slide.outcome == Outcome::failed);
  CHECK(slide.reason == "y");
  CHECK(slide.failures == 2);
}

TEST_CASE("run records: a slide that a stopped run did not come to is as it was") {
  const TempFolder temp;
  const std::string not_begun = R"("outcome":"interrupted","seconds":0.0)";
  write_record(temp.path(), "1",
               {begin_at("10:00:00.000"), slide_at("10:02:00.000", R"("outcome":"failed")"),
                slide_at("10:03:00.000", not_begun)});
  CHECK(last_failed(temp.path(), "tile") == std::set<std::string>{"a"});

  write_record(temp.path(), "2",
               {begin_at("10:00:00.000"),
                slide_at("10:04:00.000", R"("outcome":"interrupted","seconds":1.5)")});

  CHECK(last_failed(temp.path(), "tile").empty());
  CHECK(only_step(report_job(temp.path())).count(Outcome::interrupted) == 1);
}

TEST_CASE("run records: a slide that is skipped stays that of the process that did it") {
  const TempFolder temp;
  record(temp.path(), begin_of("tile"), {{"a", outcome("a", Outcome::done)}});
  record(temp.path(), begin_of("tile"),
         {{"a", outcome("a", Outcome::skipped, "done already")},
          {"b", outcome("b", Outcome::skipped, "done already")}});

  const JobReport report = report_job(temp.path());

  const ReportedStep& step = only_step(report);
  REQUIRE(step.slides.size() == 2);
  CHECK(step.slides[0].outcome == Outcome::done);
  CHECK(step.slides[0].tiles == 10);
  CHECK(step.slides[1].outcome == Outcome::skipped);
  CHECK(step.tiles == 10);
  CHECK(report.is_complete());
}

TEST_CASE("job report: shards that are missing are named, of the newest job alone") {
  const TempFolder temp;
  write_record(temp.path(), "old",
               {R"({"event":"begin","verb":"tile","manifest":"older","shards":2,"time":)"
                R"("2001-11-21T10:00:00.000Z"})"});
  for (const std::size_t shard : std::vector<std::size_t>{0, 2, 4}) {
    record(temp.path(), begin_of("tile", {shard, 5}), {{"a", outcome("a", Outcome::done)}});
  }

  const JobReport report = report_job(temp.path());

  const ReportedStep& step = only_step(report);
  CHECK(step.shards == 5);
  CHECK(step.missing == std::vector<std::size_t>{1, 3});
  CHECK(step.unfinished.empty());
  CHECK_FALSE(report.is_complete());
  CHECK(contains(markdown_of(report), "shards 1 and 3 of 5 have no record"));
  CHECK(has_doubt(step,
                  "the set of slides (manifest) differs between the processes: older (1), "
                  "0123456789abcdef (3)"));
}

TEST_CASE("job report: a shard whose process was killed is unfinished until another ends it") {
  const TempFolder temp;
  const pid_t child = fork();
  if (child == 0) {
    RunLog log(temp.path(), begin_of("tile", {0, 1}));
    log.slide("a", outcome("a", Outcome::done));
    _exit(0);
  }
  REQUIRE(waitpid(child, nullptr, 0) == child);
  const JobReport killed = report_job(temp.path());
  CHECK(only_step(killed).processes.front().ending == Ending::killed);
  CHECK(only_step(killed).unfinished == std::vector<std::size_t>{0});
  CHECK_FALSE(killed.is_complete());
  CHECK(contains(markdown_of(killed), "| killed |"));

  record(temp.path(), begin_of("tile"), {{"a", outcome("a", Outcome::skipped)}});

  CHECK(report_job(temp.path()).is_complete());
}

TEST_CASE("job report: a process without an end runs still, or is where nobody can look") {
  const TempFolder temp;
  const RunLog here(temp.path(), begin_of("tile", {0, 2}));
  RunBegin elsewhere = begin_of("tile", {1, 2});
  elsewhere.process.host = "far";
  const RunLog there(temp.path(), elsewhere);

  const JobReport report = report_job(temp.path());

  const ReportedStep& step = only_step(report);
  REQUIRE(step.processes.size() == 2);
  const bool first_is_far = step.processes[0].host == "far";
  CHECK(step.processes[first_is_far ? 1 : 0].ending == Ending::running);
  CHECK(step.processes[first_is_far ? 0 : 1].ending == Ending::silent);
  const std::string text = markdown_of(report);
  CHECK(contains(text, "still running"));
  CHECK(contains(text, "| far | "));
  CHECK(contains(text, "killed or still running, on another machine"));
  CHECK(contains(text, " s ago |"));
}

TEST_CASE("job report: options and versions that differ are doubts, how a process works is none") {
  const TempFolder temp;
  RunBegin begin = begin_of("extract", {0, 2});
  begin.options = {{"--model", "a"}, {"--num-workers", "1"}, {"--shard", "0/2"}};
  record(temp.path(), begin, {{"a", outcome("a", Outcome::done)}});
  begin = begin_of("extract", {1, 2});
  begin.options = {{"--model", "b"}, {"--num-workers", "2"}, {"--shard", "1/2"}};
  begin.version = "1.1";
  record(temp.path(), begin, {{"b", outcome("b", Outcome::done)}});

  const JobReport report = report_job(temp.path());

  const ReportedStep& step = only_step(report);
  CHECK(step.doubts.size() == 2);
  CHECK(has_doubt(step, "--model differs between the processes: "));
  CHECK(has_doubt(step, "the version differs between the processes: "));
  CHECK(report.is_complete());
  CHECK(contains(markdown_of(report), "--model differs"));
}

TEST_CASE("job report: time is what at least one process was at work in") {
  const TempFolder temp;
  const std::string ten_tiles = R"("outcome":"done","tiles":10)";
  write_record(
      temp.path(), "1",
      {begin_at("10:00:00.000"), slide_at("10:00:05.000", ten_tiles), end_at("10:00:10.000")});
  write_record(temp.path(), "2", {begin_at("10:00:05.000"), end_at("10:00:20.000")});
  write_record(temp.path(), "3", {begin_at("12:00:00.000"), end_at("12:00:05.000")});

  const ReportedStep step = only_step(report_job(temp.path()));

  CHECK(step.wall_seconds == histo::test::Approx(25.0));
  CHECK(step.process_seconds == histo::test::Approx(30.0));
  CHECK(step.tiles == 10);
}

TEST_CASE("job report: warnings are counted, and the slowest slides named") {
  const TempFolder temp;
  for (int i = 0; i < 2; ++i) {
    RunLog log(temp.path(), begin_of("tile"));
    log.warning("the disk is slow");
    if (i == 0) log.warning("odd colours");
    log.slide("a", outcome("a", Outcome::done));
    log.end(RunEnding::done, 1.0, 3 << 20);
  }

  const JobReport report = report_job(temp.path());

  const ReportedStep& step = only_step(report);
  REQUIRE(step.warnings.size() == 2);
  CHECK(step.warnings[0] == std::pair<std::string, std::size_t>("the disk is slow", 2));
  const std::string text = markdown_of(report);
  CHECK(contains(text, "| 2 | the disk is slow |"));
  CHECK(contains(text, "| a.tiff | 2 | 10 | "));
  CHECK(contains(text, "Peak memory of a process: 3 MiB"));
}

TEST_CASE("job report: a hostile name stays in its cell") {
  const TempFolder temp;
  record(temp.path(), begin_of("tile"),
         {{"a|b\n", outcome("a|b\n", Outcome::failed, "no, \"really\"\n| not")}});

  const JobReport report = report_job(temp.path());

  CHECK(contains(markdown_of(report), "| a\\|b .tiff | failed | no, \"really\" \\| not | 1 |"));
  CHECK(contains(csv_of(report),
                 "tile,\"a|b\n\",\"a|b\n.tiff\",failed,"
                 "\"no, \"\"really\"\"\n| not\",1,0,2,"));
}

TEST_CASE("job report: records that are damaged are named and keep nobody from the others") {
  const TempFolder temp;
  record(temp.path(), begin_of("tile"), {{"a", outcome("a", Outcome::done)}});
  write_record(temp.path(), "broken", {"{", "}"});

  const JobReport report = report_job(temp.path());

  CHECK(report.damage.size() == 3);
  CHECK(only_step(report).count(Outcome::done) == 1);
  CHECK(contains(markdown_of(report), "broken.jsonl: does not say what was done"));
}

TEST_CASE("job report: a folder without records is an error") {
  const TempFolder temp;

  const auto error = error_of([&] { report_job(temp.path()); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::input);
  CHECK(contains(error->what(), "runs: no records; every run on this folder leaves one there"));
}
