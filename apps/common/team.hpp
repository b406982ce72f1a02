#pragma once
/// The processes that `mpirun` or `srun` has started together, seen from one of them.
///
/// A verb that can share its work calls `join_team` and hands the team to its job; `run` does the
/// rest: the ranks agree on an exit code, an error of one ends all, and rank 0 alone tells it.

#include <cstddef>
#include <filesystem>
#include <optional>

#include "histo/team.hpp"

namespace histo::app {

/// The team of this process, which has one member unless it was started as one of several. From
/// here on only `speaks()` tells what goes on. Throws Error(usage) where several processes were
/// started that cannot be joined: each would do the whole job.
Team& join_team(const std::filesystem::path& module_folder);

/// True unless this is a rank above 0, whose console shows nothing but its own slides' errors.
bool speaks();

/// Threads for this rank, as `resolve_threads`; where nothing else says so, ranks that may use the
/// same processors share them. All ranks must call it.
std::size_t resolve_threads(std::size_t asked, Team& team);

/// How many ranks of the team run on this machine, and so share its memory. All ranks must call it.
std::size_t ranks_here(Team& team);

/// What `run` calls when a verb has ended: the exit code of the whole team, rank 0's if it is not
/// zero, else the lowest other rank's that is not. Throws the error of a rank that has failed.
int agree_on_code(int code);

struct SharedError {
  Error error;
  bool shared = true;  ///< all ranks have it; else this one must say it and `end_team`
};

/// What `run` calls when a verb has thrown.
SharedError share_error(const Error& mine);

/// Leaves the team after the last word, or ends all of it where the error was not shared.
void leave_team();
void end_team(int code);

}  // namespace histo::app
