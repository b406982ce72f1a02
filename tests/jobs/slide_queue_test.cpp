// How the slides of a run are shared with other processes: here another set of claims.

#include "jobs/slide_queue.hpp"

#include <atomic>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/files.hpp"
#include "jobs/jobs_fixture.hpp"
#include "store/layout.hpp"

using namespace histo;
using histo::test::contains;
using histo::test::error_of;
using histo::test::Listener;
using histo::test::TempFolder;

namespace {

/// Three slides, "a", "b" and "c".
struct Desk {
  Desk() {
    for (const std::string name : {"a", "b", "c"}) {
      plan.push_back({name + ".tiff", temp.path() / name, Action::work, "new"});
    }
    again = [](const PlannedSlide& slide) { return slide; };
  }

  SlideQueue queue() {
    return SlideQueue(plan, {sharing, info, report, recorder, listener, stop,
                             [this](const PlannedSlide& slide) { return again(slide); }});
  }

  ClaimAnswer take(const std::string& name) { return others.take(temp.path() / name); }

  TempFolder temp;
  Listener listener;
  Sharing sharing;
  RunInfo info;
  RunReport report;
  Recorder recorder{report, listener};
  std::atomic<bool> stop{false};
  std::vector<PlannedSlide> plan;
  std::function<PlannedSlide(const PlannedSlide&)> again;
  Claims others{{"", 0, 300.0}};
};

std::string name_of(const std::optional<ClaimedSlide>& slide) {
  return slide ? slide->planned.input.string() : "none";
}

}  // namespace

TEST_CASE("slide queue: slides come in the plan's order, claimed, and those without work do not") {
  Desk desk;
  desk.plan[1].action = Action::skip;
  SlideQueue queue = desk.queue();

  const std::optional<ClaimedSlide> first = queue.next();
  const std::optional<ClaimedSlide> second = queue.next();

  CHECK(name_of(first) == "a.tiff");
  CHECK(name_of(second) == "c.tiff");
  CHECK_FALSE(desk.take("a").claim);
  CHECK(desk.take("b").claim);
  CHECK_FALSE(queue.next());
  CHECK_FALSE(queue.has_to_wait());
  CHECK_FALSE(queue.wait());
}

TEST_CASE("slide queue: a slide that another process holds comes last, once it is free") {
  Desk desk;
  ClaimAnswer other = desk.take("a");
  SlideQueue queue = desk.queue();
  CHECK(name_of(queue.next()) == "b.tiff");
  CHECK(name_of(queue.next()) == "c.tiff");
  CHECK_FALSE(queue.next());
  CHECK(queue.has_to_wait());
  REQUIRE(desk.listener.notes.size() == 1);
  CHECK(contains(desk.listener.notes[0], "a.tiff: is being worked on by process "));

  other.claim->release();

  CHECK(name_of(queue.wait()) == "a.tiff");
  CHECK_FALSE(queue.has_to_wait());
}

TEST_CASE("slide queue: a slide that another process finished meanwhile is skipped") {
  Desk desk;
  ClaimAnswer other = desk.take("a");
  SlideQueue queue = desk.queue();
  while (queue.next()) {
  }
  desk.again = [](PlannedSlide slide) {
    slide.action = Action::skip;
    return slide;
  };
  other.claim->release();

  CHECK_FALSE(queue.wait());

  REQUIRE(desk.report.slides.size() == 1);
  CHECK(desk.report.slides[0].outcome == Outcome::skipped);
  CHECK(desk.report.slides[0].reason == "done meanwhile by another process");
  CHECK_FALSE(std::filesystem::exists(desk.temp.path() / "a"));
}

TEST_CASE("slide queue: what the second look refuses, or cannot do, fails") {
  Desk desk;
  desk.again = [](PlannedSlide slide) {
    if (slide.input == "b.tiff") throw Error(ErrorKind::input, "b.tiff: is gone");
    slide.action = slide.input == "a.tiff" ? Action::refuse : Action::work;
    slide.reason = "in the way";
    return slide;
  };
  SlideQueue queue = desk.queue();

  CHECK(name_of(queue.next()) == "c.tiff");

  CHECK(desk.listener.failures ==
        std::vector<std::string>{"a.tiff: in the way", "b.tiff: is gone"});
}

TEST_CASE("slide queue: an error that is not the slide's own ends the run") {
  Desk desk;
  desk.again = [](const PlannedSlide&) -> PlannedSlide {
    throw Error(ErrorKind::output, "the disk is full");
  };
  SlideQueue queue = desk.queue();
  const auto error = error_of([&] { queue.next(); });
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::output);
}

TEST_CASE("slide queue: a claim that was left behind is taken over, told of and cleared up") {
  Desk desk;
  const std::filesystem::path folder = desk.temp.path() / "a";
  std::filesystem::create_directories(folder / ".attempt.elsewhere-1-2.part" / "tiles");
  replace_file(claim_file(folder),
               "histo claim 1\nhost=elsewhere\nboot=b\npid_namespace=n\npid=1\nstart=1\njob=9_1\n"
               "restarts=0\nbegun=t\ntoken=0123456789abcdef\n");
  desk.info.job = "9_1";
  desk.info.restarts = 1;
  SlideQueue queue = desk.queue();

  const std::optional<ClaimedSlide> slide = queue.next();

  CHECK(name_of(slide) == "a.tiff");
  REQUIRE(desk.listener.warnings.size() == 1);
  CHECK(contains(desk.listener.warnings[0], "a.tiff: taken over from process 1 on elsewhere"));
  CHECK_FALSE(std::filesystem::exists(folder / ".attempt.elsewhere-1-2.part"));
}

TEST_CASE("slide queue: a slide that another process took over is waited for like others") {
  Desk desk;
  SlideQueue queue = desk.queue();
  std::optional<ClaimedSlide> slide = queue.next();
  replace_file(claim_file(desk.temp.path() / "a"), "another's");
  REQUIRE_FALSE(slide->claim.check());

  queue.lose(*slide);
  slide.reset();

  CHECK(desk.listener.warned_of("a.tiff: was taken over by a process that cannot be named"));
  while (queue.next()) {
  }
  CHECK(queue.has_to_wait());
  std::filesystem::remove(claim_file(desk.temp.path() / "a"));
  CHECK(name_of(queue.wait()) == "a.tiff");
}

TEST_CASE(
    "slide queue: told to stop it hands out nothing, waits for nothing and says what is left") {
  Desk desk;
  const ClaimAnswer other = desk.take("a");
  SlideQueue queue = desk.queue();
  CHECK(name_of(queue.next()) == "b.tiff");
  desk.recorder.done("b.tiff", 1, 1.0);

  desk.stop = true;

  CHECK_FALSE(queue.next());
  CHECK_FALSE(queue.has_to_wait());
  CHECK_FALSE(queue.wait());
  queue.finish();
  REQUIRE(desk.report.slides.size() == 3);
  CHECK(desk.report.slides[0].outcome == Outcome::interrupted);
  CHECK(desk.report.slides[1].outcome == Outcome::done);
  CHECK(desk.report.slides[2].outcome == Outcome::interrupted);
  CHECK(desk.report.interrupted);
}

TEST_CASE("slide queue: after enough failed slides the run ends with a sentence, not interrupted") {
  Desk desk;
  desk.sharing.max_failures = 1;
  SlideQueue queue = desk.queue();
  queue.next();
  desk.recorder.failed("a.tiff", "cannot be read", 0.0);

  CHECK_FALSE(queue.next());
  queue.finish();

  CHECK(desk.listener.warned_of("the run ends after 1 failed slide, as --max-failures says"));
  CHECK(desk.listener.warned_of("2 slides not begun"));
  CHECK_FALSE(desk.report.interrupted);
  CHECK(desk.report.count(Outcome::failed) == 1);
}

TEST_CASE("slide queue: the report is in the plan's order, behind what the plan reported") {
  Desk desk;
  desk.recorder.skipped("z.tiff", "done already");
  SlideQueue queue = desk.queue();
  desk.recorder.done("c.tiff", 1, 1.0);
  desk.recorder.failed("a.tiff", "x", 1.0);
  desk.recorder.done("b.tiff", 1, 1.0);
  while (queue.next()) {
  }

  queue.finish();

  std::vector<std::string> inputs;
  for (const SlideReport& slide : desk.report.slides) inputs.push_back(slide.input.string());
  CHECK(inputs == std::vector<std::string>{"z.tiff", "a.tiff", "b.tiff", "c.tiff"});
}

TEST_CASE("slide queue: only named slides are kept") {
  Desk desk;
  keep_named(desk.plan, {"b", "other"});
  REQUIRE(desk.plan.size() == 1);
  CHECK(desk.plan[0].input == "b.tiff");
}
