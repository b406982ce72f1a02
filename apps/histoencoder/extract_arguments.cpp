#include "histoencoder/extract_arguments.hpp"

#include <algorithm>
#include <sstream>

#include "histo/error.hpp"
#include "histo/jobs.hpp"

#include "common/app.hpp"
#include "common/options.hpp"
#include "common/staging_options.hpp"
#include "histoencoder/model_folders.hpp"
#include "histoencoder/verbs.hpp"

namespace histo::app {

namespace {

// Where the card says which tiles the model was trained on, slides are cut into such ones.
void take_tiles_of_card(const CLI::App& command, const ModelCard& card, TileJobOptions& tiling) {
  const auto given = [&command](const char* name) { return command.count(name) > 0; };
  if (card.tile_mpp && !given("--mpp") && !given("--level")) tiling.resolution.mpp = card.tile_mpp;
  if (card.tile_size_px && !given("--width")) tiling.tiling.width = *card.tile_size_px;
}

void refuse_idle_options(const CLI::App& command) {
  for (const CLI::Option* option : command.get_options()) {
    const bool is_of_tiling = option->get_group().find(tiling_group_end) != std::string::npos ||
                              option->get_name() == "--keep-parent";
    if (!is_of_tiling || option->count() == 0) continue;
    throw Error(ErrorKind::usage, option->get_name() +
                                      " says how slides are tiled, and needs --output; "
                                      "histoprep has made these tiles already");
  }
}

// 0 stands for what suits the device.
std::size_t batch_size_of(const std::string& text) {
  if (text == "auto") return 0;
  const std::size_t size = parse_count(text).value_or(0);
  constexpr std::size_t largest = 65536;
  if (size > 0 && size <= largest) return size;
  throw Error(ErrorKind::usage,
              "--batch-size must be at least 1 and at most 65536, or auto, got " + text);
}

// HistoEncoder's models take any size; an exported one takes that of its card.
void check_input_size(std::optional<std::int64_t> asked, const ModelCard& card) {
  if (!asked || *asked == card.crop_size) return;
  throw Error(ErrorKind::usage, "--input-size " + std::to_string(*asked) + ": model " + card.name +
                                    " was exported for " + std::to_string(card.crop_size) +
                                    " and takes no other size");
}

// "model", "estimate", or numbers: M,S for all channels, or three of each, red first.
NormalizeOption normalize_of(const std::string& text) {
  NormalizeOption option;
  if (text == "model") return option;
  option.by = NormalizeOption::By::estimate;
  if (text == "estimate") return option;
  option.by = NormalizeOption::By::numbers;
  std::vector<double> numbers;
  std::istringstream stream(text);
  for (std::string word; std::getline(stream, word, ',');) {
    std::istringstream field(word);
    double value = 0.0;
    numbers.push_back(field >> value && field.eof() ? value : -1.0);
  }
  const std::size_t channels = numbers.size() / 2;
  const bool is_sound = (numbers.size() == 2 || numbers.size() == 6) &&
                        std::all_of(numbers.begin(), numbers.end(),
                                    [](double value) { return value >= 0.0 && value <= 10.0; }) &&
                        std::all_of(numbers.begin() + static_cast<std::ptrdiff_t>(channels),
                                    numbers.end(), [](double value) { return value > 0.0; });
  if (!is_sound) {
    throw Error(
        ErrorKind::usage,
        "--normalize must be model, estimate, a mean and a deviation as 0.7,0.2, or three of "
        "each as 0.8,0.6,0.7,0.2,0.2,0.2, got \"" +
            text + "\"");
  }
  for (std::size_t i = 0; i < 3; ++i) {
    option.numbers.mean[i] = numbers[i % channels];
    option.numbers.deviation[i] = numbers[channels + i % channels];
  }
  return option;
}

}  // namespace

ModelCard complete(ExtractArguments& arguments) {
  ExtractJobOptions& job = arguments.job;
  job.threads = resolve_threads(arguments.threads);
  job.overwrite = arguments.overwrite ? Overwrite::always : Overwrite::never;
  job.normalize = normalize_of(arguments.normalize);
  job.batch_size = batch_size_of(arguments.batch_size);
  job.precision = arguments.encoder.precision;
  job.sharing = sharing_of(arguments.sharing);
  validate(job);
  arguments.encoder.threads = job.threads;
  arguments.encoder.module_folder = module_folder();
  if (arguments.use_cpu) arguments.encoder.device = "cpu";
  validate(arguments.encoder);

  const ModelCard card =
      with_blocks(find_model(arguments.model.empty() ? default_model : arguments.model,
                             model_folders(arguments.model_folders)),
                  arguments.num_blocks, arguments.avg_pool);
  check_input_size(arguments.input_size, card);
  return card;
}

void set_inputs(ExtractArguments& arguments, const CLI::App& command, const ModelCard& card) {
  ExtractJobOptions& job = arguments.job;
  if (arguments.output.empty()) {
    refuse_idle_options(command);
    for (const std::filesystem::path& input : job.inputs) {
      if (std::filesystem::is_directory(input)) continue;
      throw Error(ErrorKind::input,
                  input.string() +
                      ": is no folder made by histoprep; to extract straight from "
                      "slides, give --output FOLDER");
    }
    return;
  }
  TileJobOptions& tiling = arguments.tiling.job;
  take_tiles_of_card(command, card, tiling);
  read_slides_csv(arguments.tiling);
  tiling.output = arguments.output;
  tiling.threads = job.threads;
  job.tiling = tiling;
  validate(job);
  std::vector<std::string> patterns;
  for (const std::filesystem::path& input : job.inputs) patterns.push_back(input.string());
  job.tiling->slides = find_slides(patterns, std::nullopt);
}

void add_extract_arguments(CLI::App& command, ExtractArguments& arguments) {
  command
      .add_option("-i,--input,--input_dir", arguments.job.inputs,
                  "Folders made by histoprep, or slide folders in them; with --output slides: "
                  "files, folders, or patterns; repeatable.")
      ->option_text("FOLDER...")
      ->required();
  command
      .add_option("-o,--output", arguments.output,
                  "Take slides, and write a folder for each of them here: places of the tiles, and "
                  "features. No tile is written.")
      ->option_text("FOLDER");
  command.add_flag("--keep-parent", arguments.tiling.job.keep_parent,
                   "With --output: put the parent folder's name before each slide's.");
  command
      .add_option(
          "-m,--model,--model-name", arguments.model,
          "A model's name, or its .pt or .json file; 'histoencoder models' lists the names.")
      ->option_text("MODEL")
      ->default_str(std::string(default_model) + ", a small demonstration encoder");
  add_models_dir(command, arguments.model_folders);
  add_optional(command, "-n,--num-blocks", arguments.num_blocks,
               "Class tokens of that many last blocks make up the feature, where the model offers "
               "them.",
               "INT", "as the model's card says")
      ->check(whole_number());
  command.add_flag("-a,--avg-pool", arguments.avg_pool,
                   "Add the mean of the last block's patches, where the model offers it.");
  add_value(command, "--normalize", arguments.normalize,
            "Mean and deviation of the colours: model (its card's), estimate (each slide's own, as "
            "HistoEncoder does), or numbers M,S.",
            "WHOSE");
  add_value(command, "--num-samples", arguments.job.num_samples,
            "Tiles of a slide, at most, that these are estimated from, where they are.", "INT");
  add_optional(command, "-s,--input-size", arguments.input_size,
               "Must be the model's: it was exported for one size.", "INT", "the model's")
      ->check(whole_number());
  command.add_flag("--force", arguments.job.force,
                   "Take tiles whose size or resolution is not what the model was trained on.");
  add_value(command, "-b,--batch-size", arguments.batch_size,
            "Images per batch, or auto; one may hold tiles of several slides.", "INT");
  add_value(command, "--device", arguments.encoder.device,
            "Where the model runs: auto, cpu, cuda or cuda:N.", "DEVICE");
  add_value(
      command, "--precision", arguments.encoder.precision,
      "Of the model's products: auto (what its card prefers, where the device is good at it), "
      "fp32, bf16 or fp16.",
      "PRECISION");
  command.add_flag("-c,--use-cpu", arguments.use_cpu, "The same as --device cpu.");
  command.add_flag("-p,--pool-tiles", arguments.pool_tiles,
                   "Accepted for HistoEncoder's sake: tiles of all slides are always pooled.");
  add_value(command, "-j,--num-workers,--threads", arguments.threads,
            "Threads; 0: all that the job may use. The features do not depend on it.", "INT");
  command.add_flag("-z,--overwrite", arguments.overwrite,
                   "Extract again where there are features already.");
  add_staging_options(command, arguments.job.staging);
  add_tiling_options(command, arguments.tiling, ShortNames::no);
}

}  // namespace histo::app
