#include "histo/open_team.hpp"

#include "team/mpi_module.hpp"

namespace histo {

std::unique_ptr<Team> open_team(const std::filesystem::path& module_folder) {
  const SharedModule module = open_module(module_folder, mpi_module, "that joins processes by MPI");
  std::unique_ptr<Team> team;
  module.function<decltype(histo_mpi_open)>("histo_mpi_open")(most_in_a_call, team);
  return team;
}

std::string mpi_version(const std::filesystem::path& module_folder) {
  const SharedModule module(module_folder, mpi_module);
  if (!module.failure().empty()) return "not available: " + module.failure();
  std::string text;
  module.function<decltype(histo_mpi_library)>("histo_mpi_library")(text);
  return text;
}

}  // namespace histo
