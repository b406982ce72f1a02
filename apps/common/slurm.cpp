#include "common/slurm.hpp"

#include "histo/error.hpp"

#include "common/options.hpp"

namespace histo::app {

namespace {

std::optional<std::size_t> number(const Environment& variable, const char* name) {
  const char* const text = variable(name);
  return text == nullptr ? std::nullopt : parse_count(text);
}

/// The tasks of an array as SLURM describes them to each of them.
struct Array {
  std::size_t id = 0;
  std::size_t first = 0;
  std::size_t last = 0;
  std::size_t step = 0;
  std::size_t count = 0;

  /// Whether they are first, first + step, ... last, and so many as SLURM says.
  bool is_whole() const {
    return step > 0 && first <= id && id <= last && (id - first) % step == 0 &&
           (last - first) / step + 1 == count;
  }
};

std::optional<Array> array_of(const Environment& variable) {
  const auto id = number(variable, "SLURM_ARRAY_TASK_ID");
  const auto first = number(variable, "SLURM_ARRAY_TASK_MIN");
  const auto last = number(variable, "SLURM_ARRAY_TASK_MAX");
  const auto step = number(variable, "SLURM_ARRAY_TASK_STEP");
  const auto count = number(variable, "SLURM_ARRAY_TASK_COUNT");
  if (!id || !first || !last || !step || !count) return std::nullopt;
  return Array{*id, *first, *last, *step, *count};
}

Shard shard_of_array(const Environment& variable) {
  const std::string remedy = "; give --shard i/n, such as --shard \"$SLURM_ARRAY_TASK_ID/16\"";
  const std::optional<Array> array = array_of(variable);
  if (!array) {
    throw Error(ErrorKind::usage,
                "--shard auto takes the shares from a SLURM job array, and this is no task of one" +
                    remedy);
  }
  if (!array->is_whole()) {
    throw Error(ErrorKind::usage,
                "--shard auto: the array's tasks go from " + std::to_string(array->first) + " to " +
                    std::to_string(array->last) + " by " + std::to_string(array->step) +
                    ", and there are " + std::to_string(array->count) +
                    " of them, as where some are submitted again, so nobody can tell how many "
                    "shares there were" +
                    remedy);
  }
  return {(array->id - array->first) / array->step, array->count};
}

}  // namespace

Shard shard_of(const std::string& text, const Environment& variable) {
  if (text == "auto") return shard_of_array(variable);
  const std::size_t slash = text.find('/');
  const auto index = parse_count(text.substr(0, slash));
  const auto count = parse_count(slash == std::string::npos ? "" : text.substr(slash + 1));
  if (!index || !count) {
    throw Error(ErrorKind::usage,
                "--shard must be i/n with i from 0 to n - 1, or auto, got " + text);
  }
  const Shard shard{*index, *count};
  validate(shard);
  return shard;
}

std::string job_name(const Environment& variable) {
  const char* const array = variable("SLURM_ARRAY_JOB_ID");
  const char* const task = variable("SLURM_ARRAY_TASK_ID");
  if (array != nullptr && task != nullptr) return std::string(array) + "_" + task;
  const char* const job = variable("SLURM_JOB_ID");
  return job == nullptr ? "" : job;
}

std::size_t job_restarts(const Environment& variable) {
  return number(variable, "SLURM_RESTART_COUNT").value_or(0);
}

std::optional<std::size_t> job_cpus(const Environment& variable) {
  const auto cpus = number(variable, "SLURM_CPUS_PER_TASK");
  return cpus == std::size_t{0} ? std::nullopt : cpus;
}

std::optional<std::uint64_t> job_memory(const Environment& variable) {
  constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20U;
  // --mem=0 asks for all of the machine's.
  const std::uint64_t whole = number(variable, "SLURM_MEM_PER_NODE").value_or(0);
  if (whole > 0) return whole * mebibyte;
  const std::uint64_t each = number(variable, "SLURM_MEM_PER_CPU").value_or(0);
  const auto here = number(variable, "SLURM_CPUS_ON_NODE");
  const std::uint64_t cpus = here ? *here : job_cpus(variable).value_or(1);
  if (each > 0 && cpus > 0) return each * cpus * mebibyte;
  return std::nullopt;
}

}  // namespace histo::app
