#pragma once

#include <cstddef>

namespace histo {

/// How many CPUs this process may use: its affinity mask, further limited by the cgroup's quota
/// (rounded up); at least 1. Never the machine's total.
std::size_t usable_cpus();

/// The most memory that this process has held so far, in bytes.
std::size_t peak_memory();

}  // namespace histo
