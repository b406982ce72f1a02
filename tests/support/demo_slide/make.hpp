#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>

namespace histo::demo {

struct MakeOptions {
  std::filesystem::path slide;  ///< the TIFF to write
  std::filesystem::path truth;  ///< the JSON to write
  std::int64_t height = 8192;   ///< level-0 pixels, at least 1024; the width is a quarter more
  std::uint32_t seed = 1;
  std::size_t threads = 1;  ///< the files do not depend on it
};

/// Writes the slide and its truth; either file appears only when it is complete, the slide last.
/// Throws Error(usage) for options out of range, Error(output) if a file cannot be written.
void make_slide(const MakeOptions& options);

}  // namespace histo::demo
