#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "histo/error.hpp"
#include "histo/jobs.hpp"

#include "common/app.hpp"
#include "common/options.hpp"
#include "common/tiling_options.hpp"
#include "histoprep/verbs.hpp"

namespace histo::app {

namespace {

struct Arguments {
  std::vector<std::string> inputs;
  std::optional<std::filesystem::path> input_list;
  std::size_t threads = 0;
  bool overwrite = false;
  bool unfinished = false;
  bool dry_run = false;
  TilingArguments tiling;
};

void add_input_output(CLI::App& cli, Arguments& arguments) {
  const char* group = "Input and output";
  cli.add_option("-i,--input", arguments.inputs,
                 "Slides: files, folders, or patterns such as 'slides/*.tiff'; repeatable.")
      ->option_text("PATTERN...")
      ->group(group);
  cli.add_option("--input-list", arguments.input_list,
                 "A text file with such a file or pattern on each line.")
      ->option_text("FILE")
      ->group(group);
  cli.add_option("-o,--output", arguments.tiling.job.output,
                 "Parent folder of all results; each slide gets a folder in it.")
      ->option_text("FOLDER")
      ->group(group);
  add_choice(cli, "--backend", arguments.tiling.job.backend,
             {{"auto", SlideBackend::automatic},
              {"direct", SlideBackend::direct},
              {"openslide", SlideBackend::openslide},
              {"pil", SlideBackend::image},
              {"image", SlideBackend::image}},
             "What reads the slides; auto goes by the file's content.")
      ->group(group);
  cli.add_flag("--keep-parent", arguments.tiling.job.keep_parent,
               "Put the parent folder's name before each slide's, for names that repeat.")
      ->group(group);
}

void add_separation(CLI::App& cli, StainOptions& stain) {
  cli.add_flag("--stain-separate", stain.separate,
               "Write each tile's haematoxylin and eosin beside it.")
      ->group("Stains");
}

void add_saving(CLI::App& cli, Arguments& arguments) {
  const char* group = "Saving";
  SavingOptions& saving = arguments.tiling.job.saving;
  add_choice(cli, "--save", saving.save,
             {{"files", SaveTiles::files}, {"tar", SaveTiles::tar}, {"none", SaveTiles::none}},
             "A file for each tile, a tar for each slide, or none: only where the tiles are.")
      ->group(group);
  cli.add_flag("--metrics", saving.metrics,
               "Write each tile's metrics into metadata.csv: colour, focus, ink and more.")
      ->group(group);
  cli.add_flag("--masks", saving.masks, "Write each tile's tissue mask, too.")->group(group);
  cli.add_flag("--tma", arguments.tiling.job.tma,
               "Find, number and save the spots of a tissue microarray, too; --sigma is then 2 "
               "unless it is given.")
      ->group(group);
  add_choice(cli, "--image-format", saving.image.format,
             {{"png", ImageFormat::png}, {"jpeg", ImageFormat::jpeg}, {"jpg", ImageFormat::jpeg}},
             "File format of the tiles.")
      ->group(group);
  add_value(cli, "--quality", saving.image.quality, "Quality of JPEG tiles, from 1 to 100.", "INT")
      ->group(group);
  add_value(cli, "--compression", saving.image.compression,
            "Of PNG tiles, from 1, the fastest, to 9, the smallest.", "INT")
      ->group(group);
  cli.add_flag("--absolute-paths", saving.absolute_paths,
               "Write absolute paths into metadata.csv, as HistoPrep does.")
      ->group(group);
}

void add_running(CLI::App& cli, Arguments& arguments) {
  const char* group = "Running";
  CLI::Option* overwrite =
      cli.add_flag("-z,--overwrite", arguments.overwrite, "Do slides again that are done already.")
          ->group(group);
  cli.add_flag("-u,--unfinished", arguments.unfinished,
               "Do slides again whose folder has no metadata.csv.")
      ->group(group)
      ->excludes(overwrite);
  add_value(cli, "-j,--num-workers,--threads", arguments.threads,
            "Threads; 0: all that the job may use. The files do not depend on it.", "INT")
      ->group(group);
  cli.add_flag("--dry-run", arguments.dry_run, "Print what would be done to each slide, and stop.")
      ->group(group);
}

int tile(Arguments& arguments, const ConsoleOptions& console, RunInfo info) {
  if (arguments.inputs.empty() && !arguments.input_list) {
    throw Error(ErrorKind::usage, "--input or --input-list is needed");
  }
  if (arguments.tiling.job.output.empty()) throw Error(ErrorKind::usage, "--output is needed");
  TileJobOptions& job = arguments.tiling.job;
  job.threads = resolve_threads(arguments.threads);
  if (arguments.unfinished) job.overwrite = Overwrite::unfinished;
  if (arguments.overwrite) job.overwrite = Overwrite::always;
  job.info = std::move(info);
  validate(job);
  // At 1 debris counts as spots: of a photographed array of 94 it makes 168.
  if (job.tma && arguments.tiling.sigma->count() == 0) job.tissue.sigma = 2.0;
  read_slides_csv(arguments.tiling);
  job.slides = find_slides(arguments.inputs, arguments.input_list);
  if (arguments.dry_run) return print_plan(plan_tile_job(job));

  return perform("histoprep", console, job.info, "run the same command with --unfinished",
                 [&job](Console& observer) { return run_tile_job(job, observer, stop_flag()); });
}

}  // namespace

Verb add_tiling(CLI::App& command, const ConsoleOptions& console) {
  const auto arguments = std::make_shared<Arguments>();
  add_input_output(command, *arguments);
  add_tiling_options(command, arguments->tiling, ShortNames::yes);
  add_separation(command, arguments->tiling.job.stain);
  add_saving(command, *arguments);
  add_running(command, *arguments);
  return [arguments, &console](RunInfo info) { return tile(*arguments, console, std::move(info)); };
}

}  // namespace histo::app
