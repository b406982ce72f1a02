#pragma once
/// How this process was started, as far as its environment tells: alone, or as one of several.

#include <cstddef>
#include <functional>
#include <string>

namespace histo::app {

/// The value of a variable; null where it is unset, as std::getenv.
using Environment = std::function<const char*(const char*)>;

struct Launch {
  std::size_t processes = 1;  ///< started together; 0 if only MPI knows
  bool connected = false;     ///< by something that MPI can join them by
};

/// Knows Open MPI's and MPICH's mpirun, and srun. A batch script's own process is alone, whatever
/// the number of tasks that the job was given. Throws Error(usage) where a number is none.
Launch launch_of(const Environment& variable);

}  // namespace histo::app
