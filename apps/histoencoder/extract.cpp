#include <memory>
#include <string>
#include <utility>

#include "histo/encoder.hpp"
#include "histo/jobs.hpp"
#include "histo/model_card.hpp"

#include "common/app.hpp"
#include "histoencoder/extract_arguments.hpp"
#include "histoencoder/verbs.hpp"

namespace histo::app {

namespace {

struct Arguments : ExtractArguments {
  bool dry_run = false;
};

std::string default_model_sentence(const ModelCard& card) {
  return "no --model was given, so the features are those of " + card.name + ": " + card.note;
}

int extract(Arguments& arguments, const CLI::App& command, const ConsoleOptions& console,
            RunInfo info) {
  const ModelCard card = complete(arguments);
  set_inputs(arguments, command, card);
  ExtractJobOptions& job = arguments.job;
  job.info = std::move(info);
  if (arguments.dry_run) return print_plan(plan_extract_job(job, card));

  const auto load = [&arguments, &card] { return load_encoder(card, arguments.encoder); };
  return perform("histoencoder extract", console, job.info, "run the same command again",
                 [&](Console& observer) {
                   if (arguments.model.empty()) observer.info(default_model_sentence(card));
                   return run_extract_job(job, card, load, observer, stop_flag());
                 });
}

}  // namespace

Verb add_extract(CLI::App& command, const ConsoleOptions& console) {
  const auto arguments = std::make_shared<Arguments>();
  add_extract_arguments(command, *arguments);
  add_sharing_options(command, arguments->sharing);
  command.add_flag("--dry-run", arguments->dry_run,
                   "Print what would be done to each slide, and stop.");
  return [arguments, &command, &console](RunInfo info) {
    return extract(*arguments, command, console, std::move(info));
  };
}

}  // namespace histo::app
