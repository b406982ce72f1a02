#include <cstdlib>

#include <unistd.h>

#include "support/catch.hpp"

namespace histo::test {

TempFolder::TempFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "histo-test-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder " + name);
  path_ = name;
}

TempFolder::~TempFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::optional<std::filesystem::path> shared_file(const std::string& relative) {
  const std::filesystem::path file = std::filesystem::path(HISTO_SHARED_DIR) / relative;
  if (!std::filesystem::exists(file)) return std::nullopt;
  return file;
}

}  // namespace histo::test
