#include "jobs/cluster_rows.hpp"

#include <utility>

namespace histo {

void ClusterRows::prepare(Preprocessing preprocessing, const Team& team, std::size_t memory) {
  preprocessing_ = std::move(preprocessing);
  prepared_.emplace(stored_, preprocessing_);
  share_ = &*prepared_;
  const RowShare share = share_of(*prepared_, team);
  const std::size_t bytes = (share.last - share.first) * prepared_->dim() * sizeof(float);
  if (bytes > memory) return;
  held_.emplace(*prepared_, share.first, share.last - share.first);
  share_ = &*held_;
  held_bytes_ = bytes;
  all_in_memory_ = team.size() == 1;
}

StoredPca stored_pca(const Preprocessing& preprocessing) {
  if (preprocessing.components == 0) return {};
  return {preprocessing.components, preprocessing.whiten, preprocessing.mean, preprocessing.axes,
          preprocessing.variances};
}

Preprocessing preprocessing_of(const Clustering& clustering) {
  Preprocessing preprocessing;
  const StoredPca& pca = clustering.pca;
  preprocessing.dim = pca.components > 0 ? pca.mean.size() : clustering.dim;
  preprocessing.components = pca.components;
  preprocessing.whiten = pca.whiten;
  preprocessing.mean = pca.mean;
  preprocessing.axes = pca.axes;
  preprocessing.variances = pca.variances;
  return preprocessing;
}

}  // namespace histo
