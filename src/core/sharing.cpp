#include "histo/sharing.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>

#include "histo/error.hpp"

#include "core/fingerprint.hpp"

namespace histo {

void validate(const Shard& shard) {
  if (shard.count >= 1 && shard.index < shard.count) return;
  throw Error(ErrorKind::usage, "--shard must be i/n with i from 0 to n - 1, got " +
                                    std::to_string(shard.index) + "/" +
                                    std::to_string(shard.count));
}

std::string manifest_hash(std::vector<ManifestEntry> slides) {
  std::sort(slides.begin(), slides.end(), [](const ManifestEntry& a, const ManifestEntry& b) {
    return std::tie(a.name, a.size) < std::tie(b.name, b.size);
  });
  // A name may hold any byte but NUL.
  std::string text;
  for (const ManifestEntry& slide : slides) {
    text += slide.name + '\0' + std::to_string(slide.size) + '\0';
  }
  return sha256(text).substr(0, 16);
}

std::vector<std::size_t> balanced_shards(const std::vector<ManifestEntry>& slides,
                                         std::size_t count) {
  std::vector<std::size_t> order(slides.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&slides](std::size_t a, std::size_t b) {
    return std::tie(slides[b].size, slides[a].name) < std::tie(slides[a].size, slides[b].name);
  });
  // An empty slide weighs a byte: many of them are spread, too.
  std::vector<std::uintmax_t> bytes(count, 0);
  std::vector<std::size_t> shards(slides.size());
  for (const std::size_t slide : order) {
    const auto least = std::min_element(bytes.begin(), bytes.end());
    *least += std::max<std::uintmax_t>(slides[slide].size, 1);
    shards[slide] = static_cast<std::size_t>(least - bytes.begin());
  }
  return shards;
}

void validate(const Sharing& sharing) {
  validate(sharing.shard);
  if (sharing.stale_after >= 1.0) return;
  throw Error(ErrorKind::usage, "--stale-after must be at least 1 second");
}

}  // namespace histo
