#include "fuzz/bench.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <system_error>

#include <unistd.h>

#include "histo/error.hpp"

#include "core/files.hpp"

namespace histo::fuzz {

namespace {

std::filesystem::path make_scratch_folder() {
  const std::filesystem::path memory = "/dev/shm";
  std::error_code ignored;
  const bool has_memory = std::filesystem::is_directory(memory, ignored);
  const auto parent = has_memory ? memory : std::filesystem::temp_directory_path();
  std::string name = (parent / "histo-fuzz-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder " + name);
  return name;
}

}  // namespace

const std::filesystem::path& scratch_folder() {
  // Never destroyed: what removes it at exit must still know its name.
  static const auto* const folder = new std::filesystem::path(make_scratch_folder());
  static const int removal = std::atexit([] {
    std::error_code ignored;
    std::filesystem::remove_all(*folder, ignored);
  });
  require(removal == 0, "the folder goes at exit");
  return *folder;
}

std::filesystem::path scratch_file(const std::string& name, std::string_view bytes) {
  std::filesystem::path file = scratch_folder() / name;
  write_file(file, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  return file;
}

void require(bool promise, const char* sentence) {
  if (promise) return;
  std::fprintf(stderr, "broken promise: %s\n", sentence);
  std::abort();
}

bool accepts(const std::function<void()>& parse) {
  try {
    parse();
    return true;
  } catch (const Error& error) {
    require(error.kind() != ErrorKind::internal, error.what());
    require(*error.what() != '\0', "an error without a sentence");
    return false;
  }
}

}  // namespace histo::fuzz
