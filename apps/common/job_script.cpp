#include "common/job_script.hpp"

#include <algorithm>
#include <regex>
#include <system_error>

#include "histo/error.hpp"

#include "common/options.hpp"
#include "common/shell.hpp"

namespace histo::app {

namespace {

constexpr const char* group = "Job script";

// SLURM's MaxArraySize is 1001 unless slurm.conf says otherwise, and the last index one less.
constexpr std::size_t most_tasks = 1000;

// How sbatch reads a line of a script: spaces part words unless they stand in quotes, '#' begins a
// comment, and a backslash takes the meaning from a quote or a backslash.
std::string sbatch_word(const std::string& text, const std::string& option) {
  constexpr const char* plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./-_[]";
  if (text.find_first_of("\n\r") != std::string::npos) {
    throw Error(ErrorKind::usage,
                option + ": no line of a job script can hold a line break, as in \"" + text + "\"");
  }
  if (!text.empty() && text.find_first_not_of(plain) == std::string::npos) return text;
  std::string word = "\"";
  for (const char c : text) word += (c == '"' || c == '\\' ? "\\" : "") + std::string(1, c);
  return word + "\"";
}

std::string line(const std::string& option, const std::string& value) {
  return "#SBATCH " + option + "=" + sbatch_word(value, option) + "\n";
}

std::string line(const std::string& option, const std::optional<std::string>& value) {
  return value ? line(option, *value) : "";
}

std::string log_file(const JobScriptArguments& arguments, bool is_array) {
  const std::string folder = arguments.logs.string();
  if (folder.find('\\') != std::string::npos) {
    throw Error(ErrorKind::usage,
                "--logs: SLURM takes no backslash in the name of a log, as in \"" + folder + "\"");
  }
  if (!std::filesystem::is_directory(arguments.logs)) {
    throw Error(ErrorKind::input, folder +
                                      ": there is no such folder for --logs, and SLURM makes none; "
                                      "make it first");
  }
  std::string escaped;
  for (const char c : folder) escaped += c == '%' ? "%%" : std::string(1, c);
  return escaped + (is_array ? "/%x-%A_%a.log" : "/%x-%j.log");
}

/// "afterok:17:18". What sbatch --parsable prints on a site of several clusters ends with the
/// cluster's name.
std::string dependency(const std::vector<std::string>& jobs) {
  std::string text = "afterok";
  for (const std::string& job : jobs) {
    const std::string number = job.substr(0, job.find(';'));
    const bool is_number = !number.empty() &&
                           number.find_first_not_of("0123456789:_") == std::string::npos &&
                           number.front() != ':' && number.back() != ':';
    if (!is_number) {
      throw Error(ErrorKind::usage, "--after must be the number of a job, got \"" + job + "\"");
    }
    text += ":" + number;
  }
  return text;
}

std::string head(const JobScriptArguments& arguments, const JobCommand& command) {
  std::error_code error;
  const std::filesystem::path here = std::filesystem::current_path(error);
  if (error) throw Error(ErrorKind::input, "the working folder cannot be told: " + error.message());
  std::string text = line("--job-name", arguments.job_name);
  if (command.tasks) text += line("--array", "0-" + std::to_string(*command.tasks - 1));
  text += line("--partition", arguments.partition) + line("--account", arguments.account) +
          line("--time", arguments.time) + line("--cpus-per-task", std::to_string(arguments.cpus)) +
          line("--mem", arguments.memory) + line("--gpus", arguments.gpus) +
          line("--chdir", here.string()) +
          line("--output", log_file(arguments, command.tasks.has_value())) +
          "#SBATCH --open-mode=append\n#SBATCH --requeue\n#SBATCH --signal=B:USR1@120\n";
  if (!arguments.after.empty()) {
    text +=
        line("--dependency", dependency(arguments.after)) + "#SBATCH --kill-on-invalid-dep=yes\n";
  }
  for (const std::string& argument : arguments.sbatch_arguments) {
    sbatch_word(argument, "--sbatch-arg");  // refuses what would be two lines
    text += "#SBATCH " + argument + "\n";
  }
  return text;
}

/// "$SLURM_TMPDIR" or "$TMPDIR/stage": which folder that is only the node knows.
bool is_of_node(const std::string& word) {
  return std::regex_match(word, std::regex("\\$[A-Za-z_][A-Za-z0-9_]*(/[A-Za-z0-9_./-]*)?"));
}

const char* explanation(bool is_array) {
  constexpr const char* of_one =
      "# exec: signals reach the program itself, and SLURM waits for it before it kills. 120 s\n"
      "# before the time limit comes USR1; the program then ends with exit code 75 and leaves\n"
      "# nothing half done under a final name. To go on, submit this script again. Where\n"
      "# slurm.conf has RequeueExit=75, SLURM does so by itself, as it does (--requeue) when a\n"
      "# node fails or another job goes first.\n";
  constexpr const char* of_array =
      "# exec: signals reach the program itself, and SLURM waits for it before it kills. 120 s\n"
      "# before the time limit comes USR1; the program then ends with exit code 75 and leaves\n"
      "# nothing half done under a final name. To go on, submit this script again, or one task of\n"
      "# it with sbatch --array=N: what is done stays as it is, and the shares are those of the\n"
      "# whole array. Where slurm.conf has RequeueExit=75, SLURM does so by itself, as it does\n"
      "# (--requeue) when a node fails or another job goes first.\n";
  return is_array ? of_array : of_one;
}

}  // namespace

void add_job_script_options(CLI::App& cli, JobScriptArguments& arguments, JobKind kind,
                            const std::string& name) {
  arguments.job_name = name;
  std::vector<CLI::Option*> options;
  options.push_back(add_value(cli, "--tasks", arguments.tasks,
                              "Tasks of the job array, which share the slides; auto: by the slides "
                              "that are to be done now, at most 1000.",
                              "N"));
  options.push_back(add_value(cli, "--slides-per-task", arguments.slides_per_task,
                              "With --tasks auto: slides for each.", "INT"));
  options.push_back(add_optional(cli, "--time", arguments.time, "Time limit, such as 4:00:00.",
                                 "TIME", "the partition's"));
  options.push_back(add_optional(cli, "--partition", arguments.partition, "Where the job runs.",
                                 "NAME", "the site's"));
  options.push_back(
      add_value(cli, "--cpus", arguments.cpus, "Processors for each task, and threads.", "INT"));
  options.push_back(add_optional(cli, "--mem", arguments.memory,
                                 "Memory for each task, such as 8G.", "SIZE", "the site's"));
  if (kind == JobKind::with_model) {
    options.push_back(add_optional(cli, "--gpus", arguments.gpus,
                                   "GPUs for each task, such as 1 or a100:1; the model then runs "
                                   "there or not at all.",
                                   "N", "none"));
  }
  options.push_back(add_optional(cli, "--account", arguments.account, "Whose account is charged.",
                                 "NAME", "yours"));
  options.push_back(add_value(cli, "--job-name", arguments.job_name, "The job's name.", "NAME"));
  options.push_back(add_value(cli, "--logs", arguments.logs,
                              "Folder of the logs, one a task, to which every start appends.",
                              "FOLDER"));
  options.push_back(cli.add_option("--after", arguments.after,
                                   "Start when these jobs have ended well; be cancelled when one "
                                   "has not.")
                        ->option_text("JOBID...")
                        ->default_str("at once"));
  options.push_back(cli.add_option("--sbatch-arg", arguments.sbatch_arguments,
                                   "Another line for sbatch, such as --sbatch-arg=--qos=low; "
                                   "repeatable.")
                        ->option_text("TEXT")
                        ->allow_extra_args(false)
                        ->default_str("none"));
  for (CLI::Option* option : options) option->group(group);
}

std::vector<std::string> given_options(const CLI::App& command) {
  std::vector<std::string> words;
  for (const CLI::Option* option : command.get_options()) {
    if (option->count() == 0 || option->get_group() == group || option->get_lnames().empty()) {
      continue;
    }
    const std::string name = "--" + option->get_lnames().front();
    const std::vector<std::string>& values = option->results();
    const bool looks_like_option = std::any_of(values.begin(), values.end(), [](const auto& value) {
      return !value.empty() && value.front() == '-';
    });
    if (option->get_items_expected_max() == 0) {
      words.push_back(name);
    } else if (looks_like_option) {
      for (const std::string& value : values) words.push_back(name + "=" + value);
    } else {
      words.push_back(name);
      words.insert(words.end(), values.begin(), values.end());
    }
  }
  return words;
}

std::optional<std::size_t> asked_tasks(const JobScriptArguments& arguments) {
  if (arguments.slides_per_task < 1) {
    throw Error(ErrorKind::usage, "--slides-per-task must be at least 1, got 0");
  }
  if (arguments.cpus < 1) throw Error(ErrorKind::usage, "--cpus must be at least 1, got 0");
  if (arguments.tasks == "auto") return std::nullopt;
  const std::size_t tasks = parse_count(arguments.tasks).value_or(0);
  if (tasks > 0) return tasks;
  throw Error(ErrorKind::usage, "--tasks must be at least 1, or auto, got " + arguments.tasks);
}

std::size_t tasks_for(const JobScriptArguments& arguments, std::size_t slides) {
  const std::size_t tasks = (slides + arguments.slides_per_task - 1) / arguments.slides_per_task;
  return std::clamp<std::size_t>(tasks, 1, most_tasks);
}

std::string job_script(const JobScriptArguments& arguments, const JobCommand& command) {
  std::string text = "#!/bin/bash\n" + head(arguments, command) + "\n" +
                     explanation(command.tasks.has_value()) + "exec";
  std::string before;
  for (const std::string& word : command.words) {
    const bool begins_line = word.rfind("--", 0) == 0;
    text += begins_line ? " \\\n  " : " ";
    text += before == "--stage" && is_of_node(word) ? '"' + word + '"' : shell_quoted(word);
    before = word;
  }
  if (command.tasks) {
    text += " \\\n  --shard \"$SLURM_ARRAY_TASK_ID/" + std::to_string(*command.tasks) + "\"";
  }
  return text + "\n";
}

std::filesystem::path program_file() {
  std::error_code error;
  std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) {
    throw Error(ErrorKind::internal, "this program's own file cannot be told: " + error.message());
  }
  return program;
}

}  // namespace histo::app
