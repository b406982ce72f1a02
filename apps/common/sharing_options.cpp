#include "common/sharing_options.hpp"

#include <cstdlib>

#include "common/options.hpp"
#include "common/slurm.hpp"

namespace histo::app {

namespace {

constexpr const char* group = "Sharing";

}  // namespace

void add_shard_option(CLI::App& cli, SharingArguments& arguments) {
  add_optional(cli, "--shard", arguments.shard,
               "Do only the i-th of n shares of the slides, from 0: 3/8. The shares have about "
               "equal bytes, and together they are all slides. auto: by the SLURM job array.",
               "I/N", "all slides")
      ->group(group);
}

void add_claim_options(CLI::App& cli, SharingArguments& arguments) {
  add_value(cli, "--stale-after", arguments.sharing.stale_after,
            "A slide whose process on another machine gave no sign of life for so long is taken "
            "over.",
            "SECONDS")
      ->group(group);
  add_value(cli, "--max-failures", arguments.sharing.max_failures,
            "End after that many slides have failed; 0: never.", "INT")
      ->group(group);
  cli.add_flag("--retry-failed", arguments.sharing.retry_failed,
               "Do only slides that failed in the run that had them last.")
      ->group(group);
}

void add_sharing_options(CLI::App& cli, SharingArguments& arguments) {
  add_shard_option(cli, arguments);
  add_claim_options(cli, arguments);
}

Sharing sharing_of(const SharingArguments& arguments) {
  Sharing sharing = arguments.sharing;
  if (arguments.shard) {
    sharing.shard = shard_of(*arguments.shard, [](const char* name) { return std::getenv(name); });
  }
  validate(sharing);
  return sharing;
}

}  // namespace histo::app
