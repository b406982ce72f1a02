#include "core/crc32.hpp"

#include <isa-l.h>

namespace histo {

std::uint32_t crc32(const void* bytes, std::size_t count) {
  return crc32_gzip_refl(0, static_cast<const unsigned char*>(bytes), count);
}

}  // namespace histo
