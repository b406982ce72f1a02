// Which of several processes has a folder. Other processes are children of this one, and other
// machines are files written by hand.

#include <array>
#include <csignal>
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/files.hpp"
#include "store/claim.hpp"
#include "store/claim_file.hpp"
#include "store/layout.hpp"
#include "support/catch.hpp"

using namespace histo;
using histo::test::contains;
using histo::test::error_of;
using histo::test::TempFolder;
namespace fs = std::filesystem;

namespace {

ClaimHolder stranger() {
  ClaimHolder holder;
  holder.process = {"elsewhere", "another-boot", "pid:[1]", 4711, "17"};
  holder.job = "12_3";
  holder.restarts = 1;
  holder.begun = "2026-01-01T00:00:00.000Z";
  holder.token = "0123456789abcdef";
  return holder;
}

void make_older(const fs::path& file, std::int64_t seconds) {
  struct stat info {};
  REQUIRE(stat(file.c_str(), &info) == 0);
  std::array<struct timespec, 2> times{};
  times[0].tv_nsec = UTIME_OMIT;
  times[1] = info.st_mtim;
  times[1].tv_sec -= seconds;
  REQUIRE(utimensat(AT_FDCWD, file.c_str(), times.data(), 0) == 0);
}

/// As another machine would have left it so many seconds ago.
void leave_claim(const fs::path& folder, const ClaimHolder& holder, std::int64_t seconds) {
  fs::create_directories(folder);
  replace_file(claim_file(folder), claim_text(holder));
  make_older(claim_file(folder), seconds);
}

std::size_t entries_in(const fs::path& folder) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

/// Children that all try to take one claim, and end without giving it up.
class Crowd {
 public:
  explicit Crowd(const fs::path& folder, int size) {
    REQUIRE(pipe(start_.data()) == 0);
    REQUIRE(pipe(answers_.data()) == 0);
    for (int i = 0; i < size; ++i) {
      const pid_t child = fork();
      REQUIRE(child >= 0);
      if (child == 0) attend(folder);
      children_.push_back(child);
    }
    close(start_[0]);
    close(answers_[1]);
  }
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;

  /// How many have the claim, while all of them live; they are killed then.
  int winners() {
    REQUIRE(write(start_[1], std::string(children_.size(), 's').data(), children_.size()) ==
            static_cast<ssize_t>(children_.size()));
    int won = 0;
    for (std::size_t i = 0; i < children_.size(); ++i) {
      char answer = '?';
      REQUIRE(read(answers_[0], &answer, 1) == 1);
      if (answer == 'w') ++won;
    }
    for (const pid_t child : children_) kill(child, SIGKILL);
    for (const pid_t child : children_) waitpid(child, nullptr, 0);
    close(start_[1]);
    close(answers_[0]);
    return won;
  }

 private:
  [[noreturn]] void attend(const fs::path& folder) {
    char signal = '?';
    char answer = '!';
    try {
      Claims claims({"", 0, 300.0});
      if (read(start_[0], &signal, 1) == 1) {
        const ClaimAnswer taken = claims.take(folder);
        answer = taken.claim ? 'w' : 'l';
        if (write(answers_[1], &answer, 1) == 1) pause();
      }
    } catch (const Error&) {
      if (write(answers_[1], &answer, 1) == 1) pause();
    }
    _exit(0);
  }

  std::array<int, 2> start_{};
  std::array<int, 2> answers_{};
  std::vector<pid_t> children_;
};

}  // namespace

TEST_CASE("claim: while it exists another one is refused, and told who has it") {
  const TempFolder temp;
  Claims claims({"7_1", 0, 300.0});
  const ClaimAnswer first = claims.take(temp.path() / "s");
  REQUIRE(first.claim);

  const ClaimAnswer second = claims.take(temp.path() / "s");

  CHECK_FALSE(second.claim);
  CHECK(contains(second.holder, "process " + std::to_string(getpid()) + " on "));
  CHECK(contains(second.holder, "(job 7_1)"));
  CHECK(first.claim->taken_over().empty());
  CHECK(entries_in(temp.path() / "s") == 1);
}

TEST_CASE("claim: given up it leaves nothing, not even the folder that was made for it") {
  const TempFolder temp;
  fs::create_directory(temp.path() / "old");
  Claims claims({"", 0, 300.0});
  for (const std::string name : {"old", "new", "full"}) {
    const ClaimAnswer answer = claims.take(temp.path() / name);
    REQUIRE(answer.claim);
    if (name == "full") replace_file(temp.path() / name / "result", "x");
  }
  CHECK(fs::is_empty(temp.path() / "old"));
  CHECK_FALSE(fs::exists(temp.path() / "new"));
  CHECK(entries_in(temp.path() / "full") == 1);
  CHECK(claims.take(temp.path() / "old").claim);
}

TEST_CASE("claim: of many processes that want it one gets it, whether it is free or left behind") {
  const TempFolder temp;
  constexpr int rounds = 40;
  constexpr int size = 8;
  for (int round = 0; round < rounds; ++round) {
    // From the second round on they find the claim of one that was killed.
    Crowd crowd(temp.path() / "s", size);
    REQUIRE(crowd.winners() == 1);
  }
  CHECK(Claims({"", 0, 300.0}).take(temp.path() / "s").claim);
}

TEST_CASE("claim: one of another machine is left alone until it gives no sign of life") {
  const TempFolder temp;
  const fs::path folder = temp.path() / "s";
  Claims claims({"", 0, 300.0});

  leave_claim(folder, stranger(), 250);
  const ClaimAnswer held = claims.take(folder);
  CHECK_FALSE(held.claim);
  CHECK(held.holder == "process 4711 on elsewhere (job 12_3)");

  leave_claim(folder, stranger(), 400);
  const ClaimAnswer taken = claims.take(folder);
  REQUIRE(taken.claim);
  CHECK(contains(taken.claim->taken_over(),
                 "process 4711 on elsewhere (job 12_3), which gave no sign of life for 40"));
  CHECK(entries_in(folder) == 1);
}

TEST_CASE("claim: the scheduler has given up an earlier start of the same job, and no other") {
  const TempFolder temp;
  const fs::path folder = temp.path() / "s";
  leave_claim(folder, stranger(), 0);

  CHECK_FALSE(Claims({"12_3", 1, 300.0}).take(folder).claim);
  CHECK_FALSE(Claims({"12_4", 2, 300.0}).take(folder).claim);
  const ClaimAnswer taken = Claims({"12_3", 2, 300.0}).take(folder);

  REQUIRE(taken.claim);
  CHECK(contains(taken.claim->taken_over(), "this job before it was started again"));
}

TEST_CASE("claim: two processes without a job are not one that was started again") {
  const TempFolder temp;
  ClaimHolder holder = stranger();
  holder.job = "";
  leave_claim(temp.path() / "s", holder, 0);
  CHECK_FALSE(Claims({"", 5, 300.0}).take(temp.path() / "s").claim);
}

TEST_CASE("claim: one that was taken over is noticed, and is not taken back") {
  const TempFolder temp;
  const fs::path folder = temp.path() / "s";
  Claims claims({"", 0, 300.0});
  ClaimAnswer answer = claims.take(folder);
  REQUIRE(answer.claim);
  CHECK(answer.claim->check());
  leave_claim(folder, stranger(), 0);

  SECTION("at a sign of life") { CHECK_FALSE(answer.claim->check()); }
  SECTION("before results get their names") { CHECK_FALSE(answer.claim->seal()); }

  CHECK(answer.claim->is_lost());
  CHECK(answer.claim->holder() == "process 4711 on elsewhere (job 12_3)");
  answer.claim->release();
  CHECK(read_text(claim_file(folder)) == claim_text(stranger()));
  CHECK(entries_in(folder) == 1);
}

TEST_CASE("claim: one whose folder was removed is lost, and makes no new folder") {
  const TempFolder temp;
  ClaimAnswer answer = Claims({"", 0, 300.0}).take(temp.path() / "s");
  REQUIRE(answer.claim);
  fs::remove_all(temp.path() / "s");
  CHECK_FALSE(answer.claim->seal());
  answer.claim->release();
  CHECK(fs::is_empty(temp.path()));
}

TEST_CASE("claim: a process that does not run gives no sign of life, and is told when it runs on") {
  const TempFolder temp;
  const fs::path folder = temp.path() / "s";
  Claims claims({"", 0, 300.0});
  ClaimAnswer stopped = claims.take(folder);
  REQUIRE(stopped.claim);
  make_older(claim_file(folder), 400);

  const ClaimAnswer next = claims.take(folder);

  REQUIRE(next.claim);
  CHECK(contains(next.claim->taken_over(), "no sign of life"));
  CHECK_FALSE(stopped.claim->seal());
  stopped.claim->release();
  CHECK(fs::exists(claim_file(folder)));
}

TEST_CASE("claim: a sealed one has a second name until it is unsealed or given up") {
  const TempFolder temp;
  const fs::path folder = temp.path() / "s";
  ClaimAnswer answer = Claims({"", 0, 300.0}).take(folder);
  REQUIRE(answer.claim);

  CHECK(answer.claim->seal());
  CHECK(entries_in(folder) == 2);
  answer.claim->unseal();
  CHECK(entries_in(folder) == 1);
  CHECK(answer.claim->seal());
  answer.claim->release();
  CHECK_FALSE(fs::exists(folder));
}

TEST_CASE("claim: while somebody is taking it over nobody else does, unless he died of it") {
  const TempFolder temp;
  const fs::path folder = temp.path() / "s";
  leave_claim(folder, stranger(), 400);
  ClaimHolder other = stranger();
  other.token = "fedcba9876543210";
  const fs::path marker = claim_marker_file(folder, stranger().token);
  replace_file(marker, claim_text(other));
  Claims claims({"", 0, 300.0});

  CHECK_FALSE(claims.take(folder).claim);
  CHECK(fs::exists(marker));

  make_older(marker, 400);
  const ClaimAnswer taken = claims.take(folder);
  CHECK(taken.claim);
  CHECK(entries_in(folder) == 1);
}

TEST_CASE("claim: what cannot be understood is judged by its age alone, and names no file") {
  const TempFolder temp;
  const fs::path folder = temp.path() / "a" / "b" / "s";
  ClaimHolder hostile = stranger();
  hostile.token = "../../../../evil";
  fs::create_directories(folder);
  Claims claims({"", 0, 300.0});
  for (const std::string& text : {claim_text(hostile), std::string(), std::string("x\n"),
                                  std::string("histo claim 1\npid=1")}) {
    replace_file(claim_file(folder), text);

    const ClaimAnswer held = claims.take(folder);
    CHECK_FALSE(held.claim);
    CHECK(held.holder == "a process that cannot be named");
    CHECK_FALSE(read_claim(folder));

    make_older(claim_file(folder), 400);
    CHECK(claims.take(folder).claim);
    CHECK(entries_in(temp.path()) == 1);
  }
}

TEST_CASE("claim: what its file says is read back") {
  const TempFolder temp;
  ClaimHolder holder = stranger();
  holder.job = "a job\nwith lines=in it";
  leave_claim(temp.path(), holder, 0);

  const std::optional<ClaimHolder> found = read_claim(temp.path());

  REQUIRE(found);
  CHECK(found->process.host == "elsewhere");
  CHECK(found->process.boot == "another-boot");
  CHECK(found->process.pid_namespace == "pid:[1]");
  CHECK(found->process.pid == 4711);
  CHECK(found->process.start == "17");
  CHECK(found->job == "a job with lines=in it");
  CHECK(found->restarts == 1);
  CHECK(found->begun == "2026-01-01T00:00:00.000Z");
  CHECK(found->token == "0123456789abcdef");
  CHECK_FALSE(read_claim(temp.path() / "none"));
}

TEST_CASE("claim: a folder that cannot be written to is an error of the output") {
  const auto error = error_of([] { Claims({"", 0, 300.0}).take("/proc/self"); });
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::output);
  CHECK(contains(error->what(), "/proc/self/.claim: cannot be created"));
}
