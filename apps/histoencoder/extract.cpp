#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "histo/encoder.hpp"
#include "histo/jobs.hpp"
#include "histo/model_card.hpp"

#include "common/app.hpp"
#include "common/options.hpp"
#include "histoencoder/verbs.hpp"

namespace histo::app {

namespace {

struct Arguments {
  std::string model;
  std::vector<std::filesystem::path> model_folders;
  std::size_t threads = 0;
  bool overwrite = false;
  bool dry_run = false;
  bool use_cpu = false;
  bool pool_tiles = false;
  EncoderOptions encoder;
  ExtractJobOptions job;
};

// --models-dir first, then the environment, the user's data folder and what is installed beside the
// program.
std::vector<std::filesystem::path> model_folders(std::vector<std::filesystem::path> folders) {
  const auto add = [&folders](const char* variable, const std::string& below) {
    const char* value = std::getenv(variable);
    if (value == nullptr || *value == '\0') return false;
    folders.push_back(std::filesystem::path(value) / below);
    return true;
  };
  add("HISTOENCODER_MODELS", "");
  if (!add("XDG_DATA_HOME", "histo/models")) add("HOME", ".local/share/histo/models");
  folders.push_back(program_folder().parent_path() / "share/histo/models");
  return folders;
}

int extract(Arguments& arguments, const ConsoleOptions& console, RunInfo info) {
  ExtractJobOptions& job = arguments.job;
  job.threads = resolve_threads(arguments.threads);
  job.overwrite = arguments.overwrite ? Overwrite::always : Overwrite::never;
  job.info = std::move(info);
  validate(job);
  arguments.encoder.threads = job.threads;
  arguments.encoder.module_folder = module_folder();
  if (arguments.use_cpu) arguments.encoder.device = "cpu";
  validate(arguments.encoder);

  const ModelCard card = find_model(arguments.model, model_folders(arguments.model_folders));
  if (arguments.dry_run) return print_plan(plan_extract_job(job, card));

  const auto load = [&arguments, &card] { return load_encoder(card, arguments.encoder); };
  return perform(
      "histoencoder extract", console, job.info, "run the same command again",
      [&](Console& observer) { return run_extract_job(job, card, load, observer, stop_flag()); });
}

}  // namespace

Verb add_extract(CLI::App& command, const ConsoleOptions& console) {
  const auto arguments = std::make_shared<Arguments>();
  command
      .add_option("-i,--input,--input_dir", arguments->job.inputs,
                  "Folders made by histoprep, or slide folders in them; repeatable.")
      ->option_text("FOLDER...")
      ->required();
  command
      .add_option("-m,--model,--model-name", arguments->model,
                  "A model's name, or its .pt or .json file.")
      ->option_text("MODEL")
      ->required();
  command
      .add_option("--models-dir", arguments->model_folders,
                  "Folder to look for names in, before $HISTOENCODER_MODELS, the user's data "
                  "folder and the installed models; repeatable.")
      ->option_text("FOLDER");
  add_value(command, "-b,--batch-size", arguments->job.batch_size,
            "Images per batch; one may hold tiles of several slides.", "INT");
  add_value(command, "--device", arguments->encoder.device,
            "Where the model runs: auto, cpu, cuda or cuda:N.", "DEVICE");
  command.add_flag("-c,--use-cpu", arguments->use_cpu, "The same as --device cpu.");
  command.add_flag("-p,--pool-tiles", arguments->pool_tiles,
                   "Accepted for HistoEncoder's sake: tiles of all slides are always pooled.");
  add_value(command, "-j,--num-workers,--threads", arguments->threads,
            "Threads; 0: all that the job may use. The features do not depend on it.", "INT");
  command.add_flag("-z,--overwrite", arguments->overwrite,
                   "Extract again where there are features already.");
  command.add_flag("--dry-run", arguments->dry_run,
                   "Print what would be done to each slide, and stop.");
  return
      [arguments, &console](RunInfo info) { return extract(*arguments, console, std::move(info)); };
}

}  // namespace histo::app
