// histoencoder: tiles to features, features to clusters.

#include <array>
#include <string>

#include <CLI/CLI.hpp>

#include "histo/encoder.hpp"
#include "histo/feature_store.hpp"
#include "histo/open_team.hpp"
#include "histo/version.hpp"

#include "common/app.hpp"
#include "common/commands.hpp"
#include "common/help.hpp"
#include "common/report.hpp"
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
         histo::hdf5_version() + ", " + histo::linear_algebra_version() +
         "\nMPI: " + histo::mpi_version(histo::app::module_folder());
}

using histo::app::Command;

constexpr std::array jobs{
    Command{"extract", "The job that turns tiles into features, as an array.",
            "  histoencoder sbatch extract -i tiles/ --tasks 16 --gpus 1 > job.sh\n"
            "  histoencoder sbatch extract -i tiles/ --tasks 16 --after 17 | sbatch\n",
            histo::app::add_sbatch_extract},
    Command{"cluster", "The job that clusters features; with --apply an array.",
            "  histoencoder sbatch cluster -i tiles/ -n 8 16 --mem 32G > job.sh\n"
            "  histoencoder sbatch cluster -i tiles/ -n 8 16 --after 18 | sbatch\n",
            histo::app::add_sbatch_cluster}};

constexpr std::array commands{
    Command{"extract", "Tiles to features, one features.h5 a slide.",
            "  histoencoder extract -i tiles/\n"
            "  histoencoder extract -i tiles/ -m prostate_medium\n"
            "  histoencoder extract -i tiles/ -m models/my_vit.pt -b 32 -j 4\n"
            "  histoencoder extract -i tiles/ -m prostate_medium --dry-run\n"
            "  histoencoder extract -i 'slides/*.tiff' -o features/ --width 512\n",
            histo::app::add_extract},
    Command{"cluster", "Features to clusters, for several k at once.",
            "  histoencoder cluster -i tiles/ -n 8 16 32 64 128\n"
            "  histoencoder cluster -i tiles/ -n 8 -n 16 --seed 1 --overwrite\n"
            "  histoencoder cluster -i tiles/ -n 8 --metric cosine --pca 4 --geojson -z\n"
            "  histoencoder cluster -i new/ --apply tiles/clustering/centroids.h5\n",
            histo::app::add_cluster},
    Command{"plan", "What an extraction would do and take, before it is started.",
            "  histoencoder plan -i tiles/\n"
            "  histoencoder plan -i slides/ -o features/ --width 512 --format json\n",
            histo::app::add_plan},
    Command{"models", "The models that are there, or one and its test.",
            "  histoencoder models\n"
            "  histoencoder models histo_demo --use-cpu\n",
            histo::app::add_models},
    Command{"convert", "Features to and from TRIDENT, CLAM, STAMP, .pt, .npy and CSV.",
            "  histoencoder convert -i tiles/ --to trident -o job/20x_256px_0px_overlap\n"
            "  histoencoder convert -i tiles/ --to stamp -o stamp/\n"
            "  histoencoder convert -i stamp/ --from stamp --slide-mpp 0.25 -o tiles/\n",
            histo::app::add_convert},
    Command{"verify", "Are the features sound, and of the tiles beside them?",
            "  histoencoder verify -i tiles/\n"
            "  histoencoder verify -i tiles/ -q > state.tsv\n",
            histo::app::add_verify},
    Command{"info", "A line for each slide's features.",
            "  histoencoder info -i tiles/\n"
            "  histoencoder info -i tiles/slide_1 tiles/slide_2\n",
            histo::app::add_info},
    Command{"annotate", "Clusters named by labels or by a pathologist, for all tiles.",
            "  histoencoder annotate -i tiles/ -n 32 --labels labels.csv -o annotated/\n"
            "  histoencoder annotate -i tiles/ -n 32 --names names.csv -o annotated/\n",
            histo::app::add_annotate},
    Command{"compose", "The share of each cluster in a slide or patient.",
            "  histoencoder compose -i tiles/ -n 32 -o shares/\n"
            "  histoencoder compose -i tiles/ -n 8 --labels ids.csv --group patient -o out/\n",
            histo::app::add_compose},
    Command{"knn", "Classes by the nearest labelled tiles, without training.",
            "  histoencoder knn -i tiles/ --labels labels.csv -o knn/\n"
            "  histoencoder knn -i new/ --apply knn/model.h5 -o new_knn/\n",
            histo::app::add_knn},
    Command{"fewshot", "Classes by the mean of a few labelled tiles.",
            "  histoencoder fewshot -i tiles/ --labels labels.csv -o fewshot/\n"
            "  histoencoder fewshot -i tiles/ --labels labels.csv --shots 1 4 16 -o few/\n",
            histo::app::add_fewshot},
    Command{"probe", "A linear head on frozen features.",
            "  histoencoder probe -i tiles/ --labels labels.csv --group patient -o probe/\n"
            "  histoencoder probe -i new/ --apply probe/model.h5 -o new_probe/\n",
            histo::app::add_probe},
    Command{"evaluate", "What predictions are worth, with confidence intervals.",
            "  histoencoder evaluate --predictions knn/predictions.csv -o scores/\n"
            "  histoencoder evaluate --predictions a.csv b.csv --level slide -o scores/\n",
            histo::app::add_evaluate},
    Command{"survival", "Time to an event from clusters' shares and clinical data.",
            "  histoencoder survival --table joined.csv --time months --event dead -o out/\n"
            "  histoencoder survival --table new.csv --apply out/model.h5 -o risks/\n",
            histo::app::add_survival},
    Command{"heatmap", "Scores or clusters of tiles, painted over the slide.",
            "  histoencoder heatmap -i tiles/ --scores predictions.csv --score p=a -o maps/\n"
            "  histoencoder heatmap -i tiles/ -n 32 -o maps/\n",
            histo::app::add_heatmap},
    Command{"embed", "One vector for each slide or patient, without labels.",
            "  histoencoder embed -i tiles/ --method mean -o slides/\n"
            "  histoencoder embed -i tiles/ --method panther -p 16 -o slides/\n",
            histo::app::add_embed},
    Command{"report", "What became of all runs on a folder, of all their processes.",
            "  histoencoder report -i tiles/\n"
            "  histoencoder report -i tiles/ --format csv > slides.csv\n",
            [](CLI::App& verb, const histo::app::ConsoleOptions& console) {
              return histo::app::add_report(verb, "-i,--input", console);
            }}};

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
  histo::app::Commands verbs(console);
  for (const Command& command : commands) verbs.add(cli, command);
  CLI::App* const sbatch = cli.add_subcommand("sbatch", "A job script for SLURM.");
  histo::app::set_manners(*sbatch,
                          "  histoencoder sbatch extract -i tiles/ --tasks 16 > extract.sh\n"
                          "  histoencoder sbatch cluster -i tiles/ -n 8 16 > cluster.sh\n");
  sbatch->require_subcommand(1);
  for (const Command& job : jobs) verbs.add(*sbatch, job);

  return histo::app::run(cli, argc, argv, console, [&] {
    const auto& [verb, act] = *verbs.asked();
    return act(histo::app::run_info(*verb, argc, argv));
  });
}
