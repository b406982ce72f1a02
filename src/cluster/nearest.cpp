#include "cluster/nearest.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "cluster/blas.hpp"
#include "cluster/distance.hpp"
#include "cluster/shifted.hpp"

namespace histo::cluster {

void CentreStack::add(const std::vector<float>& centres) {
  const std::size_t width = dim();
  Group group{centres.data(), centres.size() / width, size(), 0.0};
  shifted_.resize(shifted_.size() + centres.size());
  for (std::size_t i = 0; i < group.k; ++i) {
    float* shifted = shifted_.data() + (group.offset + i) * width;
    shift_row(group.centres + i * width, origin_, shifted);
    const double squared = squared_norm(shifted, width);
    squared_norms_.push_back(static_cast<float>(squared));
    group.longest = std::max(group.longest, std::sqrt(squared));
  }
  groups_.push_back(group);
}

void NearestCentres::assign(const RowBlock& block, std::int32_t* labels) {
  // Few enough rows for their products to stay in the cache.
  constexpr std::size_t slice_rows = 256;
  const std::size_t dim = stack_->dim();
  const std::size_t size = stack_->size();
  shifted_.resize(slice_rows * dim);
  products_.resize(slice_rows * size);
  for (std::size_t first = 0; first < block.count; first += slice_rows) {
    const std::size_t count = std::min(slice_rows, block.count - first);
    for (std::size_t i = 0; i < count; ++i) {
      shift_row(block.row(first + i, dim), stack_->origin(), shifted_.data() + i * dim);
    }
    dot_products({count, size, dim}, shifted_.data(), stack_->shifted().data(), products_.data());
    for (std::size_t i = 0; i < count; ++i) {
      const double norm = std::sqrt(squared_norm(shifted_.data() + i * dim, dim));
      std::int32_t* label = labels + first + i;
      for (const CentreStack::Group& group : stack_->groups()) {
        *label = nearest(group, block.row(first + i, dim),
                         products_.data() + i * size + group.offset, norm);
        label += block.count;
      }
    }
  }
}

std::int32_t NearestCentres::nearest(const CentreStack::Group& group, const float* row,
                                     const float* products, double row_norm) {
  const double error = product_error(row_norm, group.longest, stack_->dim());
  if (!std::isfinite(error)) {
    scores_.assign(group.k, 0.0F);
    return nearest_exactly(group, row, 0.0);
  }
  const float* squared_norms = stack_->squared_norms().data() + group.offset;
  scores_.resize(group.k);
  for (std::size_t i = 0; i < group.k; ++i) scores_[i] = squared_norms[i] - 2.0F * products[i];

  float best = std::numeric_limits<float>::infinity();
  float second = best;
  std::size_t label = 0;
  for (std::size_t i = 0; i < group.k; ++i) {
    if (scores_[i] >= second) continue;
    if (scores_[i] < best) {
      second = best;
      best = scores_[i];
      label = i;
    } else {
      second = scores_[i];
    }
  }
  const double limit = static_cast<double>(best) + 2.0 * error;
  if (static_cast<double>(second) > limit) return static_cast<std::int32_t>(label);
  return nearest_exactly(group, row, limit);
}

/// Among the centres whose score is at most `limit`.
std::int32_t NearestCentres::nearest_exactly(const CentreStack::Group& group, const float* row,
                                             double limit) {
  const std::size_t dim = stack_->dim();
  double best = std::numeric_limits<double>::infinity();
  std::size_t label = 0;
  for (std::size_t i = 0; i < group.k; ++i) {
    if (static_cast<double>(scores_[i]) > limit) continue;
    const double distance = squared_distance(row, group.centres + i * dim, dim);
    if (distance < best) {
      best = distance;
      label = i;
    }
  }
  return static_cast<std::int32_t>(label);
}

}  // namespace histo::cluster
