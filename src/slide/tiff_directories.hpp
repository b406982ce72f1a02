#pragma once
/// What a TIFF or BigTIFF file says of its images (TIFF 6.0, section 2; BigTIFF). libtiff ignores a
/// tag that it cannot read, so a file that was cut short would open with less than it had; here it
/// does not.

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <vector>

#include "slide/file_bytes.hpp"

namespace histo {

/// The values of the tags below 32768 that are whole numbers or bytes.
class TiffDirectory {
 public:
  void set(std::uint16_t tag, std::vector<std::uint64_t>&& values) {
    values_[tag] = std::move(values);
  }

  /// Empty where there is no such tag.
  const std::vector<std::uint64_t>& values(std::uint16_t tag) const {
    const auto found = values_.find(tag);
    return found == values_.end() ? none_ : found->second;
  }

  /// The tag's only value; nothing where it has none or several.
  std::optional<std::uint64_t> value(std::uint16_t tag) const {
    const std::vector<std::uint64_t>& all = values(tag);
    return all.size() == 1 ? std::optional(all.front()) : std::nullopt;
  }

 private:
  std::map<std::uint16_t, std::vector<std::uint64_t>> values_;
  std::vector<std::uint64_t> none_;
};

/// All directories of the main chain, in order; none if the file is no TIFF, or is a classic one of
/// 4 GiB or more, whose offsets are the maker's secret. Throws Error(input) where a directory, a
/// tag or the pixels reach beyond the end of the file.
std::vector<TiffDirectory> read_tiff_directories(const FileBytes& file);

/// Throws what read_tiff_directories does.
void refuse_cut_tiff(const std::filesystem::path& path);

}  // namespace histo
