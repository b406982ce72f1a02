#pragma once
/// Where an analysis leaves what it found: summary.json is its commit mark, written last.

#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "histo/image.hpp"
#include "histo/job.hpp"

namespace histo {

/// Numbers and texts in an order. A NaN is written as null.
using Json = nlohmann::ordered_json;

class ResultFolder {
 public:
  /// Makes the folder. Throws Error(input) where it holds a summary.json already and `overwrite` is
  /// not `always`; else that mark, and the files that it names, are removed. Throws Error(output).
  ResultFolder(const std::filesystem::path& folder, Overwrite overwrite);

  /// The path of a file that the caller writes by itself, in one step.
  std::filesystem::path file(const std::string& name);

  /// Both replace the file in one step.
  void write(const std::string& name, const std::string& text);
  /// As a PNG, whose text stays sharp.
  void write(const std::string& name, const Image& picture);

  /// summary.json: `verb`, the program's version, the command line and options of `info`, then
  /// `results`, and the names of all files. Nothing after it.
  void commit(const std::string& verb, const RunInfo& info, Json results);

 private:
  std::filesystem::path folder_;
  std::vector<std::string> names_;
};

}  // namespace histo
