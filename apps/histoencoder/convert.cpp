#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "histo/jobs.hpp"

#include "common/app.hpp"
#include "common/options.hpp"
#include "common/sharing_options.hpp"
#include "histoencoder/verbs.hpp"

namespace histo::app {

namespace {

struct Arguments {
  bool overwrite = false;
  bool dry_run = false;
  SharingArguments sharing;
  ConvertJobOptions job;
};

const std::vector<std::pair<std::string, std::optional<ForeignFormat>>> formats{
    {"trident", ForeignFormat::trident}, {"clam", ForeignFormat::clam},
    {"stamp", ForeignFormat::stamp},     {"pt", ForeignFormat::pt},
    {"npy", ForeignFormat::npy},         {"csv", ForeignFormat::csv}};

int convert(Arguments& arguments, const ConsoleOptions& console, RunInfo info) {
  ConvertJobOptions& job = arguments.job;
  job.overwrite = arguments.overwrite ? Overwrite::always : Overwrite::never;
  job.shard = sharing_of(arguments.sharing).shard;
  job.module_folder = module_folder();
  job.info = std::move(info);
  validate(job);
  if (arguments.dry_run) return print_plan(plan_convert_job(job));

  return perform("histoencoder convert", console, job.info,
                 "run the same command again with --overwrite",
                 [&job](Console& observer) { return run_convert_job(job, observer, stop_flag()); });
}

}  // namespace

Verb add_convert(CLI::App& command, const ConsoleOptions& console) {
  const auto arguments = std::make_shared<Arguments>();
  ConvertJobOptions& job = arguments->job;
  command
      .add_option("-i,--input", job.inputs,
                  "With --to: folders with extracted features. With --from: files, folders of "
                  "files, or patterns. Repeatable.")
      ->option_text("PATH...")
      ->required();
  command
      .add_option("-o,--output", job.output,
                  "With --to: the folder for the other tool's files. With --from: the folder for "
                  "slide folders, which cluster takes.")
      ->option_text("FOLDER")
      ->required();
  CLI::Option* to = add_choice(command, "--to", job.to, formats, "The format to write.");
  add_choice(command, "--from", job.from, formats, "The format to read.")->excludes(to);
  add_optional(command, "--slide-mpp", job.slide_mpp,
               "Micrometres a level-0 pixel of slides that do not state it; STAMP's places are "
               "micrometres.",
               "UM", "what the slide states");
  add_optional(command, "--tile-size", job.tile_size,
               "Width and height of a tile in level-0 pixels, for files that do not state it.",
               "PIXELS", "what the file states");
  command.add_flag("-z,--overwrite", arguments->overwrite, "Replace files that are there already.");
  add_shard_option(command, arguments->sharing);
  command.add_flag("--dry-run", arguments->dry_run,
                   "Print what would be done to each slide, and stop.");
  return
      [arguments, &console](RunInfo info) { return convert(*arguments, console, std::move(info)); };
}

}  // namespace histo::app
