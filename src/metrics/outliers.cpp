#include "histo/outliers.hpp"

#include <algorithm>
#include <numeric>
#include <string_view>

#include "histo/error.hpp"

namespace histo {

namespace {

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

bool tells_outliers(const std::string& column) {
  return column.find("_q") != std::string::npos || ends_with(column, "_mean") ||
         ends_with(column, "_std");
}

/// Squared distance of each centre from the mean of all centres.
std::vector<double> distances_from_mean(const std::vector<float>& centroids, std::size_t clusters) {
  const std::size_t dim = centroids.size() / clusters;
  std::vector<double> mean(dim, 0.0);
  for (std::size_t i = 0; i < centroids.size(); ++i) {
    mean[i % dim] += static_cast<double>(centroids[i]) / static_cast<double>(clusters);
  }
  std::vector<double> distances(clusters, 0.0);
  for (std::size_t i = 0; i < centroids.size(); ++i) {
    const double difference = static_cast<double>(centroids[i]) - mean[i % dim];
    distances[i / dim] += difference * difference;
  }
  return distances;
}

}  // namespace

std::vector<std::size_t> outlier_columns(const std::vector<std::string>& columns) {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (tells_outliers(columns[i])) found.push_back(i);
  }
  return found;
}

double outlier_value(double metric) { return metric / 255.0 / 255.0; }

std::vector<std::size_t> clusters_by_distance(const std::vector<float>& centroids,
                                              std::size_t clusters) {
  if (clusters == 0 || centroids.empty() || centroids.size() % clusters != 0) {
    throw Error(ErrorKind::internal, std::to_string(centroids.size()) +
                                         " values of centroids are no rows for " +
                                         std::to_string(clusters) + " clusters");
  }
  // Two centres are equally far from their mean; which is the farther would be a rounding's whim.
  if (clusters == 2) return {1, 0};
  const std::vector<double> distances = distances_from_mean(centroids, clusters);
  std::vector<std::size_t> order(clusters);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return distances[a] < distances[b]; });
  std::reverse(order.begin(), order.end());
  return order;
}

std::vector<std::int32_t> order_by_distance(const std::vector<std::int32_t>& labels,
                                            const std::vector<float>& centroids,
                                            std::size_t clusters) {
  const std::vector<std::size_t> order = clusters_by_distance(centroids, clusters);
  std::vector<std::int32_t> place(clusters);
  for (std::size_t i = 0; i < clusters; ++i) place[order[i]] = static_cast<std::int32_t>(i);
  std::vector<std::int32_t> ordered;
  ordered.reserve(labels.size());
  for (const std::int32_t label : labels) {
    if (label < 0 || static_cast<std::size_t>(label) >= clusters) {
      throw Error(ErrorKind::internal, "label " + std::to_string(label) + " must lie in [0, " +
                                           std::to_string(clusters) + ")");
    }
    ordered.push_back(place[static_cast<std::size_t>(label)]);
  }
  return ordered;
}

}  // namespace histo
