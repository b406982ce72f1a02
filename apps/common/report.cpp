#include "common/report.hpp"

#include <filesystem>
#include <iostream>
#include <memory>
#include <vector>

#include "common/app.hpp"
#include "common/options.hpp"

namespace histo::app {

namespace {

enum class Format { markdown, csv };

struct Arguments {
  std::filesystem::path output;
  Format format = Format::markdown;
};

/// "tile: 62 done, 2 skipped, 1 failed, 0 interrupted, of 65 slides".
std::string counts_of(const ReportedStep& step) {
  return step.verb + ": " + std::to_string(step.count(Outcome::done)) + " done, " +
         std::to_string(step.count(Outcome::skipped)) + " skipped, " +
         std::to_string(step.count(Outcome::failed)) + " failed, " +
         std::to_string(step.count(Outcome::interrupted)) + " interrupted; " +
         std::to_string(step.missing.size()) + " shards missing, " +
         std::to_string(step.unfinished.size()) + " unfinished";
}

int tell(const Arguments& arguments, const std::string& program, const ConsoleOptions& options) {
  Console console(program, options);
  const JobReport report = report_job(arguments.output);
  std::cout << (arguments.format == Format::csv ? csv_of(report) : markdown_of(report));
  for (const std::string& damage : report.damage) console.warn(damage);
  for (const ReportedStep& step : report.steps) {
    for (const std::string& doubt : step.doubts) console.warn(step.verb + ": " + doubt);
    console.info(counts_of(step));
  }
  return report.is_complete() ? exit_done : exit_failed;
}

}  // namespace

Verb add_report(CLI::App& command, const std::string& folder, const ConsoleOptions& console) {
  const auto arguments = std::make_shared<Arguments>();
  command.add_option(folder, arguments->output, "The folder that the results are in.")
      ->option_text("FOLDER")
      ->required();
  const std::vector<std::pair<std::string, Format>> formats{{"markdown", Format::markdown},
                                                            {"csv", Format::csv}};
  add_choice(command, "--format", arguments->format, formats,
             "markdown: a summary for people; csv: a line for each slide and step.");
  const std::string program = command.get_parent()->get_name() + " report";
  return
      [arguments, program, &console](const RunInfo&) { return tell(*arguments, program, console); };
}

}  // namespace histo::app
