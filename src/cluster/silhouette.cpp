#include "cluster/silhouette.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "cluster/blas.hpp"
#include "core/ordered_map.hpp"

namespace histo::cluster {

namespace {

constexpr std::size_t rows_at_once = 64;

std::vector<std::vector<std::size_t>> sizes_in(const Sample& sample,
                                               const std::vector<std::size_t>& cluster_counts) {
  std::vector<std::vector<std::size_t>> result;
  for (std::size_t c = 0; c < cluster_counts.size(); ++c) {
    std::vector<std::size_t>& sizes = result.emplace_back(cluster_counts[c]);
    for (const std::int32_t label : sample.labels[c]) ++sizes[static_cast<std::size_t>(label)];
  }
  return result;
}

/// (b - a) / max(a, b) from the summed distances of a row to each cluster; 0 for a row that is
/// alone in its cluster.
double silhouette(const std::vector<double>& sums, const std::vector<std::size_t>& sizes,
                  std::size_t own) {
  if (sizes[own] < 2) return 0.0;
  const double inside = sums[own] / static_cast<double>(sizes[own] - 1);
  double outside = std::numeric_limits<double>::infinity();
  for (std::size_t c = 0; c < sizes.size(); ++c) {
    if (c == own || sizes[c] == 0) continue;
    outside = std::min(outside, sums[c] / static_cast<double>(sizes[c]));
  }
  const double larger = std::max(inside, outside);
  return larger > 0.0 ? (outside - inside) / larger : 0.0;
}

/// One worker: the summed silhouettes of a few rows, one sum a clustering.
class RowsOfSilhouettes {
 public:
  RowsOfSilhouettes(const Sample& sample, const std::vector<double>& norms,
                    const std::vector<std::vector<std::size_t>>& sizes)
      : sample_(&sample), norms_(&norms), sizes_(&sizes) {}

  std::vector<double> operator()(std::size_t first) {
    const std::size_t all = sample_->rows;
    const std::size_t count = std::min(rows_at_once, all - first);
    products_.resize(count * all);
    dot_products({count, all, sample_->dim}, sample_->values.data() + first * sample_->dim,
                 sample_->values.data(), products_.data());
    std::vector<double> result(sizes_->size());
    for (std::size_t i = 0; i < count; ++i) {
      double* distances = products_.data() + i * all;
      for (std::size_t j = 0; j < all; ++j) {
        const double squared = (*norms_)[first + i] + (*norms_)[j] - 2.0 * distances[j];
        distances[j] = std::max(squared, 0.0);
      }
      // Between vectors of length 1, 1 - x.y is half of |x - y|^2.
      const bool cosine = sample_->metric == Metric::cosine;
      for (std::size_t j = 0; j < all; ++j) {
        distances[j] = cosine ? 0.5 * distances[j] : std::sqrt(distances[j]);
      }
      distances[first + i] = 0.0;
      for (std::size_t c = 0; c < result.size(); ++c) {
        const std::vector<std::int32_t>& labels = sample_->labels[c];
        sums_.assign((*sizes_)[c].size(), 0.0);
        for (std::size_t j = 0; j < all; ++j)
          sums_[static_cast<std::size_t>(labels[j])] += distances[j];
        result[c] += silhouette(sums_, (*sizes_)[c], static_cast<std::size_t>(labels[first + i]));
      }
    }
    return result;
  }

 private:
  const Sample* sample_;
  const std::vector<double>* norms_;
  const std::vector<std::vector<std::size_t>>* sizes_;
  std::vector<double> products_;
  std::vector<double> sums_;
};

double squared_norm_of(const double* row, std::size_t dim) {
  double sum = 0.0;
  for (std::size_t i = 0; i < dim; ++i) sum += row[i] * row[i];
  return sum;
}

/// About the mean, so that distances from products lose fewest digits; with the cosine metric of
/// length 1 instead, to the last digit of float64.
void prepare(Sample& sample) {
  if (sample.metric == Metric::cosine) {
    for (std::size_t i = 0; i < sample.rows; ++i) {
      double* row = sample.values.data() + i * sample.dim;
      const double length = std::sqrt(squared_norm_of(row, sample.dim));
      for (std::size_t j = 0; j < sample.dim; ++j) row[j] /= length;
    }
    return;
  }
  std::vector<double> mean(sample.dim);
  for (std::size_t i = 0; i < sample.values.size(); ++i) mean[i % sample.dim] += sample.values[i];
  for (double& value : mean) value /= static_cast<double>(sample.rows);
  for (std::size_t i = 0; i < sample.values.size(); ++i) sample.values[i] -= mean[i % sample.dim];
}

}  // namespace

std::vector<double> mean_silhouettes(Sample sample, const std::vector<std::size_t>& cluster_counts,
                                     std::size_t threads) {
  prepare(sample);
  const std::vector<std::vector<std::size_t>> sizes = sizes_in(sample, cluster_counts);
  std::vector<double> norms(sample.rows);
  for (std::size_t i = 0; i < sample.rows; ++i) {
    norms[i] = squared_norm_of(sample.values.data() + i * sample.dim, sample.dim);
  }
  std::vector<double> totals(cluster_counts.size());
  std::size_t next = 0;
  ordered_map(
      threads,
      [&]() -> std::optional<std::size_t> {
        if (next >= sample.rows) return std::nullopt;
        const std::size_t first = next;
        next += rows_at_once;
        return first;
      },
      [&] { return RowsOfSilhouettes(sample, norms, sizes); },
      [&](const std::vector<double>& part) {
        for (std::size_t c = 0; c < totals.size(); ++c) totals[c] += part[c];
      });
  for (std::size_t c = 0; c < totals.size(); ++c) {
    const auto present =
        std::count_if(sizes[c].begin(), sizes[c].end(), [](std::size_t size) { return size > 0; });
    totals[c] = present < 2 ? std::numeric_limits<double>::quiet_NaN()
                            : totals[c] / static_cast<double>(sample.rows);
  }
  return totals;
}

}  // namespace histo::cluster
