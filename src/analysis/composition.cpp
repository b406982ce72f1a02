#include "histo/composition.hpp"

#include <array>
#include <cmath>
#include <map>
#include <numeric>
#include <sstream>
#include <utility>

#include "histo/error.hpp"

#include "analysis/checks.hpp"

namespace histo {

namespace {

constexpr double sum_tolerance = 1e-9;

void check_numbers(const std::vector<std::int32_t>& numbers, std::size_t count,
                   const std::string& what) {
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (numbers[i] >= 0 && static_cast<std::size_t>(numbers[i]) < count) continue;
    throw Error(ErrorKind::input, "the " + what + " of tile " + std::to_string(i) + " is " +
                                      std::to_string(numbers[i]) + ", not one of the " +
                                      std::to_string(count));
  }
}

void check_shares(const DoubleMatrix& shares) {
  analysis::check_finite(shares.view(), "the shares");
  for (std::size_t i = 0; i < shares.rows; ++i) {
    double sum = 0.0;
    for (std::size_t c = 0; c < shares.columns; ++c) {
      sum += shares.at(i, c);
      if (shares.at(i, c) >= 0.0) continue;
      std::ostringstream sentence;
      sentence << "the share of cluster " << c << " in row " << i << " is " << shares.at(i, c)
               << ", below 0";
      throw Error(ErrorKind::input, sentence.str());
    }
    if (std::abs(sum - 1.0) <= sum_tolerance) continue;
    std::ostringstream sentence;
    sentence << "the shares of row " << i << " sum to " << sum << ", not to 1";
    throw Error(ErrorKind::input, sentence.str());
  }
}

DoubleMatrix logarithms(const DoubleMatrix& shares) {
  if (shares.columns < 2) {
    throw Error(ErrorKind::input,
                "log ratios need at least 2 clusters, got " + std::to_string(shares.columns));
  }
  DoubleMatrix result = shares;
  for (std::size_t i = 0; i < result.values.size(); ++i) {
    double& value = result.values[i];
    if (!(value > 0.0)) {
      std::ostringstream sentence;
      sentence << "the share of cluster " << i % shares.columns << " in row " << i / shares.columns
               << " is " << value << " and has no logarithm; replace zeros first";
      throw Error(ErrorKind::input, sentence.str());
    }
    value = std::log(value);
  }
  return result;
}

/// Each of these turns the logarithms of one row into what it is named after.
void centred(const double* logs, std::size_t count, double* out) {
  const double mean = std::accumulate(logs, logs + count, 0.0) / static_cast<double>(count);
  for (std::size_t j = 0; j < count; ++j) out[j] = logs[j] - mean;
}

void additive(const double* logs, std::size_t count, double* out) {
  for (std::size_t j = 0; j + 1 < count; ++j) out[j] = logs[j] - logs[count - 1];
}

void isometric(const double* logs, std::size_t count, double* out) {
  double sum = 0.0;
  for (std::size_t j = 1; j < count; ++j) {
    sum += logs[j - 1];
    const auto before = static_cast<double>(j);
    out[j - 1] = std::sqrt(before / (before + 1.0)) * (sum / before - logs[j]);
  }
}

}  // namespace

std::uint64_t ClusterCounts::tiles(std::size_t group) const {
  std::uint64_t sum = 0;
  for (std::size_t c = 0; c < clusters; ++c) sum += at(group, c);
  return sum;
}

ClusterCounts count_clusters(const std::vector<std::int32_t>& groups,
                             const std::vector<std::int32_t>& clusters, std::size_t group_count,
                             std::size_t cluster_count) {
  analysis::check_count(clusters.size(), groups.size(), "the clusters");
  check_numbers(groups, group_count, "group");
  check_numbers(clusters, cluster_count, "cluster");
  ClusterCounts result{group_count, cluster_count,
                       std::vector<std::uint64_t>(group_count * cluster_count)};
  for (std::size_t i = 0; i < groups.size(); ++i) {
    ++result.counts[static_cast<std::size_t>(groups[i]) * cluster_count +
                    static_cast<std::size_t>(clusters[i])];
  }
  return result;
}

std::vector<std::size_t> small_groups(const ClusterCounts& counts, std::size_t min_tiles) {
  std::vector<std::size_t> result;
  for (std::size_t group = 0; group < counts.groups; ++group) {
    if (counts.tiles(group) < min_tiles) result.push_back(group);
  }
  return result;
}

DoubleMatrix cluster_shares(const ClusterCounts& counts) {
  DoubleMatrix shares(counts.groups, counts.clusters);
  for (std::size_t group = 0; group < counts.groups; ++group) {
    const std::uint64_t tiles = counts.tiles(group);
    if (tiles == 0) {
      throw Error(ErrorKind::input,
                  "group " + std::to_string(group) + " has no tile, so that it has no shares");
    }
    for (std::size_t c = 0; c < counts.clusters; ++c) {
      shares.at(group, c) = static_cast<double>(counts.at(group, c)) / static_cast<double>(tiles);
    }
  }
  return shares;
}

DoubleMatrix replace_zeros(const DoubleMatrix& shares) {
  check_shares(shares);
  DoubleMatrix result = shares;
  const auto clusters = static_cast<double>(shares.columns);
  const double delta = 1.0 / (clusters * clusters);
  for (std::size_t i = 0; i < result.rows; ++i) {
    double zeros = 0.0;
    for (std::size_t c = 0; c < result.columns; ++c) zeros += shares.at(i, c) == 0.0 ? 1.0 : 0.0;
    for (std::size_t c = 0; c < result.columns; ++c) {
      const double share = shares.at(i, c);
      result.at(i, c) = share == 0.0 ? delta : share * (1.0 - zeros * delta);
    }
  }
  return result;
}

DoubleMatrix transform_shares(const DoubleMatrix& shares, LogRatio to) {
  if (to == LogRatio::percent) {
    DoubleMatrix result = shares;
    for (double& value : result.values) value *= 100.0;
    return result;
  }
  const DoubleMatrix logs = logarithms(shares);
  const std::size_t count = shares.columns;
  DoubleMatrix result(shares.rows, to == LogRatio::centred ? count : count - 1);
  for (std::size_t i = 0; i < shares.rows; ++i) {
    if (to == LogRatio::centred) centred(logs.row(i), count, result.row(i));
    if (to == LogRatio::additive) additive(logs.row(i), count, result.row(i));
    if (to == LogRatio::isometric) isometric(logs.row(i), count, result.row(i));
  }
  return result;
}

std::vector<std::uint64_t> neighbour_counts(const std::vector<GridTile>& tiles,
                                            std::size_t cluster_count) {
  std::map<std::pair<std::int64_t, std::int64_t>, std::size_t> places;
  std::vector<std::int32_t> clusters;
  for (const GridTile& tile : tiles) {
    clusters.push_back(tile.cluster);
    if (places.emplace(std::pair(tile.column, tile.row), clusters.size() - 1).second) continue;
    throw Error(ErrorKind::input, "two tiles lie in column " + std::to_string(tile.column) +
                                      " and row " + std::to_string(tile.row));
  }
  check_numbers(clusters, cluster_count, "cluster");
  // Half of the eight, so that each pair is met once.
  constexpr std::array<std::pair<int, int>, 4> ahead{{{1, 0}, {-1, 1}, {0, 1}, {1, 1}}};
  std::vector<std::uint64_t> counts(cluster_count * cluster_count);
  for (const GridTile& tile : tiles) {
    for (const auto& [right, down] : ahead) {
      const auto found = places.find({tile.column + right, tile.row + down});
      if (found == places.end()) continue;
      const auto a = static_cast<std::size_t>(tile.cluster);
      const auto b = static_cast<std::size_t>(clusters[found->second]);
      ++counts[a * cluster_count + b];
      if (a != b) ++counts[b * cluster_count + a];
    }
  }
  return counts;
}

KeyJoin join_keys(const std::vector<std::string>& left, const std::vector<std::string>& right) {
  const auto places_of = [](const std::vector<std::string>& keys) {
    std::map<std::string, std::size_t> places;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (places.emplace(keys[i], i).second) continue;
      throw Error(ErrorKind::input, "the key " + keys[i] + " occurs twice in one table");
    }
    return places;
  };
  const std::map<std::string, std::size_t> on_left = places_of(left);
  const std::map<std::string, std::size_t> on_right = places_of(right);
  KeyJoin join;
  for (std::size_t i = 0; i < left.size(); ++i) {
    const auto found = on_right.find(left[i]);
    if (found != on_right.end()) join.pairs.push_back({i, found->second});
    if (found == on_right.end()) join.only_left.push_back(left[i]);
  }
  for (const std::string& key : right) {
    if (on_left.count(key) == 0) join.only_right.push_back(key);
  }
  return join;
}

}  // namespace histo
