#include "spots/lines.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "spots/dendrogram.hpp"

namespace histo::spots {

namespace {

/// numpy's sum, whose rounding decides between equals: halves down to 128 values, each summed in
/// eight lanes.
double numpy_sum(const double* values, std::size_t count) {
  if (count < 8) return std::accumulate(values, values + count, -0.0);
  if (count > 128) {
    const std::size_t half = count / 2 - count / 2 % 8;
    return numpy_sum(values, half) + numpy_sum(values + half, count - half);
  }
  double lanes[8];
  std::copy_n(values, 8, lanes);
  std::size_t i = 8;
  for (; i + 8 <= count; i += 8) {
    for (std::size_t lane = 0; lane < 8; ++lane) lanes[lane] += values[i + lane];
  }
  const double sum = ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) +
                     ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]));
  return std::accumulate(values + i, values + count, sum);
}

/// A dendrogram cut into ever more groups, and how well these stand apart.
class Groups {
 public:
  explicit Groups(const std::vector<double>& values)
      : count_(values.size()),
        merges_(ward_merges(values)),
        distances_(count_ * count_),
        labels_(count_, 0),
        nodes_{count_ + merges_.size() - 1},
        means_{{}} {
    for (std::size_t i = 0; i < count_; ++i) {
      for (std::size_t j = 0; j < count_; ++j) {
        // As scikit-learn writes it; |a - b| rounds otherwise.
        const double square =
            -2.0 * (values[i] * values[j]) + values[i] * values[i] + values[j] * values[j];
        distances_[i * count_ + j] = i == j ? 0.0 : std::sqrt(std::max(0.0, square));
      }
    }
  }

  const std::vector<std::size_t>& labels() const { return labels_; }
  std::size_t count() const { return nodes_.size(); }

  /// One group more: the last merge is undone. The half with the higher node keeps the label.
  void split() {
    const Merge& last = merges_.back();
    const auto found = std::find(nodes_.begin(), nodes_.end(), count_ + merges_.size() - 1);
    const auto old_label = static_cast<std::size_t>(found - nodes_.begin());
    const std::size_t new_label = nodes_.size();
    nodes_[old_label] = last.larger;
    nodes_.push_back(last.smaller);
    for (const std::size_t value : values_below(last.smaller)) labels_[value] = new_label;
    merges_.pop_back();
    means_.emplace_back();
    sum_distances(old_label);
    sum_distances(new_label);
  }

  /// The mean over all values of (b - a) / max(a, b), a the mean distance to the others of the own
  /// group, b the smallest mean distance to another group; 0 in a group of one.
  double silhouette() const {
    std::vector<double> others(count_, std::numeric_limits<double>::infinity());
    for (std::size_t group = 0; group < means_.size(); ++group) {
      const double* mean = means_[group].data();
      for (std::size_t i = 0; i < count_; ++i) {
        others[i] = labels_[i] == group || others[i] < mean[i] ? others[i] : mean[i];
      }
    }
    std::vector<double> widths(count_);
    for (std::size_t i = 0; i < count_; ++i) {
      const double own = means_[labels_[i]][i];
      const double width = (others[i] - own) / std::max(own, others[i]);
      widths[i] = std::isnan(own) || std::isnan(width) ? 0.0 : width;
    }
    return numpy_sum(widths.data(), count_) / static_cast<double>(count_);
  }

 private:
  std::vector<std::size_t> values_below(std::size_t node) const {
    std::vector<std::size_t> values;
    std::vector<std::size_t> open{node};
    while (!open.empty()) {
      const std::size_t here = open.back();
      open.pop_back();
      if (here < count_) {
        values.push_back(here);
      } else {
        open.push_back(merges_[here - count_].smaller);
        open.push_back(merges_[here - count_].larger);
      }
    }
    return values;
  }

  /// Mean distances from every value to the group's; from its own values to the others of it.
  void sum_distances(std::size_t group) {
    std::vector<double>& mean = means_[group];
    mean.assign(count_, 0.0);
    double size = 0.0;
    for (std::size_t j = 0; j < count_; ++j) {
      if (labels_[j] != group) continue;
      size += 1.0;
      const double* row = distances_.data() + j * count_;
      for (std::size_t i = 0; i < count_; ++i) mean[i] += row[i];
    }
    for (std::size_t i = 0; i < count_; ++i) mean[i] /= labels_[i] == group ? size - 1.0 : size;
  }

  std::size_t count_;
  std::vector<Merge> merges_;               ///< those not undone
  std::vector<double> distances_;           ///< count x count
  std::vector<std::size_t> labels_;         ///< of the values
  std::vector<std::size_t> nodes_;          ///< of each label
  std::vector<std::vector<double>> means_;  ///< of each label, from every value
};

/// Renames the groups by their means.
Lines in_order(const std::vector<double>& values, const std::vector<std::size_t>& labels,
               std::size_t count) {
  std::vector<double> means(count, 0.0);
  std::vector<double> sizes(count, 0.0);
  for (std::size_t i = 0; i < values.size(); ++i) {
    means[labels[i]] += values[i];
    sizes[labels[i]] += 1.0;
  }
  for (std::size_t label = 0; label < count; ++label) means[label] /= sizes[label];
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return means[a] < means[b]; });
  std::vector<std::size_t> rank(count);
  for (std::size_t place = 0; place < count; ++place) rank[order[place]] = place;
  Lines lines{count, {}};
  for (const std::size_t label : labels) lines.of.push_back(rank[label]);
  return lines;
}

}  // namespace

Lines find_lines(const std::vector<double>& values) {
  if (values.size() <= 2) return {1, std::vector<std::size_t>(values.size(), 0)};
  Groups groups(values);
  double best = -std::numeric_limits<double>::infinity();
  std::size_t best_count = 0;
  std::vector<std::size_t> labels;
  while (groups.count() + 1 < values.size()) {
    groups.split();
    const double silhouette = groups.silhouette();
    if (!(silhouette > best)) continue;
    best = silhouette;
    best_count = groups.count();
    labels = groups.labels();
  }
  return in_order(values, labels, best_count);
}

}  // namespace histo::spots
