#pragma once
/// The options of `histoencoder cluster`, which `sbatch` takes, too.

#include <cstddef>
#include <cstdint>
#include <string>

#include <CLI/CLI.hpp>

#include "histo/apply_job.hpp"
#include "histo/cluster_job.hpp"

#include "common/sharing_options.hpp"

namespace histo::app {

struct ClusterArguments {
  std::size_t threads = 0;
  std::uint64_t memory = 0;
  std::string init = "k-means++";
  std::string centroids;
  SharingArguments sharing;
  bool overwrite = false;
  ClusterJobOptions job;
};

/// All but --shard. `arguments` must outlive the parsing.
void add_cluster_arguments(CLI::App& command, ClusterArguments& arguments);

/// The clustering that the arguments stand for, but for its threads and memory, which are the
/// team's to share. Throws Error(usage).
ClusterJobOptions cluster_job_of(const ClusterArguments& arguments, const CLI::App& command);

/// The labelling that they stand for where --apply was given, checked. Throws Error(usage).
ApplyJobOptions apply_job_of(const ClusterArguments& arguments, const CLI::App& command);

}  // namespace histo::app
