#include <memory>
#include <utility>

#include "histo/jobs.hpp"

#include "common/app.hpp"
#include "common/plan_output.hpp"
#include "histoencoder/extract_arguments.hpp"
#include "histoencoder/verbs.hpp"

namespace histo::app {

namespace {

struct Arguments : ExtractArguments {
  PlanFormat format = PlanFormat::tsv;
};

int plan(Arguments& arguments, const CLI::App& command, const ConsoleOptions& options) {
  const ModelCard card = complete(arguments);
  set_inputs(arguments, command, card);
  Console console("histoencoder plan", options);
  return print_table(tabulate(arguments.job, card, console, stop_flag()), arguments.format,
                     console);
}

}  // namespace

Verb add_plan(CLI::App& command, const ConsoleOptions& console) {
  const auto arguments = std::make_shared<Arguments>();
  add_plan_format(command, arguments->format);
  add_extract_arguments(command, *arguments);
  add_sharing_options(command, arguments->sharing);
  return [arguments, &command, &console](const RunInfo&) {
    return plan(*arguments, command, console);
  };
}

}  // namespace histo::app
