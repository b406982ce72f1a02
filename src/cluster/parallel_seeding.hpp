#pragma once
/// k-means|| (Bahmani et al., 2012): first centres from all rows in a handful of passes.

#include <vector>

#include "cluster/lloyd.hpp"
#include "cluster/seeding.hpp"
#include "cluster/survey.hpp"

namespace histo::cluster {

/// Five rounds, each of which draws about 2 k rows in proportion to their squared distance from
/// those drawn before, all seeds fed by the same passes; then k of all that were drawn, weighted by
/// how many rows each is nearest to, by greedy k-means++. The sample tells what the distances sum
/// to. False when `passes` says to stop.
bool draw_seeds_in_parallel(const LloydRows& rows, const SampleRows& sample, std::size_t memory,
                            std::vector<Seeds>& seeds, Passes& passes);

}  // namespace histo::cluster
