#include "jobs/slide_features.hpp"

#include <algorithm>

#include "histo/error.hpp"

#include "store/layout.hpp"

namespace histo {

namespace {

constexpr std::size_t block_rows = 1024;

}  // namespace

SlideFeatures::SlideFeatures(const std::filesystem::path& folder, std::size_t dim,
                             const Fingerprint& key, bool anew)
    : folder_(folder), dim_(dim), log_(feature_log_file(folder), dim, key.text()) {
  if (anew) log_.clear();
  // Of processes that were killed while they wrote the feature file; the slide is ours now.
  remove_leftovers(features_file(folder));
}

void SlideFeatures::commit(const FeatureInfo& info, const std::vector<TileRow>& tiles) {
  if (rows() != tiles.size()) {
    throw Error(ErrorKind::internal, folder_.string() + ": " + std::to_string(rows()) +
                                         " rows for " + std::to_string(tiles.size()) + " tiles");
  }
  FeatureWriter writer(features_file(folder_), dim_, info);
  std::vector<float> block(std::min(block_rows, tiles.size()) * dim_);
  std::vector<Rect> rects;
  for (std::size_t first = 0; first < tiles.size(); first += rects.size()) {
    const std::size_t count = log_.read(first, block_rows, block.data());
    rects.clear();
    for (std::size_t i = first; i < first + count; ++i) rects.push_back(tiles[i].rect);
    writer.append(block.data(), rects);
  }
  writer.commit();
  log_.remove();
}

}  // namespace histo
