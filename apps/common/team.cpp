#include "common/team.hpp"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include <sched.h>
#include <unistd.h>

#include "histo/open_team.hpp"

#include "common/app.hpp"
#include "common/launch.hpp"

namespace histo::app {

namespace {

// A process is in one team at most, as it has one terminal and one stop flag.
std::unique_ptr<Team> the_team;

std::unique_ptr<Team> find_team(const std::filesystem::path& module_folder) {
  const Launch launch = launch_of([](const char* name) { return std::getenv(name); });
  if (launch.processes == 1) return std::make_unique<Team>();
  const std::string started = "was started as one of " + std::to_string(launch.processes) +
                              " processes, each of which would do the whole job: ";
  if (!launch.connected) {
    throw Error(ErrorKind::usage,
                started + "give srun --mpi=pmix, so that they share it, or --ntasks=1");
  }
  std::unique_ptr<Team> team = open_team(module_folder);
  const std::size_t joined = team->size();
  if (launch.processes != 0 && joined != launch.processes) {
    team.reset();
    throw Error(ErrorKind::usage, started + "MPI sees " + std::to_string(joined) +
                                      "; start them with the mpirun of " +
                                      mpi_version(module_folder) + ", or with srun --mpi=pmix");
  }
  return team;
}

std::string machine() {
  std::string name(256, '\0');
  gethostname(name.data(), name.size() - 1);
  return name;
}

/// How many ranks give the same as this one.
std::size_t count_alike(Team& team, const std::string& mine) {
  const std::vector<std::string> all = team.gather(mine);
  return static_cast<std::size_t>(std::count(all.begin(), all.end(), mine));
}

/// Alike for ranks on one machine that may use the same processors.
std::string processors() {
  std::string text = machine();
  cpu_set_t mask;
  CPU_ZERO(&mask);
  sched_getaffinity(0, sizeof mask, &mask);
  for (std::size_t i = 0; i < CPU_SETSIZE; ++i) text += CPU_ISSET(i, &mask) ? '1' : '0';
  return text;
}

}  // namespace

Team& join_team(const std::filesystem::path& module_folder) {
  if (!the_team) the_team = find_team(module_folder);
  return *the_team;
}

bool speaks() { return !the_team || the_team->rank() == 0; }

std::size_t resolve_threads(std::size_t asked, Team& team) {
  const std::size_t sharing = count_alike(team, processors());
  const std::size_t threads = resolve_threads(asked);
  if (asked > 0 || std::getenv("SLURM_CPUS_PER_TASK") != nullptr) return threads;
  return std::max<std::size_t>(1, threads / sharing);
}

std::size_t ranks_here(Team& team) { return count_alike(team, machine()); }

int agree_on_code(int code) {
  if (!the_team) return code;
  for (const std::string& each : the_team->gather(std::to_string(code))) {
    if (each != "0") return std::stoi(each);
  }
  return 0;
}

SharedError share_error(const Error& mine) {
  if (!the_team) return {mine};
  try {
    const std::optional<Error> shared = the_team->fail(mine);
    if (shared) return {*shared};
  } catch (const Error&) {  // MPI itself is broken, which is no news beside what was thrown first
  }
  return {mine, false};
}

void leave_team() { the_team.reset(); }

void end_team(int code) { the_team->end_all(code); }

}  // namespace histo::app
