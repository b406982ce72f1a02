#pragma once
/// A job script for SLURM that runs the command at hand, as an array whose tasks share the slides.

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace histo::app {

struct JobScriptArguments {
  std::string tasks = "auto";
  std::size_t slides_per_task = 8;
  std::optional<std::string> time;
  std::optional<std::string> partition;
  std::size_t cpus = 4;
  std::optional<std::string> memory;
  std::optional<std::string> gpus;
  std::optional<std::string> account;
  std::string job_name;
  std::filesystem::path logs = ".";
  std::vector<std::string> after;
  std::vector<std::string> sbatch_arguments;
};

/// Whether a GPU is of use to the job.
enum class JobKind { plain, with_model };

/// Why an array's command cannot have --overwrite.
inline constexpr const char* overwrite_in_array =
    "--overwrite would do slides again that a task has finished before SLURM started it again; "
    "delete the results first, or run the command itself";

/// Group "Job script". `arguments` must outlive the parsing; `name` is the job's unless another is
/// given.
void add_job_script_options(CLI::App& cli, JobScriptArguments& arguments, JobKind kind,
                            const std::string& name);

/// The options of a command that were given, but those of the group "Job script", by their long
/// names and ready to be words of a command line.
std::vector<std::string> given_options(const CLI::App& command);

/// --tasks, where it is a number. Throws Error(usage) for any other text than "auto".
std::optional<std::size_t> asked_tasks(const JobScriptArguments& arguments);

/// As many as --slides-per-task asks for, where so many slides are to be done: at least 1, and at
/// most the 1000 that SLURM takes by default.
std::size_t tasks_for(const JobScriptArguments& arguments, std::size_t slides);

/// A command for one task.
struct JobCommand {
  std::vector<std::string> words;    ///< the program's path first, not yet quoted
  std::optional<std::size_t> tasks;  ///< unset: one job that is no array
};

/// The script. Throws Error(usage) for a value that no line of it can hold, Error(input) where the
/// folder for the logs is not there.
std::string job_script(const JobScriptArguments& arguments, const JobCommand& command);

/// This program's own file.
std::filesystem::path program_file();

}  // namespace histo::app
