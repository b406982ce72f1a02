#include "core/inputs.hpp"

#include <algorithm>
#include <map>
#include <sstream>
#include <utility>

#include <glob.h>

#include "histo/error.hpp"

#include "core/files.hpp"

namespace histo {

namespace {

bool is_pattern(const std::string& text) { return text.find_first_of("*?[") != std::string::npos; }

std::vector<std::string> matches(const std::string& pattern) {
  glob_t found{};
  struct Release {
    glob_t* found;
    ~Release() { globfree(found); }
  } const release{&found};
  if (glob(pattern.c_str(), GLOB_NOSORT, nullptr, &found) != 0) return {};
  return {found.gl_pathv, found.gl_pathv + found.gl_pathc};
}

bool has_extension(const std::filesystem::path& file, const std::vector<std::string>& extensions) {
  std::string extension = file.extension().string();
  if (extension.empty()) return false;
  extension.erase(0, 1);
  for (char& c : extension) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return std::find(extensions.begin(), extensions.end(), extension) != extensions.end();
}

void add_folder(const std::filesystem::path& folder, const std::vector<std::string>& extensions,
                std::vector<std::filesystem::path>& files) {
  std::error_code error;
  const std::size_t before = files.size();
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const bool hidden = entry.path().filename().string().front() == '.';
    if (!hidden && has_extension(entry.path(), extensions) && entry.is_regular_file(error)) {
      files.push_back(entry.path());
    }
  }
  if (error) throw Error(ErrorKind::input, folder.string() + ": " + error.message());
  if (files.size() == before) {
    std::string known;
    for (const std::string& each : extensions) known += " ." + each;
    throw Error(ErrorKind::input,
                folder.string() + ": the folder holds no file with one of" + known);
  }
}

void add_pattern(const std::string& pattern, std::vector<std::filesystem::path>& files) {
  const std::size_t before = files.size();
  for (const std::string& match : matches(pattern)) {
    // A pattern names files; a folder that happens to match it is not meant.
    if (!std::filesystem::is_directory(match)) files.emplace_back(match);
  }
  if (files.size() == before) {
    throw Error(ErrorKind::input, "no file matches the pattern '" + pattern + "'");
  }
}

}  // namespace

std::vector<std::filesystem::path> expand_inputs(const std::vector<std::string>& patterns,
                                                 const std::vector<std::string>& extensions) {
  std::vector<std::filesystem::path> files;
  for (const std::string& item : patterns) {
    std::error_code ignored;
    if (std::filesystem::is_directory(item, ignored)) {
      add_folder(item, extensions, files);
    } else if (std::filesystem::exists(item, ignored)) {
      files.emplace_back(item);  // also a file with a literal '[' in its name
    } else if (is_pattern(item)) {
      add_pattern(item, files);
    } else {
      throw Error(ErrorKind::input, item + ": there is no such file or folder");
    }
  }
  // Sorted by what they are, not by how they are spelled: "a" and "./a" are one file.
  std::map<std::filesystem::path, std::filesystem::path> unique;
  for (std::filesystem::path& file : files) {
    const std::filesystem::path whole = std::filesystem::absolute(file).lexically_normal();
    unique.emplace(whole, std::move(file));
  }
  files.clear();
  for (auto& [whole, file] : unique) files.push_back(std::move(file));
  return files;
}

std::vector<std::string> read_list(const std::filesystem::path& file) {
  std::istringstream text(read_text(file));
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (!line.empty() && line.front() != '#') lines.push_back(line);
  }
  return lines;
}

}  // namespace histo
