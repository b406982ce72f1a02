#pragma once
/// The slides of an embedding: what each of them is, and which may say something about the others.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "histo/embed_job.hpp"

#include "jobs/label_table.hpp"

namespace histo {

/// Slides that have tiles, by name. `folders`, `names`, `group` and `trains` have one entry a
/// slide.
struct EmbedSlides {
  std::vector<std::filesystem::path> folders;
  std::vector<std::string> names;
  std::vector<std::string> groups;  ///< names that `group` counts in, sorted
  std::vector<std::int32_t> group;  ///< -1: the table does not know the slide, or there is none
  std::vector<bool> trains;         ///< whether its tiles may give prototypes
  /// With a table of single tiles: those of the slide that may.
  std::vector<std::vector<std::size_t>> training_rows;

  std::vector<std::string> without_features;  ///< names, of the inputs
  std::vector<std::string> without_tiles;
  Unmatched unmatched;
};

/// Throws Error(input) where two slides have one name, none has tiles, the table does not fit, or a
/// group is in two parts of the split.
EmbedSlides find_embed_slides(const EmbedJobOptions& options);

/// missing.csv.
std::string missing_slides(const EmbedSlides& slides);
/// A warning for each kind of what is missing.
void tell(const EmbedSlides& slides, Observer& observer);

}  // namespace histo
