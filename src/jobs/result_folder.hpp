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

/// All files wait in a folder of this run's own until `commit`; a run that does not come to it
/// leaves what was there before, and nothing else.
class ResultFolder {
 public:
  /// Makes the folder. Throws Error(input) for a slide's folder, and where it holds a summary.json
  /// already and `overwrite` is not `always`; Error(output).
  ResultFolder(const std::filesystem::path& folder, Overwrite overwrite);
  ResultFolder(const ResultFolder&) = delete;
  ResultFolder& operator=(const ResultFolder&) = delete;
  ~ResultFolder();

  /// Throws Error(usage) where this file that the run reads lies in the folder, and would be taken
  /// away with the results that are replaced.
  void spare(const std::filesystem::path& input) const;

  /// Where the caller is to write the file of this name. Throws Error(input) where there is one
  /// that no earlier run has made.
  std::filesystem::path file(const std::string& name);

  void write(const std::string& name, const std::string& text);
  /// As a PNG, whose text stays sharp.
  void write(const std::string& name, const Image& picture);

  /// Takes away the files that the earlier summary names, gives ours their names, and summary.json
  /// last: `verb`, the program's version, the command line and options of `info`, then `results`,
  /// and the names of all files. Nothing after it. Throws Error(input) where the results that would
  /// be replaced are of another verb.
  void commit(const std::string& verb, const RunInfo& info, Json results);

 private:
  std::filesystem::path folder_;
  std::filesystem::path waiting_;  ///< the run's own
  std::vector<std::string> names_;
  std::string earlier_verb_;
  std::vector<std::string> earlier_;  ///< names of the files that a finished run has made
};

}  // namespace histo
