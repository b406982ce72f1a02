#pragma once
/// What the records of an output folder say about its slides, of all processes together.

#include <cstddef>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "store/run_log.hpp"

namespace histo {

/// The line that counts for a slide, in one of the runs.
struct LastWord {
  const RunSlide* slide = nullptr;
  const RunHistory* run = nullptr;
  std::size_t failures = 0;  ///< how often it failed in all
};

/// For each slide, by the name of its folder, what the runs of one step say last. That it was done
/// already does not count where it is known by whom, and that a run was stopped before it came to
/// it only where nothing else is known. The runs must outlive the result.
std::map<std::string, LastWord> last_words(const std::vector<const RunHistory*>& runs);

/// The names of the slide folders whose last record in this step says that they failed. Throws
/// Error(input) if the records cannot be read.
std::set<std::string> last_failed(const std::filesystem::path& output, const std::string& verb);

}  // namespace histo
