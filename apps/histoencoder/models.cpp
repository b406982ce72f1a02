#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "histo/encoder.hpp"
#include "histo/error.hpp"
#include "histo/model_card.hpp"

#include "common/app.hpp"
#include "common/options.hpp"
#include "histoencoder/card_text.hpp"
#include "histoencoder/model_folders.hpp"
#include "histoencoder/verbs.hpp"

namespace histo::app {

namespace {

struct Arguments {
  std::string name;
  std::vector<std::filesystem::path> folders;
  EncoderOptions encoder;
  bool use_cpu = false;
};

/// Why a model cannot be used as it lies there; empty if it can.
std::string problem_of(const InstalledModel& model) {
  if (!model.card) return model.problem;
  try {
    check_model_file(*model.card);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

std::string row_of(const InstalledModel& model, bool is_sound) {
  if (!model.card) return model.name + "\t-\t-\t-\tunusable\t" + model.json.string() + "\n";
  return model.name + "\t" + std::to_string(model.card->dim) + "\t" + input_text(*model.card) +
         "\t" + tile_text(*model.card) + "\t" + (is_sound ? "ok" : "wrong") + "\t" +
         model.json.string() + "\n";
}

int list(const std::vector<std::filesystem::path>& folders, const ConsoleOptions& options) {
  Console console("histoencoder models", options);
  int code = exit_done;
  std::cout << "model\tfeatures\tinput\ttiles\tchecksum\tcard\n";
  const std::vector<InstalledModel> models = list_models(folders);
  for (const InstalledModel& model : models) {
    const std::string problem = problem_of(model);
    std::cout << row_of(model, problem.empty());
    if (problem.empty()) continue;
    console.error(problem);
    code = exit_failed;
  }
  std::string others;
  for (const PublishedModel& known : published_models(folders)) {
    const bool is_installed = std::any_of(
        models.begin(), models.end(), [&](const auto& model) { return model.name == known.name; });
    if (!is_installed) others += (others.empty() ? "" : " ") + known.name;
  }
  if (!others.empty()) {
    console.info("known by their preprocessing, without weights here: " + others +
                 "; 'histoencoder models NAME' says where these are");
  }
  return code;
}

int show(const Arguments& arguments, const std::vector<std::filesystem::path>& folders,
         const ConsoleOptions& options) {
  Console console("histoencoder models", options);
  const ModelCard card = find_model(arguments.name, folders);
  std::cout << card_text(card) << std::flush;
  const LoadedEncoder loaded = load_encoder(card, arguments.encoder);
  for (const std::string& warning : loaded.warnings) console.warn(warning);
  std::cout << self_test_text(card, loaded);
  return exit_done;
}

int models(Arguments& arguments, const ConsoleOptions& options) {
  const std::vector<std::filesystem::path> folders = model_folders(arguments.folders);
  arguments.encoder.module_folder = module_folder();
  if (arguments.use_cpu) arguments.encoder.device = "cpu";
  validate(arguments.encoder);
  return arguments.name.empty() ? list(folders, options) : show(arguments, folders, options);
}

}  // namespace

Verb add_models(CLI::App& command, const ConsoleOptions& console) {
  const auto arguments = std::make_shared<Arguments>();
  command
      .add_option("MODEL", arguments->name,
                  "A model's name, or its .pt or .json file: shows it and runs its self-test.")
      ->option_text(" ");
  add_models_dir(command, arguments->folders);
  add_value(command, "--device", arguments->encoder.device,
            "Where the self-test runs: auto, cpu, cuda or cuda:N.", "DEVICE");
  command.add_flag("-c,--use-cpu", arguments->use_cpu, "The same as --device cpu.");
  return [arguments, &console](const RunInfo&) { return models(*arguments, console); };
}

}  // namespace histo::app
