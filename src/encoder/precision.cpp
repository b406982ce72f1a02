#include "encoder/precision.hpp"

#include <algorithm>
#include <vector>

#include "histo/error.hpp"

namespace histo {

namespace {

bool is_good_at(const DeviceAbilities& device, const std::string& precision) {
  if (precision == "bfloat16") return device.bfloat16;
  return precision == "float32" || device.float16;
}

std::string device_name(const DeviceAbilities& device) {
  return device.is_cpu ? "this CPU" : "this GPU";
}

ChosenPrecision automatic(const ModelCard& card, const DeviceAbilities& device) {
  ChosenPrecision chosen;
  if (is_good_at(device, card.preferred_precision)) {
    chosen.name = card.preferred_precision;
  } else {
    chosen.warning = "model " + card.name + " prefers " + card.preferred_precision + ", which " +
                     device_name(device) + " is no faster at, so it runs in float32";
  }
  return chosen;
}

}  // namespace

std::string precision_name(const std::string& asked) {
  if (asked == "auto") return {};
  if (asked == "fp32" || asked == "float32") return "float32";
  if (asked == "bf16" || asked == "bfloat16") return "bfloat16";
  if (asked == "fp16" || asked == "float16") return "float16";
  throw Error(ErrorKind::usage,
              "--precision must be auto, fp32, bf16 or fp16, got \"" + asked + "\"");
}

void check_is_allowed(const std::string& asked, const ModelCard& card) {
  const std::string name = precision_name(asked);
  const std::vector<std::string>& allowed = card.allowed_precisions;
  if (name.empty() || std::find(allowed.begin(), allowed.end(), name) != allowed.end()) return;
  std::string list;
  for (const std::string& each : allowed) list += (list.empty() ? "" : ", ") + each;
  throw Error(ErrorKind::usage, "--precision " + asked + ": model " + card.name + " allows " +
                                    list + " (precision.allowed of its card) and not " + name);
}

ChosenPrecision choose_precision(const std::string& asked, const ModelCard& card,
                                 const DeviceAbilities& device) {
  check_is_allowed(asked, card);
  ChosenPrecision chosen;
  chosen.name = precision_name(asked);
  if (chosen.name.empty()) return automatic(card, device);
  if (chosen.name == "float16" && device.is_cpu) {
    throw Error(ErrorKind::usage, "--precision " + asked +
                                      ": the model runs on the CPU, which has no float16; use "
                                      "auto, fp32 or bf16");
  }
  if (!is_good_at(device, chosen.name)) {
    chosen.warning = "--precision " + asked + ": " + device_name(device) +
                     " is no faster at it than at float32; use fp32";
  }
  return chosen;
}

}  // namespace histo
