#pragma once
/// Who writes the clusters of an output: one run at a time.

#include <filesystem>

#include "histo/job.hpp"

#include "jobs/report.hpp"
#include "store/claim.hpp"

namespace histo {

/// Tables of two clusterings side by side must not look like those of one. Throws Error(input)
/// naming the run that has the output now.
Claim claim_clustering(const std::filesystem::path& output, const RunInfo& info,
                       Recorder& recorder);

/// To be called before anything gets its name. Throws Error(output) if another run has the output
/// by now.
void keep_claim(Claim& claim);

}  // namespace histo
