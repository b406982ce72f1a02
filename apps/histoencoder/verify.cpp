#include <iostream>
#include <memory>
#include <string>

#include "histo/jobs.hpp"

#include "common/app.hpp"
#include "common/printable.hpp"
#include "common/sharing_options.hpp"
#include "histoencoder/verbs.hpp"

namespace histo::app {

namespace {

struct Arguments {
  SharingArguments sharing;
  VerifyJobOptions job;
};

const char* word_of(StoreState state) {
  if (state == StoreState::sound) return "ok";
  return state == StoreState::wrong ? "wrong" : "missing";
}

int verify(const Arguments& arguments, const ConsoleOptions& options) {
  VerifyJobOptions job = arguments.job;
  job.shard = sharing_of(arguments.sharing).shard;
  validate(job);
  Console console("histoencoder verify", options);
  const VerifyReport report = run_verify_job(job, console, stop_flag());
  std::cout << "slide\tstate\treason\n";
  for (const CheckedStore& store : report.stores) {
    std::cout << printable(store.folder.string()) << '\t' << word_of(store.state) << '\t'
              << printable(store.reason) << '\n';
  }
  const std::size_t sound = report.count(StoreState::sound);
  const std::string counts = std::to_string(sound) + " ok, " +
                             std::to_string(report.count(StoreState::wrong)) + " wrong, " +
                             std::to_string(report.count(StoreState::missing)) + " missing; " +
                             std::to_string(report.tiles()) + " rows read";
  if (report.interrupted) {
    console.error("interrupted: " + counts + "; run the same command again");
    return stop_exit_code();
  }
  console.info(counts);
  return sound == report.stores.size() ? exit_done : exit_failed;
}

}  // namespace

Verb add_verify(CLI::App& command, const ConsoleOptions& console) {
  const auto arguments = std::make_shared<Arguments>();
  command
      .add_option("-i,--input", arguments->job.inputs,
                  "Folders with extracted features, or slide folders in them; repeatable.")
      ->option_text("FOLDER...")
      ->required();
  add_shard_option(command, arguments->sharing);
  return [arguments, &console](const RunInfo&) { return verify(*arguments, console); };
}

}  // namespace histo::app
