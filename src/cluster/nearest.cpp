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
//
// gamma(n) = n u / (1 - n u) is Higham's bound for a sum of n products in any order: one after the
// other, in parts as wide as a register, in panels or split over a GPU's processors, each product
// rounded or fused with its sum. It does not hold for factors of fewer bits, as TF32 has. That b is
// added to the whole product, and not to its first terms, is what "u of the difference" needs.
//
// Infinite where float32 might overflow or underflow; a device that takes numbers below 2^-126 for
// zero is wrong by about dim 2^-125 at most, which is nothing beside 8 u 1e-24.
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
  if (!block.scores.empty()) return assign_scored(block, first, last, nearest);
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

void NearestCentres::assign_scored(const RowBlock& block, std::size_t first, std::size_t last,
                                   Nearest* nearest) {
  const std::size_t dim = stack_->dim();
  const std::size_t groups = stack_->groups().size();
  const bool shifting = stack_->origin().shift_rows;
  if (shifting) gathered_.resize(rows_per_product * dim);
  doubtful_.resize(groups);
  for (std::vector<std::uint32_t>& rows : doubtful_) rows.clear();
  for (std::size_t i = 0; i < block.count; ++i) {
    const float* row = block.row(i);
    if (shifting) {
      shift(row, stack_->origin().place, gathered_.data());
      row = gathered_.data();
    }
    const Lengths lengths = lengths_of(row);
    for (std::size_t g = first; g < last; ++g) {
      const CentreStack::Group& group = stack_->groups()[g];
      const std::optional<Nearest> settled =
          settle(group, block.scores[i * groups + g], lengths, error_of(group, lengths));
      if (settled) {
        nearest[(g - first) * block.count + i] = *settled;
      } else {
        doubtful_[g].push_back(static_cast<std::uint32_t>(i));
      }
    }
  }
  for (std::size_t g = first; g < last; ++g) {
    assign_some(block, doubtful_[g], g, nearest + (g - first) * block.count);
  }
}

NearestCentres::Lengths NearestCentres::lengths_of(const float* row) const {
  const std::size_t dim = stack_->dim();
  const double own = std::sqrt(squared_norm(row, dim));
  if (stack_->origin().shift_rows) return {own, own};
  return {own, std::sqrt(squared_distance(row, stack_->origin().place.data(), dim))};
}

double NearestCentres::error_of(const CentreStack::Group& group, const Lengths& lengths) const {
  return product_error(std::max(lengths.own, stack_->origin_length()), group.longest,
                       stack_->dim());
}

std::optional<Nearest> NearestCentres::settle(const CentreStack::Group& group,
                                              const TwoSmallest& scores, const Lengths& lengths,
                                              double error) {
  const auto best = static_cast<double>(scores.best);
  const auto second = static_cast<double>(scores.second);
  if (!(second > best + 2.0 * error)) return std::nullopt;
  // Both distances with the error that makes the gap smaller, and what rounding here and in what
  // is later taken off may add.
  const double squared = lengths.from_origin * lengths.from_origin;
  const double to_best = std::sqrt(std::max(0.0, squared + best + error));
  const double to_second = std::sqrt(std::max(0.0, squared + second - error));
  const double slack = 1e-6 * (lengths.from_origin + group.longest);
  const double gap = group.k > 1 ? to_second - to_best - slack : 0.0;
  return Nearest{scores.place, static_cast<float>(std::max(0.0, gap))};
}

Nearest NearestCentres::decide(const CentreStack::Group& group, const float* row,
                               const float* products, const Lengths& lengths) {
  const double error = error_of(group, lengths);
  if (!std::isfinite(error)) {
    return {decide_exactly(group, row, nullptr, 0.0), 0.0F};
  }
  const TwoSmallest scores =
      kernels().two_smallest(stack_->offsets(group.offset), products, group.k);
  const std::optional<Nearest> settled = settle(group, scores, lengths, error);
  if (settled) return *settled;
  const double limit = static_cast<double>(scores.best) + 2.0 * error;
  return {decide_exactly(group, row, products, limit), 0.0F};
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
