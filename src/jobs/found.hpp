#pragma once
/// What there is of a slide's results. Only reads.

#include <filesystem>
#include <optional>
#include <string>

#include "core/fingerprint.hpp"

namespace histo {

/// The state that a place for results is in.
struct Found {
  bool finished = false;  ///< the commit mark is there
  bool begun = false;     ///< other results are there, without the mark
  std::string worker;     ///< the other process that has begun and not ended, as far as it is known
  std::string damage;     ///< why what is there cannot be read, if it cannot
  std::optional<Fingerprint>
      fingerprint;  ///< what the finished results were made with, where they say so
};

/// The other process that works on a folder, as far as it is known to live; else empty.
std::string other_worker(const std::filesystem::path& folder);

/// What histoprep has left in a slide's folder.
Found find_tiles(const std::filesystem::path& folder);

/// What `histoencoder extract` has left there. Opens the feature file: the caller's thread only.
Found find_features(const std::filesystem::path& folder);

}  // namespace histo
