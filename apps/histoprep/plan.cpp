#include <memory>
#include <utility>

#include "histo/jobs.hpp"

#include "common/app.hpp"
#include "common/plan_output.hpp"
#include "histoprep/tile_arguments.hpp"
#include "histoprep/verbs.hpp"

namespace histo::app {

namespace {

struct Arguments : TileArguments {
  PlanFormat format = PlanFormat::tsv;
};

int plan(Arguments& arguments, const ConsoleOptions& options) {
  const TileJobOptions job = tile_job_of(arguments);
  Console console("histoprep plan", options);
  return print_table(tabulate(job, console, stop_flag()), arguments.format, console);
}

}  // namespace

Verb add_plan(CLI::App& command, const ConsoleOptions& console) {
  const auto arguments = std::make_shared<Arguments>();
  add_plan_format(command, arguments->format);
  add_tile_arguments(command, *arguments);
  add_sharing_options(command, arguments->sharing);
  return [arguments, &console](const RunInfo&) { return plan(*arguments, console); };
}

}  // namespace histo::app
