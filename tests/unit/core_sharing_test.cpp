#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "histo/sharing.hpp"

#include "support/catch.hpp"

using histo::balanced_shards;
using histo::manifest_hash;
using histo::ManifestEntry;
using histo::Shard;
using histo::Sharing;
using histo::test::error_of;

namespace {

/// Names in order, sizes that repeat now and then, some of them 0.
std::vector<ManifestEntry> many_slides(std::size_t count) {
  std::vector<ManifestEntry> slides;
  for (std::size_t i = 0; i < count; ++i) {
    slides.push_back({"slide_" + std::to_string(i), (i * 7919) % 101 * 1000});
  }
  return slides;
}

}  // namespace

TEST_CASE("sharing: slides go to the shard with the fewest bytes, the largest first") {
  const std::vector<ManifestEntry> slides{{"a", 1}, {"b", 5}, {"c", 4}, {"d", 3}, {"e", 3}};
  // b to 0, c to 1, d to 1 (4 < 5), e to 0 (5 < 7), a to 1 (7 < 8).
  CHECK(balanced_shards(slides, 2) == std::vector<std::size_t>{1, 0, 1, 1, 0});
  CHECK(balanced_shards(slides, 1) == std::vector<std::size_t>(5, 0));
  CHECK(balanced_shards({}, 3).empty());
}

TEST_CASE(
    "sharing: every slide is in one shard for every count, and none is above 4/3 of the rest") {
  const std::vector<ManifestEntry> slides = many_slides(97);
  std::uintmax_t all = 0;
  for (const ManifestEntry& slide : slides) all += slide.size;
  for (std::size_t count = 1; count < 120; ++count) {
    const std::vector<std::size_t> shards = balanced_shards(slides, count);
    std::vector<std::uintmax_t> bytes(count, 0);
    REQUIRE(shards.size() == slides.size());
    for (std::size_t i = 0; i < slides.size(); ++i) {
      REQUIRE(shards[i] < count);
      bytes[shards[i]] += slides[i].size;
    }
    // No division is better than an equal one, nor than the largest slide alone.
    const std::uintmax_t best = std::max<std::uintmax_t>(all / count, 100000);
    const std::uintmax_t fullest = *std::max_element(bytes.begin(), bytes.end());
    CHECK(static_cast<double>(fullest) <= 4.0 / 3.0 * static_cast<double>(best) + 100.0);
  }
}

TEST_CASE("sharing: the order in which slides are listed changes neither shards nor the hash") {
  const std::vector<ManifestEntry> slides = many_slides(40);
  std::vector<ManifestEntry> reversed(slides.rbegin(), slides.rend());
  std::vector<std::size_t> shards = balanced_shards(reversed, 7);
  std::reverse(shards.begin(), shards.end());
  CHECK(shards == balanced_shards(slides, 7));
  CHECK(manifest_hash(slides) == manifest_hash(reversed));
}

TEST_CASE("sharing: the hash changes with every name and every size") {
  const std::string hash = manifest_hash({{"a", 1}, {"b", 2}});
  CHECK(hash.size() == 16);
  CHECK(hash != manifest_hash({{"a", 1}, {"b", 3}}));
  CHECK(hash != manifest_hash({{"a", 1}, {"c", 2}}));
  CHECK(hash != manifest_hash({{"a", 1}}));
  CHECK(manifest_hash({{"a1", 2}}) != manifest_hash({{"a", 12}}));
}

TEST_CASE("sharing: a shard is one of those that there are") {
  CHECK(!error_of([] { validate(Shard{2, 3}); }));
  for (const Shard& wrong : {Shard{3, 3}, Shard{0, 0}}) {
    const auto error = error_of([&] { validate(wrong); });
    REQUIRE(error);
    CHECK(error->kind() == histo::ErrorKind::usage);
    CHECK(histo::test::contains(error->what(), "--shard must be i/n with i from 0 to n - 1, got " +
                                                   std::to_string(wrong.index) + "/"));
  }
}

TEST_CASE("sharing: claims live for a second at least") {
  Sharing sharing;
  CHECK(!error_of([&] { validate(sharing); }));
  for (const double wrong : {0.5, -1.0, std::numeric_limits<double>::quiet_NaN()}) {
    sharing.stale_after = wrong;
    const auto error = error_of([&] { validate(sharing); });
    REQUIRE(error);
    CHECK(std::string(error->what()) == "--stale-after must be at least 1 second");
  }
}
