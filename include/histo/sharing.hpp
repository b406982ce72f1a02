#pragma once
/// How several processes share the slides of one job without talking to each other: each is told
/// its part, and takes a claim on a slide before it works on it.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace histo {

/// One part of a job's slides.
struct Shard {
  std::size_t index = 0;  ///< 0 .. count - 1
  std::size_t count = 1;  ///< 1: all slides
};

/// Throws Error(usage) for no part, and one that is not among them.
void validate(const Shard& shard);

/// A slide of a job as its processes know it before any of them has opened it.
struct ManifestEntry {
  std::string name;         ///< of the slide's folder below the output
  std::uintmax_t size = 0;  ///< bytes of what has to be read
};

/// The same slides give the same hash on every machine, in whatever order they are listed: 16 hex
/// digits of SHA-256. Processes whose hashes differ do not share one job.
std::string manifest_hash(std::vector<ManifestEntry> slides);

/// The shard, of `count`, that each slide falls to; in the order of `slides`. From the largest on,
/// slides of one size by name, each goes to the shard that has the fewest bytes so far, of equal
/// ones the first (Graham's LPT rule: the fullest has at most 4/3 of what the best division gives
/// it). Every slide falls to one shard, for every count; the order of `slides` is of no matter as
/// long as the names differ.
std::vector<std::size_t> balanced_shards(const std::vector<ManifestEntry>& slides,
                                         std::size_t count);

struct Sharing {
  Shard shard;

  /// Seconds after which a claim counts as left behind by a process that is gone, where its owner,
  /// on another host, gave no sign of life for so long; at least 1. A network file system may show
  /// a sign a minute late.
  double stale_after = 300.0;

  /// End the run after that many failed slides; 0: never.
  std::size_t max_failures = 0;

  /// Only slides whose last record says that they failed.
  bool retry_failed = false;
};

/// Throws Error(usage) naming the option and the value.
void validate(const Sharing& sharing);

}  // namespace histo
