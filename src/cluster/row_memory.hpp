#pragma once
/// What one fit remembers of each row from pass to pass, if memory allows.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace histo::cluster {

/// Labels in as few bytes as k needs.
class HeldLabels {
 public:
  static std::size_t bytes_a_row(std::size_t k) { return k <= 256 ? 1 : k <= 65536 ? 2 : 4; }

  void allocate(std::size_t rows, std::size_t k) {
    width_ = bytes_a_row(k);
    bytes_.resize(rows * width_);
  }

  bool held() const { return width_ > 0; }

  void load(std::size_t first, std::size_t count, std::int32_t* out) const {
    const std::uint8_t* from = bytes_.data() + first * width_;
    if (width_ == 1) {
      for (std::size_t i = 0; i < count; ++i) out[i] = from[i];
      return;
    }
    for (std::size_t i = 0; i < count; ++i) {
      out[i] = 0;
      std::memcpy(out + i, from + i * width_, width_);
    }
  }

  void store(std::size_t first, std::size_t count, const std::int32_t* labels) {
    std::uint8_t* to = bytes_.data() + first * width_;
    for (std::size_t i = 0; i < count; ++i) std::memcpy(to + i * width_, labels + i, width_);
  }

 private:
  static_assert(static_cast<unsigned char>(1U) == 1U);
  std::size_t width_ = 0;
  std::vector<std::uint8_t> bytes_;
};

}  // namespace histo::cluster
