#pragma once

#include <cstddef>

namespace histo {

/// How many CPUs this process may use: its affinity mask, further limited by the cgroup's quota
/// (rounded up); at least 1. Never the machine's total.
std::size_t usable_cpus();

/// Bytes of memory that are free for this process: what the machine has to give, further limited by
/// what its cgroups leave. Never the machine's total. At least 1.
std::size_t usable_memory();

/// How many files this process may have open at a time; at least 1.
std::size_t usable_descriptors();

/// The most memory that this process has held so far, in bytes.
std::size_t peak_memory();

}  // namespace histo
