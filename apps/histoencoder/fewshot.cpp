#include <memory>
#include <utility>

#include "histo/jobs.hpp"

#include "common/app.hpp"
#include "common/options.hpp"
#include "histoencoder/classify_arguments.hpp"
#include "histoencoder/verbs.hpp"

namespace histo::app {

namespace {

struct Arguments : ClassifyArguments {
  FewShotJobOptions job;
};

int name_tiles(const Arguments& arguments, const CLI::App& command, const ConsoleOptions& console,
               RunInfo info) {
  FewShotJobOptions job = arguments.job;
  // None is asked for by one number of shots, 0.
  if (job.episodes.shots == std::vector<std::size_t>{0}) job.episodes.shots.clear();
  finish_classify_options(command, arguments, {"--shots", "--episodes", "--save-episodes"},
                          std::move(info), job.common);
  validate(job);
  return perform_analysis(
      "histoencoder fewshot", console, job.common.info,
      [&job](Console& observer) { return run_few_shot_job(job, observer, stop_flag()); });
}

}  // namespace

Verb add_fewshot(CLI::App& command, const ConsoleOptions& console) {
  const auto arguments = std::make_shared<Arguments>();
  FewShotJobOptions& job = arguments->job;
  add_classify_inputs(command, *arguments, job.common);
  command
      .add_option("--shots", job.episodes.shots,
                  "Tiles of each class that prototypes are made of, again and again; 0: no such "
                  "episodes.")
      ->option_text("INT...")
      ->default_str(CLI::detail::join(job.episodes.shots, " "))
      ->check(whole_number());
  add_value(command, "--episodes", job.episodes.episodes,
            "How often for each number of shots, tried on the test tiles or the first fold.",
            "INT");
  command.add_flag("--save-episodes", job.save_episodes,
                   "The tiles and the accuracy of every episode.");
  add_value(command, "--top-k", job.nearest_tiles,
            "A slide's class by the mean distance of so many of its tiles, the nearest to each.",
            "INT");
  add_classify_results(command, *arguments, job.common);
  return [arguments, &command, &console](RunInfo info) {
    return name_tiles(*arguments, command, console, std::move(info));
  };
}

}  // namespace histo::app
