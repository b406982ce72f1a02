// tiles.tar: its index over a sound tar, and the tar without an index.

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <vector>

#include "fuzz/bench.hpp"
#include "fuzz/targets.hpp"
#include "store/layout.hpp"
#include "store/tar_header.hpp"
#include "store/tile_tar.hpp"

namespace histo::fuzz {

namespace {

const std::array<std::string, 3> members = {"x0_y0_w2_h2.png", "x2_y0_w2_h2.png",
                                            "x2_y0_w2_h2.mask.png"};

std::filesystem::path sound_tar() {
  const std::filesystem::path folder = scratch_folder() / "indexed";
  std::filesystem::create_directory(folder);
  std::filesystem::path tar = tile_tar_file(folder);
  TileTarWriter writer(tar);
  for (const std::string& member : members) {
    writer.append(member, std::vector<std::uint8_t>(member.size() * 40, 'p'));
  }
  writer.commit();
  return tar;
}

void read_all(const TileTarReader& reader) {
  for (const std::string& member : members) {
    accepts([&] {
      require(reader.read(member).size() < (1U << 20U), "a member is no larger than its tar");
    });
  }
}

/// No fuzzer guesses a checksum: with this the rest of a header is reached.
void mend_checksums(std::string& tar) {
  for (std::size_t at = 0; at + tar_block <= tar.size(); at += tar_block) {
    if (std::memcmp(tar.data() + at + 257, "ustar", 5) != 0) continue;
    std::fill_n(tar.begin() + static_cast<std::ptrdiff_t>(at) + 148, 8, ' ');
    unsigned sum = 0;
    for (std::size_t i = 0; i < tar_block; ++i) sum += static_cast<unsigned char>(tar[at + i]);
    std::array<char, 8> digits{};
    std::snprintf(digits.data(), digits.size(), "%06o", sum & 0777777U);
    std::copy_n(digits.begin(), 7, tar.begin() + static_cast<std::ptrdiff_t>(at) + 148);
  }
}

}  // namespace

void tar_index(std::string_view bytes) {
  static const std::filesystem::path tar = sound_tar();
  scratch_file("indexed/tiles.tar.index.csv", bytes);
  accepts([&] { read_all(TileTarReader(tar)); });
}

void tar(std::string_view bytes) {
  std::string mended(bytes);
  mend_checksums(mended);
  const std::filesystem::path file = scratch_file("tiles.tar", mended);
  accepts([&] { read_all(TileTarReader(file)); });
}

}  // namespace histo::fuzz
