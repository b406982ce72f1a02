#pragma once
/// Joins the processes that were started together into a team, by MPI.

#include <filesystem>
#include <memory>
#include <string>

#include "histo/team.hpp"

namespace histo {

/// The team of all processes that one `mpirun` or `srun` has started; to be called once in a
/// process. The module of MPI is looked for in `module_folder`. The team must be gone before the
/// process ends, and its end waits for the other ranks. An exception that destroys it unheard of by
/// `fail` ends all ranks. Throws Error(internal) where the module is missing or of another build.
/// Of the calls of such a team each may throw Error(internal): what MPI complains of, and that the
/// ranks make different calls.
std::unique_ptr<Team> open_team(const std::filesystem::path& module_folder);

/// "Open MPI v4.1.4", or "not available: " and why.
std::string mpi_version(const std::filesystem::path& module_folder);

}  // namespace histo
