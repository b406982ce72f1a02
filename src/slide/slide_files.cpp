#include <algorithm>
#include <cctype>
#include <fstream>
#include <string>

#include "histo/error.hpp"
#include "histo/slide.hpp"

namespace histo {

namespace {

std::string lower_case_extension(const std::filesystem::path& file) {
  std::string extension = file.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extension;
}

// "ImageFile(0,1)=name-0,1.jpg": of an index, the values that are names of files beside it.
std::vector<std::filesystem::path> named_beside(const std::filesystem::path& index) {
  std::vector<std::filesystem::path> files;
  std::ifstream text(index);
  for (std::string line; std::getline(text, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    const std::size_t equals = line.find('=');
    if (equals == std::string::npos) continue;
    const std::string name = line.substr(equals + 1);
    // Whatever a damaged index says, nothing outside its folder belongs to the slide.
    if (name.empty() || name == "." || name == ".." || name.find('/') != std::string::npos) {
      continue;
    }
    std::error_code ignored;
    const std::filesystem::path file = index.parent_path() / name;
    if (std::filesystem::is_regular_file(file, ignored)) files.push_back(file);
  }
  return files;
}

std::vector<std::filesystem::path> dicom_beside(const std::filesystem::path& slide) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  const std::filesystem::path folder = slide.parent_path().empty() ? "." : slide.parent_path();
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (lower_case_extension(entry.path()) != ".dcm" || !entry.is_regular_file(error)) continue;
    files.push_back(slide.parent_path() / entry.path().filename());
  }
  if (error) throw Error(ErrorKind::input, folder.string() + ": " + error.message());
  return files;
}

}  // namespace

std::vector<std::filesystem::path> slide_files(const std::filesystem::path& slide) {
  std::error_code ignored;
  if (!std::filesystem::exists(slide, ignored)) {
    throw Error(ErrorKind::input, slide.string() + ": there is no such file");
  }
  std::vector<std::filesystem::path> others;
  const std::string extension = lower_case_extension(slide);
  if (extension == ".mrxs") {
    const std::filesystem::path folder = slide.parent_path() / slide.stem();
    if (std::filesystem::is_directory(folder, ignored)) others.push_back(folder);
  }
  if (extension == ".vms" || extension == ".vmu") others = named_beside(slide);
  if (extension == ".dcm") others = dicom_beside(slide);
  std::sort(others.begin(), others.end());
  others.erase(std::unique(others.begin(), others.end()), others.end());
  others.erase(std::remove(others.begin(), others.end(), slide), others.end());
  others.insert(others.begin(), slide);
  return others;
}

}  // namespace histo
