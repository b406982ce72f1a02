#pragma once
/// The header block of a tar's member, as POSIX.1-1988 ("ustar") lays it out.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace histo {

constexpr std::size_t tar_block = 512;
using TarBlock = std::array<std::uint8_t, tar_block>;

/// A regular file of mode 0644, owner and group 0, time 0. `name` has at most 100 bytes; `size` is
/// below 8 GiB. Throws Error(internal) for others.
TarBlock make_tar_header(const std::string& name, std::int64_t size);

struct TarHeader {
  bool end = false;  ///< a block of zeros, which closes the tar
  std::string name;
  std::int64_t size = 0;
};

/// Throws Error(input) with a sentence that starts with `subject`: a checksum that does not fit,
/// another kind of tar, a member that is no regular file, a name or size that ustar cannot hold.
TarHeader parse_tar_header(const TarBlock& block, const std::string& subject);

/// The bytes that a member of this size takes, without its header: whole blocks.
std::int64_t padded_to_tar_block(std::int64_t size);

}  // namespace histo
