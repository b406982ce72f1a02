#pragma once
/// The options that say which of the slides are this process's, the same in all verbs that go slide
/// by slide.

#include <optional>
#include <string>

#include <CLI/CLI.hpp>

#include "histo/sharing.hpp"

namespace histo::app {

struct SharingArguments {
  std::optional<std::string> shard;
  Sharing sharing;
};

/// Group "Sharing": --shard alone, for verbs whose processes never meet on one slide.
void add_shard_option(CLI::App& cli, SharingArguments& arguments);

/// --stale-after, --max-failures and --retry-failed without it.
void add_claim_options(CLI::App& cli, SharingArguments& arguments);

/// And --stale-after, --max-failures, --retry-failed. `arguments` must outlive the parsing.
void add_sharing_options(CLI::App& cli, SharingArguments& arguments);

/// What the options say, and the job array that they refer to. Throws Error(usage).
Sharing sharing_of(const SharingArguments& arguments);

}  // namespace histo::app
