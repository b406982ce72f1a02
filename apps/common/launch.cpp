#include "common/launch.hpp"

#include <charconv>
#include <optional>

#include "histo/error.hpp"

namespace histo::app {

namespace {

std::optional<std::size_t> number(const Environment& variable, const char* name) {
  const char* const text = variable(name);
  if (text == nullptr) return std::nullopt;
  const std::string value = text;
  std::size_t parsed = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), parsed);
  if (error != std::errc() || end != value.data() + value.size() || parsed == 0) {
    throw Error(ErrorKind::usage, std::string(name) +
                                      " in the environment must be a number of processes, got \"" +
                                      value + "\"");
  }
  return parsed;
}

}  // namespace

Launch launch_of(const Environment& variable) {
  // Each mpirun tells its own processes how many they are, whatever job it runs in.
  for (const char* const name : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"}) {
    if (const auto size = number(variable, name)) return {*size, true};
  }
  const bool connected = variable("PMIX_RANK") != nullptr || variable("PMI_RANK") != nullptr;
  // Set by srun for the tasks of a step. SLURM_NTASKS is no sign: a batch script has it too.
  if (const auto tasks = number(variable, "SLURM_STEP_NUM_TASKS")) return {*tasks, connected};
  return {connected ? std::size_t{0} : std::size_t{1}, connected};
}

}  // namespace histo::app
