#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "histo/error.hpp"
#include "histo/jobs.hpp"

#include "common/app.hpp"
#include "common/options.hpp"
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
  const CLI::Option* sigma = nullptr;
  TileJobOptions job;
  std::optional<std::filesystem::path> slides_csv;
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
      ->group(group);
  add_choice(cli, "--backend", arguments.job.backend,
             {{"auto", SlideBackend::automatic},
              {"direct", SlideBackend::direct},
              {"openslide", SlideBackend::openslide},
              {"pil", SlideBackend::image},
              {"image", SlideBackend::image}},
             "What reads the slides; auto goes by the file's content.")
      ->group(group);
  cli.add_flag("--keep-parent", arguments.job.keep_parent,
               "Put the parent folder's name before each slide's, for names that repeat.")
      ->group(group);
}

void add_resolution(CLI::App& cli, Arguments& arguments) {
  const char* group = "Resolution";
  ResolutionOptions& resolution = arguments.job.resolution;
  CLI::Option* mpp =
      add_optional(cli, "--mpp", resolution.mpp,
                   "Micrometres a pixel of the tiles, any value; --width and --height then count "
                   "pixels of the tiles.",
                   "UM", "by --level")
          ->group(group);
  add_value(cli, "--mpp-tolerance", resolution.mpp_tolerance,
            "A level that differs by at most this share is taken as it is, not resampled.", "SHARE")
      ->group(group);
  CLI::Option* slide_mpp =
      add_optional(cli, "--slide-mpp", resolution.slide_mpp,
                   "Micrometres a level-0 pixel, for slides that state none or a wrong one.", "UM",
                   "the slide's")
          ->group(group);
  cli.add_option("--slides-csv", arguments.slides_csv,
                 "A table with columns slide,mpp: a value for each slide.")
      ->option_text("FILE")
      ->group(group)
      ->excludes(slide_mpp);
  cli.add_flag("--upsample", resolution.upsample,
               "Enlarge slides that are coarser than --mpp; else they fail.")
      ->group(group);
  add_value(cli, "-l,--level", arguments.job.tiling.level,
            "Pyramid level to read the tiles from; negative counts from the last.", "INT")
      ->group(group)
      ->excludes(mpp);
}

void add_grid(CLI::App& cli, TilingOptions& tiling) {
  const char* group = "Tiles";
  add_value(cli, "-w,--width", tiling.width,
            "Tile width, in level-0 pixels; with --mpp, in pixels of the tile.", "INT")
      ->group(group);
  add_optional(cli, "--height", tiling.height, "Tile height, in the same pixels.", "INT",
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

void add_tissue(CLI::App& cli, Arguments& arguments) {
  const char* group = "Tissue";
  TissueOptions& tissue = arguments.job.tissue;
  add_choice(cli, "--tissue", tissue.method,
             {{"otsu", TissueMethod::otsu}, {"hsv", TissueMethod::hsv}},
             "How tissue is told from glass: by darkness, as HistoPrep, or by saturation, as CLAM.")
      ->group(group);
  add_optional(cli, "-t,--threshold", tissue.threshold,
               "Grey value up to which, or with hsv saturation above which, a pixel is tissue, in "
               "[0, 255].",
               "INT", "Otsu's; hsv: 8")
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
  arguments.sigma =
      add_value(cli, "--sigma", tissue.sigma,
                "Standard deviation of the blur before thresholding, in pixels of that level; 0: "
                "none.",
                "PIXELS")
          ->group(group);
  add_value(cli, "--min-area", tissue.min_area,
            "Tissue in pieces of less area is left out, in square level-0 pixels.", "PIXELS")
      ->group(group);
  add_value(cli, "--fill-holes", tissue.fill_holes,
            "Holes in tissue up to this area are filled, in square level-0 pixels.", "PIXELS")
      ->group(group);
  cli.add_option("--tissue-mask", arguments.job.tissue_masks,
                 "A folder with a mask for each slide, SLIDE.png, instead of looking for tissue.")
      ->option_text("FOLDER")
      ->group(group);
  CLI::Option* rois =
      cli.add_option("--rois", arguments.job.rois.path,
                     "Tile only inside these regions: a GeoJSON file of QuPath's, or a folder with "
                     "SLIDE.geojson for each slide.")
          ->option_text("PATH")
          ->group(group);
  cli.add_option("--roi-labels", arguments.job.rois.labels, "Only regions of these classes.")
      ->option_text("NAME...")
      ->group(group)
      ->needs(rois);
  cli.add_flag("--outside-rois", arguments.job.rois.outside,
               "Tile outside the regions instead of inside.")
      ->group(group)
      ->needs(rois);
}

void add_stains(CLI::App& cli, Arguments& arguments) {
  const char* group = "Stains";
  const auto normalize = [&arguments](const std::string& name) {
    const std::map<std::string, StainMethod> methods{{"macenko", StainMethod::macenko},
                                                     {"vahadane", StainMethod::vahadane},
                                                     {"reinhard", StainMethod::reinhard}};
    arguments.job.stain.normalize = methods.at(name);
  };
  CLI::Option* method = cli.add_option_function<std::string>(
                               "--stain-normalize", normalize,
                               "Give all slides the same stains, fitted on each slide's tissue.")
                            ->check(CLI::IsMember({"macenko", "vahadane", "reinhard"}))
                            ->option_text("macenko|vahadane|reinhard")
                            ->group(group);
  cli.add_option("--stain-target", arguments.job.stain.target,
                 "An image with the stains to give; else HistoPrep's reference.")
      ->option_text("IMAGE")
      ->group(group)
      ->needs(method);
  cli.add_flag("--stain-separate", arguments.job.stain.separate,
               "Write each tile's haematoxylin and eosin beside it.")
      ->group(group);
}

void add_saving(CLI::App& cli, Arguments& arguments) {
  const char* group = "Saving";
  SavingOptions& saving = arguments.job.saving;
  add_choice(cli, "--save", saving.save,
             {{"files", SaveTiles::files}, {"tar", SaveTiles::tar}, {"none", SaveTiles::none}},
             "A file for each tile, a tar for each slide, or none: only where the tiles are.")
      ->group(group);
  cli.add_flag("--metrics", saving.metrics,
               "Write each tile's metrics into metadata.csv: colour, focus, ink and more.")
      ->group(group);
  cli.add_flag("--masks", saving.masks, "Write each tile's tissue mask, too.")->group(group);
  cli.add_flag("--tma", arguments.job.tma,
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
  if (arguments.job.output.empty()) throw Error(ErrorKind::usage, "--output is needed");
  TileJobOptions& job = arguments.job;
  job.threads = resolve_threads(arguments.threads);
  if (arguments.unfinished) job.overwrite = Overwrite::unfinished;
  if (arguments.overwrite) job.overwrite = Overwrite::always;
  job.info = std::move(info);
  validate(job);
  // At 1 debris counts as spots: of a photographed array of 94 it makes 168.
  if (job.tma && arguments.sigma->count() == 0) job.tissue.sigma = 2.0;
  if (arguments.slides_csv) job.slide_mpp = read_slide_mpp(*arguments.slides_csv);
  job.slides = find_slides(arguments.inputs, arguments.input_list);
  if (arguments.dry_run) return print_plan(plan_tile_job(job));

  return perform("histoprep", console, job.info, "run the same command with --unfinished",
                 [&job](Console& observer) { return run_tile_job(job, observer, stop_flag()); });
}

}  // namespace

Verb add_tiling(CLI::App& command, const ConsoleOptions& console) {
  const auto arguments = std::make_shared<Arguments>();
  add_input_output(command, *arguments);
  add_resolution(command, *arguments);
  add_grid(command, arguments->job.tiling);
  add_tissue(command, *arguments);
  add_stains(command, *arguments);
  add_saving(command, *arguments);
  add_running(command, *arguments);
  return [arguments, &console](RunInfo info) { return tile(*arguments, console, std::move(info)); };
}

}  // namespace histo::app
