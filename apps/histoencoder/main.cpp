// histoencoder: tiles to features, features to clusters.

#include <string>

#include <CLI/CLI.hpp>

#include "histo/encoder.hpp"
#include "histo/feature_store.hpp"
#include "histo/version.hpp"

#include "common/app.hpp"
#include "common/help.hpp"
#include "histoencoder/verbs.hpp"

namespace histo::app {

std::filesystem::path program_folder() {
  std::error_code error;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  return program.parent_path();
}

std::filesystem::path module_folder() { return program_folder().parent_path() / "lib/histo"; }

}  // namespace histo::app

namespace {

std::string versions() {
  return "histoencoder " + histo::version() + " (" + histo::git_description() + ")\nLibTorch " +
         histo::libtorch_version(histo::app::module_folder()) + ", OpenSlide " +
         histo::openslide_version() + ", OpenCV " + histo::opencv_version() + ", HDF5 " +
         histo::hdf5_version() + ", " + histo::linear_algebra_version();
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App cli("Turn tiles into features, and features into clusters.", "histoencoder");
  histo::app::set_manners(cli,
                          "  histoencoder extract -i tiles/ -m prostate_medium\n"
                          "  histoencoder cluster -i tiles/ -n 8 16 32 64 128\n");
  cli.set_version_flag("-V,--version", versions, "Print the versions of this and its libraries.")
      ->group("Help");
  cli.require_subcommand(1);

  histo::app::ConsoleOptions console;
  CLI::App* extract = cli.add_subcommand("extract", "Tiles to features, one features.h5 a slide.");
  CLI::App* cluster = cli.add_subcommand("cluster", "Features to clusters, for several k at once.");
  const histo::app::Verb run_extract = histo::app::add_extract(*extract, console);
  const histo::app::Verb run_cluster = histo::app::add_cluster(*cluster, console);
  histo::app::set_manners(*extract,
                          "  histoencoder extract -i tiles/ -m prostate_medium\n"
                          "  histoencoder extract -i tiles/ -m models/my_vit.pt -b 32 -j 4\n"
                          "  histoencoder extract -i tiles/ -m prostate_medium --dry-run\n");
  histo::app::set_manners(*cluster,
                          "  histoencoder cluster -i tiles/ -n 8 16 32 64 128\n"
                          "  histoencoder cluster -i tiles/ -n 8 -n 16 --seed 1 --overwrite\n");
  for (CLI::App* verb : {extract, cluster}) histo::app::add_console_options(*verb, console);

  return histo::app::run(cli, argc, argv, console, [&] {
    const bool is_extract = extract->parsed();
    return (is_extract ? run_extract : run_cluster)(
        histo::app::run_info(is_extract ? *extract : *cluster, argc, argv));
  });
}
