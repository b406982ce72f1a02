#include <sched.h>
#include <sys/resource.h>

#include "core/cpu.hpp"
#include "support/catch.hpp"

TEST_CASE("cpu: a process that is bound to one CPU uses one") {
  cpu_set_t before;
  REQUIRE(sched_getaffinity(0, sizeof before, &before) == 0);
  cpu_set_t one;
  CPU_ZERO(&one);
  for (std::size_t cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&one) == 0; ++cpu) {
    if (CPU_ISSET(cpu, &before)) CPU_SET(cpu, &one);
  }
  REQUIRE(sched_setaffinity(0, sizeof one, &one) == 0);
  CHECK(histo::usable_cpus() == 1);
  REQUIRE(sched_setaffinity(0, sizeof before, &before) == 0);
  CHECK(histo::usable_cpus() <= static_cast<std::size_t>(CPU_COUNT(&before)));
}

TEST_CASE("cpu: files may be open as the process's limit says, not the machine's") {
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
  rlimit few = before;
  few.rlim_cur = 77;
  REQUIRE(setrlimit(RLIMIT_NOFILE, &few) == 0);
  CHECK(histo::usable_descriptors() == 77);
  REQUIRE(setrlimit(RLIMIT_NOFILE, &before) == 0);
}

TEST_CASE("cpu: memory that is free is more than none and less than a petabyte") {
  CHECK(histo::usable_memory() > 1);
  CHECK(histo::usable_memory() < std::size_t{1} << 50);
  CHECK(histo::peak_memory() > 0);
}
