#pragma once
/// The file of a claim: its words, and what can be told from them. Only reads.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "store/claim.hpp"

namespace histo {

/// "key=value" lines.
std::string claim_text(const ClaimHolder& holder);
/// Nothing for any other text; keys that are not known are passed over.
std::optional<ClaimHolder> parse_claim(std::string_view text);

/// A moment by the file server's clock: nanoseconds since 1970.
using ServerTime = std::int64_t;

/// What lies under a name.
struct ClaimSight {
  bool is_there = false;
  std::string text;  ///< empty where it cannot be read
  ServerTime last_sign = 0;
  std::uint64_t inode = 0;
};
ClaimSight look_at_claim(const std::filesystem::path& file);

enum class Ours { yes, no, unknown };
/// Whether the file holds this text. Makes no memory.
Ours holds_text(const std::filesystem::path& file, const std::string& text) noexcept;

/// Why a claim is left behind, as the end of a sentence; empty where it is not. `now` is the time
/// of a fresh file in the same folder.
std::string why_left_behind(const ClaimSight& sight, const ClaimRule& rule, ServerTime now);

/// "process 4711 on node3", or what else can be said of it.
std::string describe(const ClaimSight& sight);

}  // namespace histo
