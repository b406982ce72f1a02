#pragma once

#include <cstddef>
#include <cstdint>

namespace histo {

/// The checksum of zip files and PNG: finds bytes that a crash left half written.
std::uint32_t crc32(const void* bytes, std::size_t count);

}  // namespace histo
