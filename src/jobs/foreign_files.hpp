#pragma once
/// Which files a slide becomes in each format, and which files stand for a slide.

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "histo/convert_job.hpp"
#include "histo/feature_store.hpp"

#include "store/foreign.hpp"
#include "store/records.hpp"

namespace histo {

/// A slide on its way out.
struct ExportedSlide {
  std::string name;
  std::size_t rows = 0;
  std::size_t dim = 0;
  FeatureInfo info;
  std::optional<SlideRecord> record;  ///< its properties.json
};

struct ForeignFile {
  std::filesystem::path file;
  std::function<std::unique_ptr<ForeignWriter>()> open;
};

struct ForeignFiles {
  std::vector<ForeignFile> files;  ///< in the order in which they are given their names
  std::string obstacle;            ///< why the slide cannot be written at all; empty if it can
  std::string left_out;  ///< which file of the format is left out and why; empty if none is
};

ForeignFiles foreign_files(const ConvertJobOptions& options, const ExportedSlide& slide);

/// The files that the inputs stand for, sorted. Throws Error(input) if one stands for none.
std::vector<std::filesystem::path> find_foreign_files(const ConvertJobOptions& options);

/// Opens a file for reading. `slide` is the folder that it is to become, whose properties.json, if
/// it has one, says what STAMP's files do not. Throws Error(input) naming the file.
ForeignFeatures open_foreign(const ConvertJobOptions& options, const std::filesystem::path& file,
                             const std::filesystem::path& slide);

/// "TRIDENT", as its users call it.
std::string name_of(ForeignFormat format);

}  // namespace histo
