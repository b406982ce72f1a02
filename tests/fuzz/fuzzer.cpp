// What libFuzzer calls. HISTO_FUZZ_TARGET is the name of one function of targets.hpp.

#include <cstddef>
#include <cstdint>

#include "fuzz/targets.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  histo::fuzz::HISTO_FUZZ_TARGET({reinterpret_cast<const char*>(bytes), count});
  return 0;
}
