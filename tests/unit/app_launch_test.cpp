#include <map>

#include "common/launch.hpp"
#include "support/catch.hpp"

using histo::Error;
using histo::ErrorKind;
using histo::app::Launch;
using histo::app::launch_of;
using histo::test::error_of;

namespace {

Launch launched_with(const std::map<std::string, std::string>& environment) {
  return launch_of([&](const char* name) -> const char* {
    const auto found = environment.find(name);
    return found == environment.end() ? nullptr : found->second.c_str();
  });
}

}  // namespace

TEST_CASE("launch: a process that nobody started with others is alone") {
  CHECK(launched_with({}).processes == 1);
  CHECK(launched_with({{"PATH", "/bin"}}).processes == 1);
}

TEST_CASE("launch: a batch script has the number of its job's tasks, and is alone") {
  CHECK(launched_with({{"SLURM_NTASKS", "8"}, {"SLURM_JOB_ID", "3"}}).processes == 1);
}

TEST_CASE("launch: mpirun of Open MPI and of MPICH say how many there are") {
  for (const char* const name : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"}) {
    const Launch launch = launched_with({{name, "4"}});
    CHECK(launch.processes == 4);
    CHECK(launch.connected);
  }
}

TEST_CASE("launch: the tasks of srun are connected by PMIx or PMI, or not at all") {
  for (const char* const name : {"PMIX_RANK", "PMI_RANK"}) {
    const Launch launch = launched_with({{"SLURM_STEP_NUM_TASKS", "4"}, {name, "0"}});
    CHECK(launch.processes == 4);
    CHECK(launch.connected);
  }
  const Launch apart = launched_with({{"SLURM_STEP_NUM_TASKS", "4"}});
  CHECK(apart.processes == 4);
  CHECK(!apart.connected);
  CHECK(launched_with({{"SLURM_STEP_NUM_TASKS", "1"}}).processes == 1);
}

TEST_CASE("launch: mpirun within a task of srun is what counts") {
  CHECK(launched_with({{"SLURM_STEP_NUM_TASKS", "1"}, {"OMPI_COMM_WORLD_SIZE", "4"}}).processes ==
        4);
  CHECK(launched_with({{"SLURM_STEP_NUM_TASKS", "4"}, {"OMPI_COMM_WORLD_SIZE", "1"}}).processes ==
        1);
}

TEST_CASE("launch: where there is PMIx and no number, MPI knows it") {
  const Launch launch = launched_with({{"PMIX_RANK", "1"}});

  CHECK(launch.processes == 0);
  CHECK(launch.connected);
}

TEST_CASE("launch: a number of processes that is none is refused") {
  for (const char* const value : {"", "0", "four", "4x", "-1"}) {
    const auto error = error_of([&] { launched_with({{"PMI_SIZE", value}}); });

    REQUIRE(error);
    CHECK(error->kind() == ErrorKind::usage);
    CHECK(error->what() == "PMI_SIZE in the environment must be a number of processes, got \"" +
                               std::string(value) + "\"");
  }
}
