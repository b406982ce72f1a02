#include "histoprep/tile_arguments.hpp"

#include "histo/error.hpp"
#include "histo/jobs.hpp"

#include "common/app.hpp"
#include "common/options.hpp"
#include "common/staging_options.hpp"

namespace histo::app {

namespace {

void add_input_output(CLI::App& cli, TileArguments& arguments) {
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

void add_saving(CLI::App& cli, TileArguments& arguments) {
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

void add_running(CLI::App& cli, TileArguments& arguments) {
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
}

}  // namespace

void add_tile_arguments(CLI::App& cli, TileArguments& arguments) {
  add_input_output(cli, arguments);
  add_tiling_options(cli, arguments.tiling, ShortNames::yes);
  add_separation(cli, arguments.tiling.job.stain);
  add_saving(cli, arguments);
  add_running(cli, arguments);
  add_staging_options(cli, arguments.tiling.job.staging);
}

TileJobOptions tile_job_of(TileArguments& arguments) {
  if (arguments.inputs.empty() && !arguments.input_list) {
    throw Error(ErrorKind::usage, "--input or --input-list is needed");
  }
  if (arguments.tiling.job.output.empty()) throw Error(ErrorKind::usage, "--output is needed");
  TileJobOptions& job = arguments.tiling.job;
  job.threads = resolve_threads(arguments.threads);
  if (arguments.unfinished) job.overwrite = Overwrite::unfinished;
  if (arguments.overwrite) job.overwrite = Overwrite::always;
  job.sharing = sharing_of(arguments.sharing);
  validate(job);
  // At 1 debris counts as spots: of a photographed array of 94 it makes 168.
  if (job.tma && arguments.tiling.sigma->count() == 0) job.tissue.sigma = 2.0;
  read_slides_csv(arguments.tiling);
  job.slides = find_slides(arguments.inputs, arguments.input_list);
  return job;
}

}  // namespace histo::app
