#pragma once
/// What SLURM tells a process about its job, by the environment of the batch script.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "histo/sharing.hpp"

#include "common/launch.hpp"

namespace histo::app {

/// "i/n", counted from 0, or "auto": this task's place in its job array. Throws Error(usage) for
/// any other text, for "auto" outside an array, and for "auto" in an array with holes:
/// SLURM_ARRAY_TASK_COUNT is then the number of tasks that were submitted now, which is no number
/// of shares.
Shard shard_of(const std::string& text, const Environment& variable);

/// The scheduler's name for this process: "4711_3" in an array, "4711" in another job, else empty.
std::string job_name(const Environment& variable);

/// How often the scheduler has started this job before.
std::size_t job_restarts(const Environment& variable);

/// Processors of a task, where the job asked for a number of them (-c). SLURM_CPUS_ON_NODE would
/// count those of all tasks of the job.
std::optional<std::size_t> job_cpus(const Environment& variable);

/// Bytes of memory that the job may take on this machine, where it says so: --mem, or --mem-per-cpu
/// times the job's processors here.
std::optional<std::uint64_t> job_memory(const Environment& variable);

}  // namespace histo::app
