// histoprep: slides to tiles.

#include <array>
#include <string>

#include <CLI/CLI.hpp>

#include "histo/feature_store.hpp"
#include "histo/version.hpp"

#include "common/app.hpp"
#include "common/commands.hpp"
#include "common/help.hpp"
#include "common/report.hpp"
#include "histoprep/verbs.hpp"

namespace {

std::string versions() {
  return "histoprep " + histo::version() + " (" + histo::git_description() + ")\nOpenSlide " +
         histo::openslide_version() + ", OpenCV " + histo::opencv_version() + ", HDF5 " +
         histo::hdf5_version();
}

using histo::app::Command;

constexpr std::array commands{
    Command{"plan", "What tiling would do and take, from the slides' headers alone.",
            "  histoprep plan -i 'slides/*.tiff' -o tiles/ --width 512\n"
            "  histoprep plan -i slides/ -o tiles/ --mpp 0.5 -w 256 --format json\n",
            histo::app::add_plan},
    Command{"sbatch", "A job script for SLURM that tiles the slides in an array.",
            "  histoprep sbatch -i slides/ -o tiles/ -w 512 --time 4:00:00 > job.sh\n"
            "  histoprep sbatch -i slides/ -o tiles/ -w 512 | sbatch --parsable\n",
            histo::app::add_sbatch},
    Command{"outliers", "Cluster tiles by their metrics, and mark clusters to be left out.",
            "  histoprep outliers -o tiles/ --clusters 4\n"
            "  histoprep outliers -o tiles/ --clusters 4 --drop 0\n",
            histo::app::add_outliers},
    Command{"report", "What became of all runs on a folder, of all their processes.",
            "  histoprep report -o tiles/\n"
            "  histoprep report -o tiles/ --format csv > slides.csv\n",
            [](CLI::App& verb, const histo::app::ConsoleOptions& console) {
              return histo::app::add_report(verb, "-o,--output", console);
            }}};

}  // namespace

int main(int argc, char** argv) {
  CLI::App cli("Cut slides into tiles where there is tissue.", "histoprep");
  histo::app::set_manners(
      cli,
      "  histoprep -i 'slides/*.tiff' -o tiles/ --width 512\n"
      "  histoprep -i slides/ -o tiles/ --mpp 0.5 --slide-mpp 0.25 -w 256 --metrics\n"
      "  histoprep -i 'slides/*.tiff' -o tiles/ --width 512 --dry-run\n");
  cli.set_version_flag("-V,--version", versions, "Print the versions of this and its libraries.")
      ->group("Help");
  histo::app::ConsoleOptions console;
  const histo::app::Verb run_tiling = histo::app::add_tiling(cli, console);
  histo::app::add_console_options(cli, console);

  histo::app::Commands verbs(console);
  for (const Command& command : commands) verbs.add(cli, command);

  return histo::app::run(cli, argc, argv, console, [&] {
    const auto* const asked = verbs.asked();
    if (asked == nullptr) return run_tiling(histo::app::run_info(cli, argc, argv));
    return asked->second(histo::app::run_info(*asked->first, argc, argv));
  });
}
