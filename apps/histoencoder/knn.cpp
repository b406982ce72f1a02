#include <memory>
#include <utility>

#include "histo/error.hpp"
#include "histo/jobs.hpp"

#include "common/app.hpp"
#include "common/options.hpp"
#include "histoencoder/classify_arguments.hpp"
#include "histoencoder/verbs.hpp"

namespace histo::app {

namespace {

enum class Preset { dino, uni };

struct Arguments : ClassifyArguments {
  KnnJobOptions job;
  Preset preset = Preset::dino;
};

/// The options that are given stand beside those of the preset.
void take_preset(const CLI::App& command, Preset preset, KnnOptions& knn) {
  if (preset == Preset::dino) return;
  if (command.get_option("--weights")->count() == 0) knn.weights = KnnWeights::uniform;
  if (command.get_option("--centre")->count() == 0) knn.centring = Centring::mean_of_references;
}

int name_tiles(const Arguments& arguments, const CLI::App& command, const ConsoleOptions& console,
               RunInfo info) {
  KnnJobOptions job = arguments.job;
  take_preset(command, arguments.preset, job.knn);
  if (job.knn.weights == KnnWeights::uniform && command.get_option("--temperature")->count() > 0) {
    throw Error(ErrorKind::usage, "--temperature has no meaning with uniform weights");
  }
  finish_classify_options(command, arguments,
                          {"-k", "--weights", "--temperature", "--centre", "--preset"},
                          std::move(info), job.common);
  validate(job);
  return perform_analysis("histoencoder knn", console, job.common.info, [&job](Console& observer) {
    return run_knn_job(job, observer, stop_flag());
  });
}

}  // namespace

Verb add_knn(CLI::App& command, const ConsoleOptions& console) {
  const auto arguments = std::make_shared<Arguments>();
  KnnJobOptions& job = arguments->job;
  add_classify_inputs(command, *arguments, job.common);
  add_choice(command, "--preset", arguments->preset, {{"dino", Preset::dino}, {"uni", Preset::uni}},
             "dino: temperature weights; uni: uniform weights of centred features. Options that "
             "are given win.");
  add_value(command, "-k,--neighbours", job.knn.neighbours,
            "Labelled tiles, the nearest by cosine, that vote.", "INT");
  add_choice(command, "--weights", job.knn.weights,
             {{"temperature", KnnWeights::temperature}, {"uniform", KnnWeights::uniform}},
             "A vote counts exp(cosine / T), or 1.");
  add_value(command, "--temperature", job.knn.temperature, "T, above 0.", "T");
  command.add_flag(
      "--centre", [&job](std::int64_t) { job.knn.centring = Centring::mean_of_references; },
      "Take the mean of the labelled tiles from all features first.");
  add_classify_results(command, *arguments, job.common);
  return [arguments, &command, &console](RunInfo info) {
    return name_tiles(*arguments, command, console, std::move(info));
  };
}

}  // namespace histo::app
