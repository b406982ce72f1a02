#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "histo/error.hpp"
#include "histo/jobs.hpp"

#include "common/app.hpp"
#include "common/job_script.hpp"
#include "histoprep/tile_arguments.hpp"
#include "histoprep/verbs.hpp"

namespace histo::app {

namespace {

struct Arguments : TileArguments {
  JobScriptArguments script;
};

std::size_t slides_to_do(const TileJobOptions& job) {
  const std::vector<PlannedSlide> plan = plan_tile_job(job);
  return static_cast<std::size_t>(
      std::count_if(plan.begin(), plan.end(),
                    [](const PlannedSlide& slide) { return slide.action != Action::skip; }));
}

int print_script(Arguments& arguments, const CLI::App& command) {
  if (arguments.overwrite) throw Error(ErrorKind::usage, overwrite_in_array);
  const std::optional<std::size_t> asked = asked_tasks(arguments.script);
  // A task that is started again finds its own unfinished slide.
  arguments.unfinished = true;
  const TileJobOptions job = tile_job_of(arguments);
  JobCommand script;
  script.words = given_options(command);
  if (command.count("--unfinished") == 0) script.words.emplace_back("--unfinished");
  script.words.insert(script.words.begin(), program_file().string());
  script.tasks = asked ? *asked : tasks_for(arguments.script, slides_to_do(job));
  std::cout << job_script(arguments.script, script);
  return exit_done;
}

}  // namespace

Verb add_sbatch(CLI::App& command, const ConsoleOptions& /*console*/) {
  const auto arguments = std::make_shared<Arguments>();
  add_tile_arguments(command, *arguments);
  add_claim_options(command, arguments->sharing);
  add_job_script_options(command, arguments->script, JobKind::plain, "histoprep");
  return [arguments, &command](const RunInfo&) { return print_script(*arguments, command); };
}

}  // namespace histo::app
