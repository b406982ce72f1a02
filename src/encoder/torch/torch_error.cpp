#include "encoder/torch/torch_error.hpp"

#include <algorithm>
#include <cctype>
#include <sstream>
#include <vector>

#include "encoder/torch/device.hpp"

namespace histo {

namespace {

std::vector<std::string> lines_of(const std::string& message) {
  std::istringstream text(message);
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) {
    if (line.find_first_not_of(" \t\r") != std::string::npos) lines.push_back(line);
  }
  return lines;
}

bool contains(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

// TorchScript tells where in the model's source it happened, and at the end "RuntimeError: " and
// what.
std::string telling_line(const std::string& message) {
  const std::vector<std::string> lines = lines_of(message);
  const std::string mark = "Error: ";
  for (const std::string& line : lines) {
    const std::size_t at = line.find(mark);
    const auto of_a_name = [](unsigned char c) { return std::isalnum(c) != 0 || c == '.'; };
    if (at != std::string::npos &&
        std::all_of(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(at), of_a_name)) {
      return line.substr(at + mark.size());
    }
  }
  return lines.empty() ? "LibTorch gave no reason" : lines.front();
}

// "Unknown builtin op: torchvision::nms"; LibTorch's own are of aten or prim.
bool is_foreign_operator(const std::string& message) {
  const std::string mark = "Unknown builtin op: ";
  const std::size_t at = message.find(mark);
  if (at == std::string::npos) return false;
  const std::string name = message.substr(at + mark.size());
  return name.rfind("aten::", 0) != 0 && name.rfind("prim::", 0) != 0;
}

bool mentions_gpu(const std::string& message) {
  return contains(message, "CUDA") || contains(message, "cuda") || contains(message, "NVIDIA");
}

// "[enforce fail at inline_container.cc:165] . Attempted to ..."
std::string without_place(const std::string& line) {
  const std::string end = "] . ";
  const std::size_t at = line.rfind('[', 0) == 0 ? line.find(end) : std::string::npos;
  return at == std::string::npos ? line : line.substr(at + end.size());
}

// Where no form of an operator takes the arguments, LibTorch names it only in the list of forms
// that follows, or on the line before.
std::string reason_of_call(const std::string& message) {
  const std::size_t begin = message.find("aten::");
  if (begin == std::string::npos) return torch_sentence(message);
  const std::string name = message.substr(begin, message.find('(', begin) - begin);
  return "the arguments of a call of " + name + " are not valid";
}

// What to do where the device is to blame; empty where it is not.
std::string device_advice(const std::string& message, const c10::Device& device) {
  if (contains(message, "out of memory")) return "; use a smaller --batch-size, or --device cpu";
  const bool bound = contains(message, "on the same device") ||
                     contains(message, "at least two devices") ||
                     (device.is_cpu() && mentions_gpu(message));
  if (bound) {
    return "; the file was exported on a GPU and holds constants that are bound to it: export it "
           "on the CPU, as models/export.py does";
  }
  return mentions_gpu(message) ? "; use --device cpu if the GPU is to blame" : "";
}

}  // namespace

std::string torch_sentence(const std::string& message) {
  std::string line = without_place(telling_line(message));
  while (!line.empty() && (line.back() == '.' || line.back() == ':' || line.back() == ' ')) {
    line.pop_back();
  }
  return line;
}

std::string torch_load_sentence(const std::string& message, const c10::Device& device) {
  const std::string reason = torch_sentence(message);
  const std::string again = "; export the model again with models/export.py";
  if (is_foreign_operator(message)) {
    return reason +
           "; this operator belongs to an extension that LibTorch does not have: export "
           "the model without it";
  }
  const bool is_unknown_call = contains(message, "Arguments for call are not valid") ||
                               contains(message, "Keyword argument") ||
                               contains(message, "Expected at most");
  if (contains(message, "maximum supported version") || contains(message, "Unknown builtin op") ||
      contains(message, "Unknown type name") || is_unknown_call) {
    return (is_unknown_call ? reason_of_call(message) : reason) +
           "; a newer PyTorch exported this file than LibTorch " + libtorch_text() +
           " can read: export it again with a PyTorch that is no newer, or use a newer LibTorch";
  }
  if (contains(message, "PytorchStreamReader")) {
    return "not a TorchScript file, or a damaged one (" + reason + ")" + again;
  }
  const std::string advice = device_advice(message, device);
  return reason + (advice.empty() ? again : advice);
}

std::string torch_run_sentence(const std::string& message, const c10::Device& device) {
  const std::string advice = device_advice(message, device);
  return torch_sentence(message) +
         (advice.empty() ? "; a model must take n x 3 x crop x crop for any n, with the card's "
                           "input.crop: correct the card, or export both again with "
                           "models/export.py"
                         : advice);
}

}  // namespace histo
