#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "histo/jobs.hpp"

#include "common/app.hpp"
#include "common/printable.hpp"
#include "histoencoder/verbs.hpp"

namespace histo::app {

namespace {

std::string known(const std::string& text) { return text.empty() ? "-" : printable(text); }

std::string known(const std::optional<double>& value) {
  if (!value) return "-";
  std::ostringstream text;
  text << *value;
  return text.str();
}

int list(const std::vector<std::filesystem::path>& inputs, const ConsoleOptions& options) {
  Console console("histoencoder info", options);
  int code = exit_done;
  const std::vector<ListedFeatures> stores = list_features(inputs);
  std::cout << "slide\trows\tdim\tencoder\tprecision\tmpp\ttile\tmodel\tdevice\tbytes\n";
  for (const ListedFeatures& store : stores) {
    if (!store.problem.empty()) {
      console.slide_failed(store.folder.string(), store.problem);
      code = exit_failed;
      continue;
    }
    const FeatureInfo& info = store.info;
    std::cout << printable(store.folder.string()) << '\t' << store.rows << '\t' << store.dim << '\t'
              << known(info.encoder) << '\t' << known(info.precision) << '\t'
              << known(info.mpp_effective) << '\t'
              << (info.patch_size > 0 ? std::to_string(info.patch_size) : "-") << '\t'
              << known(info.model_sha256.substr(0, 12)) << '\t' << known(info.device) << '\t'
              << store.bytes << '\n';
  }
  return code;
}

}  // namespace

Verb add_info(CLI::App& command, const ConsoleOptions& console) {
  const auto inputs = std::make_shared<std::vector<std::filesystem::path>>();
  command
      .add_option("-i,--input", *inputs,
                  "Folders with extracted features, or slide folders in them; repeatable.")
      ->option_text("FOLDER...")
      ->required();
  return [inputs, &console](const RunInfo&) { return list(*inputs, console); };
}

}  // namespace histo::app
