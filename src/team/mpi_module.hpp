#pragma once
/// What the module histo_mpi.so exports: plain names, so that they can be looked up in an opened
/// file.

#include <memory>
#include <string>

#include "histo/team.hpp"

#include "core/shared_module.hpp"

namespace histo {

inline constexpr ModuleNames mpi_module{"histo_mpi.so", "the module of MPI", "HISTO_MPI",
                                        "histo_mpi_program", ErrorKind::internal};

/// The most values, or bytes from all ranks, of one call of MPI, which counts with an int.
inline constexpr std::size_t most_in_a_call = std::size_t{1} << 30;

extern "C" {

/// The version of this program that the module was built with.
void histo_mpi_program(std::string& version);
/// As `mpi_version`.
void histo_mpi_library(std::string& version);
/// As `open_team`, with at most `piece` values in one call of MPI, at least as many as ranks.
void histo_mpi_open(std::size_t piece, std::unique_ptr<Team>& team);

}  // extern "C"

}  // namespace histo
