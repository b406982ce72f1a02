#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "histo/error.hpp"
#include "histo/jobs.hpp"

#include "common/app.hpp"
#include "common/job_script.hpp"
#include "histoencoder/cluster_arguments.hpp"
#include "histoencoder/extract_arguments.hpp"
#include "histoencoder/verbs.hpp"

namespace histo::app {

namespace {

struct Extraction : ExtractArguments {
  JobScriptArguments script;
};

struct Clustering : ClusterArguments {
  JobScriptArguments script;
};

std::size_t to_do(const std::vector<PlannedSlide>& plan) {
  return static_cast<std::size_t>(
      std::count_if(plan.begin(), plan.end(),
                    [](const PlannedSlide& slide) { return slide.action != Action::skip; }));
}

// Of a chain all jobs are handed over before the first of them has written anything.
template <class Plan>
std::size_t count_tasks(const JobScriptArguments& script, const Plan& plan) {
  try {
    return tasks_for(script, to_do(plan()));
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::input) throw;
    throw Error(ErrorKind::input, std::string(error.what()) +
                                      "; --tasks auto counts the slides that are there now, so "
                                      "give --tasks N where an earlier job makes them");
  }
}

std::vector<std::string> words_of(const char* verb, const CLI::App& command) {
  std::vector<std::string> words{program_file().string(), verb};
  const std::vector<std::string> options = given_options(command);
  words.insert(words.end(), options.begin(), options.end());
  return words;
}

int print_extraction(Extraction& arguments, const CLI::App& command) {
  if (arguments.overwrite) throw Error(ErrorKind::usage, overwrite_in_array);
  const std::optional<std::size_t> asked = asked_tasks(arguments.script);
  const ModelCard card = complete(arguments);
  JobCommand script{words_of("extract", command), asked};
  // Without this a node whose GPU is gone would go on by its processors, many times slower.
  const bool has_device = command.count("--device") > 0 || command.count("--use-cpu") > 0;
  if (arguments.script.gpus && !has_device) {
    script.words.insert(script.words.end(), {"--device", "cuda"});
  }
  if (!script.tasks) {
    script.tasks = count_tasks(arguments.script, [&] {
      set_inputs(arguments, command, card);
      return plan_extract_job(arguments.job, card);
    });
  }
  std::cout << job_script(arguments.script, script);
  return exit_done;
}

int print_clustering(const Clustering& arguments, const CLI::App& command) {
  const std::optional<std::size_t> asked = asked_tasks(arguments.script);
  JobCommand script{words_of("cluster", command), std::nullopt};
  if (arguments.centroids.empty()) {
    if (asked || command.count("--slides-per-task") > 0) {
      throw Error(ErrorKind::usage,
                  "--tasks and --slides-per-task share the slides of --apply; clusters are made of "
                  "all slides at once, by one task");
    }
    ClusterJobOptions job = cluster_job_of(arguments, command);
    job.kmeans.threads = 1;
    validate(job);
  } else {
    if (arguments.overwrite) throw Error(ErrorKind::usage, overwrite_in_array);
    const ApplyJobOptions job = apply_job_of(arguments, command);
    script.tasks =
        asked ? *asked : count_tasks(arguments.script, [&] { return plan_apply_job(job); });
  }
  std::cout << job_script(arguments.script, script);
  return exit_done;
}

}  // namespace

Verb add_sbatch_extract(CLI::App& command, const ConsoleOptions& /*console*/) {
  const auto arguments = std::make_shared<Extraction>();
  add_extract_arguments(command, *arguments);
  add_claim_options(command, arguments->sharing);
  add_job_script_options(command, arguments->script, JobKind::with_model, "histoencoder-extract");
  return [arguments, &command](const RunInfo&) { return print_extraction(*arguments, command); };
}

Verb add_sbatch_cluster(CLI::App& command, const ConsoleOptions& /*console*/) {
  const auto arguments = std::make_shared<Clustering>();
  add_cluster_arguments(command, *arguments);
  add_job_script_options(command, arguments->script, JobKind::plain, "histoencoder-cluster");
  return [arguments, &command](const RunInfo&) { return print_clustering(*arguments, command); };
}

}  // namespace histo::app
