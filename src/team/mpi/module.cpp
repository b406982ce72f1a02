#include "histo/version.hpp"

#include "team/mpi/mpi_team.hpp"
#include "team/mpi_module.hpp"

namespace histo {

extern "C" void histo_mpi_program(std::string& version) { version = histo::version(); }

extern "C" void histo_mpi_library(std::string& version) {
  version.resize(MPI_MAX_LIBRARY_VERSION_STRING);
  int length = 0;
  MPI_Get_library_version(version.data(), &length);
  // The rest is about who built it, and where.
  version.resize(std::min(static_cast<std::size_t>(length), version.find_first_of(",\n")));
}

extern "C" void histo_mpi_open(std::size_t piece, std::unique_ptr<Team>& team) {
  team = std::make_unique<MpiTeam>(piece);
}

}  // namespace histo
