#include <csignal>

#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/process.hpp"
#include "support/catch.hpp"

using namespace histo;

TEST_CASE("process: this one is alive and has all parts of a name") {
  const ProcessIdentity me = this_process();

  CHECK_FALSE(me.host.empty());
  CHECK_FALSE(me.boot.empty());
  CHECK_FALSE(me.pid_namespace.empty());
  CHECK(me.pid == getpid());
  CHECK_FALSE(me.start.empty());
  CHECK(life_of(me) == Life::alive);
}

TEST_CASE("process: one that has ended is gone, also before anybody has waited for it") {
  ProcessIdentity other = this_process();
  const pid_t child = fork();
  if (child == 0) _exit(0);
  REQUIRE(child > 0);
  other.pid = child;
  siginfo_t info{};
  REQUIRE(waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT) == 0);
  CHECK(life_of(other) == Life::gone);

  REQUIRE(waitpid(child, nullptr, 0) == child);

  CHECK(life_of(other) == Life::gone);
}

TEST_CASE("process: a number that is used again is another process") {
  ProcessIdentity earlier = this_process();
  earlier.start = "1";

  CHECK(life_of(earlier) == Life::gone);
}

TEST_CASE("process: nothing is known of one on another machine, start or namespace") {
  const ProcessIdentity me = this_process();

  ProcessIdentity other = me;
  other.host += "x";
  CHECK(life_of(other) == Life::unknown);
  other = me;
  other.boot += "x";
  CHECK(life_of(other) == Life::unknown);
  other = me;
  other.pid_namespace += "x";
  CHECK(life_of(other) == Life::unknown);
  other = me;
  other.start.clear();
  CHECK(life_of(other) == Life::unknown);
}
