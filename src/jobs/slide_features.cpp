#include "jobs/slide_features.hpp"

#include <algorithm>

#include "histo/error.hpp"

#include "jobs/feature_blocks.hpp"
#include "store/layout.hpp"
#include "store/removal.hpp"

namespace histo {

SlideFeatures::SlideFeatures(const Claim& claim)
    : folder_(claim.folder()),
      log_(feature_log_file(folder_),
           claim.taken_over().empty() ? Predecessor::ended : Predecessor::unknown) {
  // Of processes that were killed while they wrote them; the slide is ours now.
  remove_leftovers(features_file(folder_));
  remove_leftovers(feature_log_file(folder_));
}

void SlideFeatures::take_up(std::size_t dim, const Fingerprint& key) {
  dim_ = dim;
  log_.take_up(dim, key.text());
}

bool SlideFeatures::commit(const FeatureInfo& info, const std::vector<TileRow>& tiles,
                           Claim& claim) {
  if (rows() != tiles.size()) {
    throw Error(ErrorKind::internal, folder_.string() + ": " + std::to_string(rows()) +
                                         " rows for " + std::to_string(tiles.size()) + " tiles");
  }
  FeatureWriter writer(features_file(folder_), dim_, info);
  const std::size_t block_rows = std::min(rows_of_block(dim_), tiles.size());
  std::vector<float> block(block_rows * dim_);
  std::vector<Rect> rects;
  for (std::size_t first = 0; first < tiles.size(); first += rects.size()) {
    const std::size_t count = log_.read(first, block_rows, block.data());
    rects.clear();
    for (std::size_t i = first; i < first + count; ++i) rects.push_back(tiles[i].rect);
    writer.append(block.data(), rects);
  }
  if (!claim.seal()) return false;
  writer.commit();
  log_.remove();
  return true;
}

}  // namespace histo
