#include <map>
#include <string>

#include "common/slurm.hpp"
#include "support/catch.hpp"

using histo::Error;
using histo::ErrorKind;
using histo::Shard;
using histo::app::Environment;
using histo::app::job_cpus;
using histo::app::job_memory;
using histo::app::job_name;
using histo::app::job_restarts;
using histo::app::shard_of;
using histo::test::contains;
using histo::test::error_of;

namespace {

using Variables = std::map<std::string, std::string>;

Environment with(const Variables& variables) {
  return [variables](const char* name) -> const char* {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  };
}

/// As SLURM 22.05 describes an array to one of its tasks.
Environment task(const std::string& id, const std::string& first, const std::string& last,
                 const std::string& step, const std::string& count) {
  return with({{"SLURM_ARRAY_JOB_ID", "4711"},
               {"SLURM_ARRAY_TASK_ID", id},
               {"SLURM_ARRAY_TASK_MIN", first},
               {"SLURM_ARRAY_TASK_MAX", last},
               {"SLURM_ARRAY_TASK_STEP", step},
               {"SLURM_ARRAY_TASK_COUNT", count}});
}

bool is(const Shard& shard, std::size_t index, std::size_t count) {
  return shard.index == index && shard.count == count;
}

void check_refused(const std::string& text, const Environment& environment,
                   const std::string& sentence) {
  const auto error = error_of([&] { shard_of(text, environment); });
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::usage);
  CHECK(contains(error->what(), sentence));
}

}  // namespace

TEST_CASE("slurm: a shard is its number and how many there are") {
  CHECK(is(shard_of("0/1", with({})), 0, 1));
  CHECK(is(shard_of("15/16", with({})), 15, 16));
}

TEST_CASE("slurm: a shard that was given counts whatever the array is") {
  CHECK(is(shard_of("5/16", task("5", "2", "5", "1", "2")), 5, 16));
}

TEST_CASE("slurm: a text that is no shard is refused") {
  for (const char* const text :
       {"", "3", "/", "3/", "/8", "1/2/3", "-1/4", "a/b", "3/8 ", "1.0/2"}) {
    check_refused(text, with({}),
                  std::string("--shard must be i/n with i from 0 to n - 1, or auto, got ") + text);
  }
}

TEST_CASE("slurm: a shard that is not among them is refused") {
  check_refused("8/8", with({}), "--shard must be i/n with i from 0 to n - 1, got 8/8");
  check_refused("0/0", with({}), "got 0/0");
}

TEST_CASE("slurm: the tasks of an array from 0 are the shards") {
  CHECK(is(shard_of("auto", task("0", "0", "15", "1", "16")), 0, 16));
  CHECK(is(shard_of("auto", task("15", "0", "15", "1", "16")), 15, 16));
}

TEST_CASE("slurm: an array may begin anywhere and go by steps") {
  // --array=1-8:3, whose last task is 7.
  CHECK(is(shard_of("auto", task("1", "1", "7", "3", "3")), 0, 3));
  CHECK(is(shard_of("auto", task("4", "1", "7", "3", "3")), 1, 3));
  CHECK(is(shard_of("auto", task("7", "1", "7", "3", "3")), 2, 3));
}

TEST_CASE("slurm: an array of one task has all slides") {
  CHECK(is(shard_of("auto", task("5", "5", "5", "1", "1")), 0, 1));
}

TEST_CASE("slurm: an array with holes tells no number of shards, and the remedy is named") {
  // --array=2,5: two tasks of sixteen, submitted again.
  for (const char* const id : {"2", "5"}) {
    check_refused("auto", task(id, "2", "5", "1", "2"),
                  "the array's tasks go from 2 to 5 by 1, and there are 2 of them");
    check_refused("auto", task(id, "2", "5", "1", "2"), "--shard \"$SLURM_ARRAY_TASK_ID/16\"");
  }
}

TEST_CASE("slurm: a task that is not of its array is refused") {
  check_refused("auto", task("9", "0", "7", "1", "8"), "go from 0 to 7 by 1");
  check_refused("auto", task("2", "1", "7", "3", "3"), "go from 1 to 7 by 3");
  check_refused("auto", task("0", "0", "7", "0", "8"), "go from 0 to 7 by 0");
}

TEST_CASE("slurm: without an array there are no shards to tell") {
  const std::string sentence = "this is no task of one; give --shard i/n";
  check_refused("auto", with({}), sentence);
  check_refused("auto", with({{"SLURM_JOB_ID", "4711"}}), sentence);
  check_refused("auto", task("many", "0", "7", "1", "8"), sentence);
}

TEST_CASE("slurm: a job's name is its number, a task's that of the array and its own") {
  CHECK(job_name(with({})).empty());
  CHECK(job_name(with({{"SLURM_JOB_ID", "4712"}})) == "4712");
  CHECK(job_name(with({{"SLURM_JOB_ID", "4712"},
                       {"SLURM_ARRAY_JOB_ID", "4711"},
                       {"SLURM_ARRAY_TASK_ID", "3"}})) == "4711_3");
}

TEST_CASE("slurm: a job that was not started again has no restarts") {
  CHECK(job_restarts(with({})) == 0);
  CHECK(job_restarts(with({{"SLURM_RESTART_COUNT", "2"}})) == 2);
}

TEST_CASE("slurm: processors are known only where the job asked for them") {
  CHECK(!job_cpus(with({{"SLURM_CPUS_ON_NODE", "64"}})));
  CHECK(job_cpus(with({{"SLURM_CPUS_PER_TASK", "4"}})) == std::size_t{4});
  CHECK(!job_cpus(with({{"SLURM_CPUS_PER_TASK", "0"}})));
}

TEST_CASE("slurm: memory is the machine's share, or the processors' together") {
  constexpr std::uint64_t mebibyte = 1024 * 1024;
  CHECK(!job_memory(with({})));
  CHECK(job_memory(with({{"SLURM_MEM_PER_NODE", "4096"}})) == 4096 * mebibyte);
  CHECK(!job_memory(with({{"SLURM_MEM_PER_NODE", "0"}})));  // all that the machine has
  CHECK(job_memory(with({{"SLURM_MEM_PER_CPU", "512"}, {"SLURM_CPUS_ON_NODE", "8"}})) ==
        4096 * mebibyte);
  CHECK(job_memory(with({{"SLURM_MEM_PER_CPU", "512"}, {"SLURM_CPUS_PER_TASK", "4"}})) ==
        2048 * mebibyte);
  CHECK(job_memory(with({{"SLURM_MEM_PER_CPU", "512"}})) == 512 * mebibyte);
}
