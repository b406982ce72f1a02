// histoprep: slides to tiles.

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "histo/error.hpp"
#include "histo/feature_store.hpp"
#include "histo/jobs.hpp"
#include "histo/version.hpp"

#include "common/app.hpp"
#include "common/options.hpp"

namespace {

using histo::app::add_choice;
using histo::app::add_optional;
using histo::app::add_value;

struct Arguments {
  std::vector<std::string> inputs;
  std::optional<std::filesystem::path> input_list;
  std::size_t threads = 0;
  bool overwrite = false;
  bool unfinished = false;
  bool dry_run = false;
  histo::TileJobOptions job;
  histo::app::ConsoleOptions console;
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
  cli.add_option("-o,--output", arguments.job.output,
                 "Parent folder of all results; each slide gets a folder in it.")
      ->option_text("FOLDER")
      ->required()
      ->group(group);
  add_choice(cli, "--backend", arguments.job.backend,
             {{"auto", histo::SlideBackend::automatic},
              {"openslide", histo::SlideBackend::openslide},
              {"pil", histo::SlideBackend::image},
              {"image", histo::SlideBackend::image}},
             "What reads the slides; auto goes by the file's content.")
      ->group(group);
  cli.add_flag("--keep-parent", arguments.job.keep_parent,
               "Put the parent folder's name before each slide's, for names that repeat.")
      ->group(group);
}

void add_tiling(CLI::App& cli, histo::TilingOptions& tiling) {
  const char* group = "Tiles";
  add_value(cli, "-l,--level", tiling.level,
            "Pyramid level to read the tiles from; negative counts from the last.", "INT")
      ->group(group);
  add_value(cli, "-w,--width", tiling.width, "Tile width, in level-0 pixels.", "INT")->group(group);
  add_optional(cli, "--height", tiling.height, "Tile height, in level-0 pixels.", "INT",
               "the width")
      ->group(group);
  add_value(cli, "-n,--overlap", tiling.overlap,
            "Share of a tile that its neighbours repeat, in [0, 1).", "SHARE")
      ->group(group);
  add_value(cli, "-b,--max-background", tiling.max_background,
            "Leave out tiles with a larger share of background, in [0, 1].", "SHARE")
      ->group(group);
  cli.add_flag("--in-bounds", tiling.in_bounds,
               "Leave out tiles that reach beyond the slide; else white is added.")
      ->group(group);
}

void add_tissue(CLI::App& cli, histo::TissueOptions& tissue) {
  const char* group = "Tissue";
  add_optional(cli, "-t,--threshold", tissue.threshold,
               "Grey value up to which a pixel is tissue, in [0, 255].", "INT", "Otsu's")
      ->group(group);
  add_value(cli, "-x,--multiplier", tissue.multiplier,
            "Otsu's threshold is multiplied by this; above 1 keeps paler tissue.", "FACTOR")
      ->group(group);
  add_optional(cli, "--tissue-level", tissue.level, "Pyramid level to look for tissue in.", "INT",
               "by --max-dimension")
      ->group(group);
  add_value(cli, "--max-dimension", tissue.max_dimension,
            "Look in the first level with both sides at most this many pixels.", "INT")
      ->group(group);
  add_value(cli, "--sigma", tissue.sigma,
            "Standard deviation of the blur before thresholding, in pixels of that level; 0: none.",
            "PIXELS")
      ->group(group);
}

void add_saving(CLI::App& cli, Arguments& arguments) {
  const char* group = "Saving";
  add_choice(cli, "--image-format", arguments.job.image.format,
             {{"png", histo::ImageFormat::png},
              {"jpeg", histo::ImageFormat::jpeg},
              {"jpg", histo::ImageFormat::jpeg}},
             "File format of the tiles.")
      ->group(group);
  add_value(cli, "--quality", arguments.job.image.quality, "Quality of JPEG tiles, from 1 to 100.",
            "INT")
      ->group(group);
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

int tile(Arguments& arguments, histo::RunInfo info) {
  if (arguments.inputs.empty() && !arguments.input_list) {
    throw histo::Error(histo::ErrorKind::usage, "--input or --input-list is needed");
  }
  histo::TileJobOptions& job = arguments.job;
  job.threads = histo::app::resolve_threads(arguments.threads);
  if (arguments.unfinished) job.overwrite = histo::Overwrite::unfinished;
  if (arguments.overwrite) job.overwrite = histo::Overwrite::always;
  job.info = std::move(info);
  histo::validate(job);
  job.slides = histo::find_slides(arguments.inputs, arguments.input_list);
  if (arguments.dry_run) return histo::app::print_plan(histo::plan_tile_job(job));

  return histo::app::perform("histoprep", arguments.console, job.info,
                             "run the same command with --unfinished",
                             [&job](histo::app::Console& console) {
                               return histo::run_tile_job(job, console, histo::app::stop_flag());
                             });
}

std::string versions() {
  return "histoprep " + histo::version() + " (" + histo::git_description() + ")\nOpenSlide " +
         histo::openslide_version() + ", OpenCV " + histo::opencv_version() + ", HDF5 " +
         histo::hdf5_version();
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App cli("Cut slides into tiles where there is tissue.", "histoprep");
  histo::app::set_manners(
      cli,
      "  histoprep -i 'slides/*.tiff' -o tiles/ --width 512\n"
      "  histoprep -i slides/ -o tiles/ -w 256 -n 0.5 --image-format jpeg --quality 90\n"
      "  histoprep -i 'slides/*.tiff' -o tiles/ --width 512 --dry-run\n");
  cli.set_version_flag("-V,--version", versions, "Print the versions of this and its libraries.")
      ->group("Help");
  Arguments arguments;
  add_input_output(cli, arguments);
  add_tiling(cli, arguments.job.tiling);
  add_tissue(cli, arguments.job.tissue);
  add_saving(cli, arguments);
  histo::app::add_console_options(cli, arguments.console);
  return histo::app::run(cli, argc, argv, arguments.console,
                         [&] { return tile(arguments, histo::app::run_info(cli, argc, argv)); });
}
