#pragma once
/// Which of a job's slides are this process's. Only reads sizes.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "histo/job.hpp"
#include "histo/sharing.hpp"

namespace histo {

/// A slide of a job before anybody has looked at what is done of it.
struct Candidate {
  std::filesystem::path input;
  std::filesystem::path folder;  ///< empty where the slide's name cannot be a folder's
  std::uintmax_t size = 0;       ///< bytes of what has to be read; 0 where nobody knows
  std::string obstacle;          ///< why it can have no folder
  std::filesystem::path twin;    ///< another slide of the job that has the same folder
};

/// A shard's slides, and the hash by which its processes know that they share one job.
struct Share {
  std::vector<Candidate> slides;  ///< in the order of the job's
  std::string manifest;
};

/// The slides of the job that fall to this shard. A slide without a folder goes by its path.
Share share_of(const std::vector<Candidate>& slides, const Shard& shard);

/// A shard's part of a plan.
struct SharedPlan {
  std::vector<PlannedSlide> slides;
  std::string manifest;
};

/// The bytes of a file, 0 where there is none.
std::uintmax_t bytes_of_file(const std::filesystem::path& file);

/// The bytes of a file, or of all files below a folder; what cannot be looked at counts nothing.
std::uintmax_t bytes_below(const std::filesystem::path& path);

/// The bytes of all files that belong to a slide, 0 where it is not there.
std::uintmax_t bytes_of_slide(const std::filesystem::path& slide);

}  // namespace histo
