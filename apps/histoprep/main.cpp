// histoprep: slides to tiles.

#include <string>

#include <CLI/CLI.hpp>

#include "histo/feature_store.hpp"
#include "histo/version.hpp"

#include "common/app.hpp"
#include "common/help.hpp"
#include "histoprep/verbs.hpp"

namespace {

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
      "  histoprep -i slides/ -o tiles/ --mpp 0.5 --slide-mpp 0.25 -w 256 --metrics\n"
      "  histoprep -i 'slides/*.tiff' -o tiles/ --width 512 --dry-run\n");
  cli.set_version_flag("-V,--version", versions, "Print the versions of this and its libraries.")
      ->group("Help");
  histo::app::ConsoleOptions console;
  const histo::app::Verb run_tiling = histo::app::add_tiling(cli, console);
  histo::app::add_console_options(cli, console);

  CLI::App* outliers = cli.add_subcommand(
      "outliers", "Cluster tiles by their metrics, and mark clusters to be left out.");
  const histo::app::Verb run_outliers = histo::app::add_outliers(*outliers, console);
  histo::app::set_manners(*outliers,
                          "  histoprep outliers -o tiles/ --clusters 4\n"
                          "  histoprep outliers -o tiles/ --clusters 4 --drop 0\n");
  histo::app::add_console_options(*outliers, console);

  return histo::app::run(cli, argc, argv, console, [&] {
    const bool is_outliers = outliers->parsed();
    return (is_outliers ? run_outliers : run_tiling)(
        histo::app::run_info(is_outliers ? *outliers : cli, argc, argv));
  });
}
