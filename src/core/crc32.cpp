#include "core/crc32.hpp"

#include <libdeflate.h>

namespace histo {

std::uint32_t crc32(const void* bytes, std::size_t count) {
  return libdeflate_crc32(0, bytes, count);
}

}  // namespace histo
