#include "jobs/cluster_claim.hpp"

#include <utility>

#include "histo/error.hpp"

#include "store/layout.hpp"

namespace histo {

namespace {

/// Seconds without a sign of life after which another's claim counts as left behind.
constexpr double stale_after = 300.0;

}  // namespace

Claim claim_clustering(const std::filesystem::path& output, const RunInfo& info,
                       Recorder& recorder) {
  const std::filesystem::path folder = clustering_folder(output);
  ClaimAnswer answer = Claims({info.job, info.restarts, stale_after}).take(folder);
  if (!answer.claim) {
    throw Error(ErrorKind::input, folder.string() + ": is being worked on by " + answer.holder +
                                      "; the slides are clustered when it has ended");
  }
  if (!answer.claim->taken_over().empty()) {
    recorder.warn(folder.string() + ": taken over from " + answer.claim->taken_over());
  }
  return std::move(*answer.claim);
}

void keep_claim(Claim& claim) {
  if (claim.seal()) return;
  throw Error(ErrorKind::output, claim.folder().string() + ": was taken over by " + claim.holder() +
                                     " while this process gave no sign of life");
}

}  // namespace histo
