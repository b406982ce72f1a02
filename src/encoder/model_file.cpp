#include "encoder/model_file.hpp"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <string>

namespace histo {

namespace {

std::string bytes_at(std::ifstream& stream, std::int64_t begin, std::int64_t count) {
  std::string bytes(static_cast<std::size_t>(count), '\0');
  stream.seekg(begin);
  stream.read(bytes.data(), count);
  bytes.resize(static_cast<std::size_t>(stream.gcount()));
  return bytes;
}

bool contains(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

bool begins_with(const std::string& text, const std::string& start) {
  return text.compare(0, start.size(), start) == 0;
}

bool is_printed(const std::string& bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 || c == '\n' || c == '\r' || c == '\t';
  });
}

[[noreturn]] void fail(const std::filesystem::path& file, const std::string& what) {
  throw Error(ErrorKind::model, file.string() + ": " + what);
}

}  // namespace

Error exported_program_error(const std::filesystem::path& file) {
  return {ErrorKind::model,
          file.string() +
              ": is an archive of torch.export (.pt2) and not TorchScript; export the "
              "model with models/export.py, or with torch.jit.trace"};
}

void check_is_torchscript(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary | std::ios::ate);
  if (!stream) fail(file, "cannot be opened");
  const std::int64_t size = stream.tellg();
  if (size == 0) fail(file, "is empty; copy it again, or export the model with models/export.py");

  const std::string head = bytes_at(stream, 0, std::min<std::int64_t>(size, 512));
  const std::string advice = "; export the model with models/export.py";
  if (begins_with(head, "version https://git-lfs")) {
    fail(file,
         "is the pointer of Git LFS to a model and not the model; fetch it with git lfs pull");
  }
  if (!begins_with(head, "PK")) {
    if (is_printed(head)) fail(file, "is a text and not a TorchScript file" + advice);
    fail(file, "is not a TorchScript file, nor any zip archive as such a file is" + advice);
  }
  // A zip archive ends with the names of what it holds; those of the largest models need less.
  constexpr std::int64_t enough = 1 << 20;
  const std::int64_t begin = std::max<std::int64_t>(0, size - enough);
  const std::string tail = bytes_at(stream, begin, size - begin);
  if (contains(tail, "serialized_exported_program") || contains(tail, "archive_format")) {
    throw exported_program_error(file);
  }
  if (contains(tail, "data.pkl") && !contains(tail, "constants.pkl") && !contains(tail, "/code/")) {
    fail(file, "holds weights that torch.save wrote, without the code of a model" + advice +
                   ", which takes them by --weights");
  }
}

}  // namespace histo
