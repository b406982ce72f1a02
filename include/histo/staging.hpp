#pragma once
/// Slides copied to a fast disk of this machine before they are read.

#include <cstdint>
#include <filesystem>
#include <optional>

namespace histo {

struct Staging {
  /// Where a folder of our own is made, which is deleted at the end; unset: slides are read where
  /// they are.
  std::optional<std::filesystem::path> folder;

  /// The most bytes that copies take at any time. A slide for which there is no room is read where
  /// it is.
  std::uintmax_t most_bytes = std::uintmax_t{100} << 30;
};

}  // namespace histo
