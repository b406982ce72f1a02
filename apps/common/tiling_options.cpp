#include "common/tiling_options.hpp"

#include <map>
#include <string>

#include "common/options.hpp"

namespace histo::app {

namespace {

std::string named(const std::string& letter, const std::string& word, ShortNames names) {
  return names == ShortNames::yes ? letter + "," + word : word;
}

std::string titled(const std::string& group, ShortNames names) {
  return names == ShortNames::yes ? group : group + std::string(tiling_group_end);
}

void add_resolution(CLI::App& cli, TilingArguments& arguments, ShortNames names) {
  const std::string group = titled("Resolution", names);
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
  add_value(cli, named("-l", "--level", names), arguments.job.tiling.level,
            "Pyramid level to read the tiles from; negative counts from the last.", "INT")
      ->group(group)
      ->excludes(mpp);
}

void add_grid(CLI::App& cli, TilingOptions& tiling, ShortNames names) {
  const std::string group = titled("Tiles", names);
  add_value(cli, named("-w", "--width", names), tiling.width,
            "Tile width, in level-0 pixels; with --mpp, in pixels of the tile.", "INT")
      ->group(group);
  add_optional(cli, "--height", tiling.height, "Tile height, in the same pixels.", "INT",
               "the width")
      ->group(group);
  add_value(cli, named("-n", "--overlap", names), tiling.overlap,
            "Share of a tile that its neighbours repeat, in [0, 1).", "SHARE")
      ->group(group);
  add_value(cli, named("-b", "--max-background", names), tiling.max_background,
            "Leave out tiles with a larger share of background, in [0, 1].", "SHARE")
      ->group(group);
  cli.add_flag("--in-bounds", tiling.in_bounds,
               "Leave out tiles that reach beyond the slide; else white is added.")
      ->group(group);
}

void add_tissue(CLI::App& cli, TilingArguments& arguments, ShortNames names) {
  const std::string group = titled("Tissue", names);
  TissueOptions& tissue = arguments.job.tissue;
  add_choice(cli, "--tissue", tissue.method,
             {{"otsu", TissueMethod::otsu}, {"hsv", TissueMethod::hsv}},
             "How tissue is told from glass: by darkness, as HistoPrep, or by saturation, as CLAM.")
      ->group(group);
  add_optional(cli, named("-t", "--threshold", names), tissue.threshold,
               "Grey value up to which, or with hsv saturation above which, a pixel is tissue, in "
               "[0, 255].",
               "INT", "Otsu's; hsv: 8")
      ->group(group);
  add_value(cli, named("-x", "--multiplier", names), tissue.multiplier,
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

void add_stains(CLI::App& cli, TilingArguments& arguments, ShortNames names) {
  const std::string group = titled("Stains", names);
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
}

}  // namespace

void add_tiling_options(CLI::App& cli, TilingArguments& arguments, ShortNames names) {
  add_resolution(cli, arguments, names);
  add_grid(cli, arguments.job.tiling, names);
  add_tissue(cli, arguments, names);
  add_stains(cli, arguments, names);
}

void read_slides_csv(TilingArguments& arguments) {
  if (arguments.slides_csv) arguments.job.slide_mpp = read_slide_mpp(*arguments.slides_csv);
}

}  // namespace histo::app
