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

// "[enforce fail at inline_container.cc:165] . Attempted to ..."
std::string without_place(const std::string& line) {
  const std::string end = "] . ";
  const std::size_t at = line.rfind('[', 0) == 0 ? line.find(end) : std::string::npos;
  return at == std::string::npos ? line : line.substr(at + end.size());
}

}  // namespace

std::string torch_sentence(const std::string& message) {
  std::string line = without_place(telling_line(message));
  while (!line.empty() && (line.back() == '.' || line.back() == ':' || line.back() == ' ')) {
    line.pop_back();
  }
  return line;
}

std::string torch_load_sentence(const std::string& message) {
  const std::string reason = torch_sentence(message);
  if (contains(message, "maximum supported version") || contains(message, "Unknown builtin op")) {
    return reason + "; a newer PyTorch exported this file than LibTorch " + libtorch_text() +
           " can read: export it again with a PyTorch that is no newer, or use a newer LibTorch";
  }
  if (contains(message, "PytorchStreamReader")) {
    return "not a TorchScript file (" + reason +
           "); weights that torch.save wrote must be exported, see models/README.md";
  }
  return reason;
}

}  // namespace histo
