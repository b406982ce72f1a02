#pragma once
/// A prepared slide becomes files.

#include <atomic>
#include <string>

#include "histo/observer.hpp"
#include "histo/tile_job.hpp"

#include "jobs/prepare.hpp"
#include "store/claim.hpp"

namespace histo {

enum class CutEnd {
  done,
  stopped,
  taken_over,  ///< by another process, whose slide it is now; nothing of ours got a name
};

/// Writes all of a slide's results into the folder that the claim is on. They get their names when
/// they are complete, metadata.csv last; the claim is sealed from then on. Takes the pictures out
/// of `prepared`, which are not needed afterwards. `label` names the tiles in the progress. Throws
/// Error(input) where the slide cannot be decoded, Error(output).
CutEnd cut_slide(const TileJobOptions& options, Prepared& prepared, Claim& claim,
                 const std::string& label, Observer& observer, const std::atomic<bool>& stop);

}  // namespace histo
