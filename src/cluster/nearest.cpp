#include "cluster/nearest.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "cluster/blas.hpp"
#include "cluster/kernels.hpp"

namespace histo::cluster {

namespace {

// Few enough rows for their products to stay in the cache, and enough for the centres, which each
// product packs anew, to be little beside them.
constexpr std::size_t rows_per_product = 512;

void shift(const float* row, const std::vector<float>& origin, float* out) {
  for (std::size_t i = 0; i < origin.size(); ++i) out[i] = row[i] - origin[i];
}

}  // namespace

// The most by which b - 2 x.c', in float32, differs from |x - c|^2 - |x - o|^2, for |x|, |o| <=
// row_length and |c'| <= centre_length. With u = 2^-24: 2 gamma(dim) |x||c'| of the product, u
// |b|, u of the difference, and 2 u |x - c||c'| for c' that was rounded; |b| <= (|x| + |c'|)^2,
// and so on (Higham, "Accuracy and Stability of Numerical Algorithms", 2nd ed., section 3.1).
// Infinite where float32 might overflow or underflow.
double product_error(double row_length, double centre_length, std::size_t dim) {
  constexpr double unit = 0x1p-24;
  const double sum = row_length + centre_length;
  if (!(sum * sum > 1e-24 && sum * sum < 1e37)) return std::numeric_limits<double>::infinity();
  const auto terms = static_cast<double>(dim);
  return unit * (2.05 * terms * row_length * centre_length + 8.0 * sum * sum);
}

Origin origin_of(const RowView& sample) {
  const std::size_t dim = sample.dim();
  std::vector<double> mean(dim);
  double squares = 0.0;
  std::vector<float> row(dim);
  const std::size_t rows = std::min<std::size_t>(sample.count(), 4096);
  for (std::size_t i = 0; i < rows; ++i) {
    sample.source->read(sample.share.first + i, 1, row.data());
    for (std::size_t j = 0; j < dim; ++j) mean[j] += static_cast<double>(row[j]);
    squares += squared_norm(row.data(), dim);
  }
  Origin origin;
  double length = 0.0;
  for (double& value : mean) {
    value /= static_cast<double>(std::max<std::size_t>(rows, 1));
    length += value * value;
    origin.place.push_back(static_cast<float>(value));
  }
  const double spread = squares / static_cast<double>(std::max<std::size_t>(rows, 1)) - length;
  // Products of unshifted rows are wrong by |o| / |x'| times as much: copying is worth it from
  // where a percent of the rows would be in doubt.
  origin.shift_rows = !(length < 16.0 * spread);
  return origin;
}

Origin origin_among(const std::vector<CentroidSet>& sets, std::size_t dim) {
  std::vector<double> mean(dim);
  double centroids = 0.0;
  double squares = 0.0;
  for (const CentroidSet& set : sets) {
    for (std::size_t i = 0; i < set.centroids.size(); ++i) {
      mean[i % dim] += static_cast<double>(set.centroids[i]);
      squares += static_cast<double>(set.centroids[i]) * static_cast<double>(set.centroids[i]);
    }
    centroids += static_cast<double>(set.k);
  }
  Origin origin;
  double length = 0.0;
  for (const double sum : mean) {
    origin.place.push_back(static_cast<float>(sum / centroids));
    length += sum / centroids * (sum / centroids);
  }
  origin.shift_rows = !(length < 16.0 * (squares / centroids - length));
  return origin;
}

CentreStack::CentreStack(const Origin& origin)
    : origin_(&origin),
      origin_length_(origin.shift_rows ? 0.0
                                       : std::sqrt(squared_norm(origin.place.data(), dim()))) {}

void CentreStack::add(const std::vector<float>& centres) {
  const std::size_t width = dim();
  const std::vector<float>& place = origin_->place;
  Group group{centres.data(), centres.size() / width, size(), 0.0};
  shifted_.resize(shifted_.size() + centres.size());
  for (std::size_t i = 0; i < group.k; ++i) {
    float* shifted = shifted_.data() + (group.offset + i) * width;
    shift(group.centres + i * width, place, shifted);
    const double squared = squared_norm(shifted, width);
    double offset = squared;
    if (!origin_->shift_rows) {
      for (std::size_t j = 0; j < width; ++j) {
        offset += 2.0 * static_cast<double>(place[j]) * static_cast<double>(shifted[j]);
      }
    }
    offsets_.push_back(static_cast<float>(offset));
    group.longest = std::max(group.longest, std::sqrt(squared));
  }
  groups_.push_back(group);
}

void NearestCentres::assign(const RowBlock& block, std::size_t first, std::size_t last,
                            Nearest* nearest) {
  const std::size_t dim = stack_->dim();
  const bool shifting = stack_->origin().shift_rows;
  const std::size_t begin = stack_->groups()[first].offset;
  const std::size_t size = stack_->groups()[last - 1].offset + stack_->groups()[last - 1].k - begin;
  if (shifting) gathered_.resize(rows_per_product * dim);
  products_.resize(rows_per_product * size);
  for (std::size_t start = 0; start < block.count; start += rows_per_product) {
    const std::size_t count = std::min(rows_per_product, block.count - start);
    const float* rows = block.row(start);
    if (shifting) {
      for (std::size_t i = 0; i < count; ++i) {
        shift(block.row(start + i), stack_->origin().place, gathered_.data() + i * dim);
      }
      rows = gathered_.data();
    }
    dot_products({count, size, dim}, rows, stack_->shifted(begin), products_.data());
    for (std::size_t i = 0; i < count; ++i) {
      const Lengths lengths = lengths_of(rows + i * dim);
      for (std::size_t g = first; g < last; ++g) {
        const CentreStack::Group& group = stack_->groups()[g];
        nearest[(g - first) * block.count + start + i] =
            decide(group, block.row(start + i),
                   products_.data() + i * size + (group.offset - begin), lengths);
      }
    }
  }
}

void NearestCentres::assign_some(const RowBlock& block, const std::vector<std::uint32_t>& which,
                                 std::size_t group_index, Nearest* nearest) {
  const std::size_t dim = stack_->dim();
  const CentreStack::Group& group = stack_->groups()[group_index];
  gathered_.resize(rows_per_product * dim);
  products_.resize(rows_per_product * group.k);
  for (std::size_t start = 0; start < which.size(); start += rows_per_product) {
    const std::size_t count = std::min(rows_per_product, which.size() - start);
    for (std::size_t i = 0; i < count; ++i) {
      const float* row = block.row(which[start + i]);
      float* out = gathered_.data() + i * dim;
      if (stack_->origin().shift_rows) {
        shift(row, stack_->origin().place, out);
      } else {
        std::copy(row, row + dim, out);
      }
    }
    dot_products({count, group.k, dim}, gathered_.data(), stack_->shifted(group.offset),
                 products_.data());
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint32_t row = which[start + i];
      nearest[row] = decide(group, block.row(row), products_.data() + i * group.k,
                            lengths_of(gathered_.data() + i * dim));
    }
  }
}

NearestCentres::Lengths NearestCentres::lengths_of(const float* row) const {
  const std::size_t dim = stack_->dim();
  const double own = std::sqrt(squared_norm(row, dim));
  if (stack_->origin().shift_rows) return {own, own};
  return {own, std::sqrt(squared_distance(row, stack_->origin().place.data(), dim))};
}

Nearest NearestCentres::decide(const CentreStack::Group& group, const float* row,
                               const float* products, const Lengths& lengths) {
  const double error =
      product_error(std::max(lengths.own, stack_->origin_length()), group.longest, stack_->dim());
  if (!std::isfinite(error)) {
    return {decide_exactly(group, row, nullptr, 0.0), 0.0F};
  }
  const TwoSmallest scores =
      kernels().two_smallest(stack_->offsets(group.offset), products, group.k);
  const auto best = static_cast<double>(scores.best);
  const auto second = static_cast<double>(scores.second);
  const double limit = best + 2.0 * error;
  if (!(second > limit)) return {decide_exactly(group, row, products, limit), 0.0F};
  // Both distances with the error that makes the gap smaller, and what rounding here and in what
  // is later taken off may add.
  const double squared = lengths.from_origin * lengths.from_origin;
  const double to_best = std::sqrt(std::max(0.0, squared + best + error));
  const double to_second = std::sqrt(std::max(0.0, squared + second - error));
  const double slack = 1e-6 * (lengths.from_origin + group.longest);
  const double gap = group.k > 1 ? to_second - to_best - slack : 0.0;
  return {scores.place, static_cast<float>(std::max(0.0, gap))};
}

/// Among the centres whose score is at most `limit`; without products, among all.
std::int32_t NearestCentres::decide_exactly(const CentreStack::Group& group, const float* row,
                                            const float* products, double limit) const {
  const std::size_t dim = stack_->dim();
  const float* offsets = stack_->offsets(group.offset);
  double best = std::numeric_limits<double>::infinity();
  std::size_t label = 0;
  for (std::size_t i = 0; i < group.k; ++i) {
    if (products != nullptr && static_cast<double>(offsets[i] - 2.0F * products[i]) > limit) {
      continue;
    }
    const float* centre = group.centres + i * dim;
    const double distance = squared_distance(row, centre, dim);
    if (distance > best) continue;
    if (distance == best) {
      const float* other = group.centres + label * dim;
      if (!std::lexicographical_compare(centre, centre + dim, other, other + dim)) continue;
    }
    best = distance;
    label = i;
  }
  return static_cast<std::int32_t>(label);
}

}  // namespace histo::cluster
