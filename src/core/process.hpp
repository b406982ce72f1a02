#pragma once
/// Which process this is, so that others, also on other machines, can tell whether it is gone.

#include <cstdint>
#include <string>

namespace histo {

struct ProcessIdentity {
  std::string host;
  std::string boot;           ///< the kernel's own name for this start of the machine
  std::string pid_namespace;  ///< a container counts its processes from 1
  std::int64_t pid = 0;
  std::string start;  ///< of the process, in ticks since the machine's: a number is used again
};

ProcessIdentity this_process();

enum class Life {
  alive,
  gone,
  unknown,  ///< it ran on another machine, before its last start, or in another container
};

/// Whether that process still runs, as far as this one can see.
Life life_of(const ProcessIdentity& process);

}  // namespace histo
