#include "histo/annotation.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <sstream>

#include "histo/error.hpp"

#include "analysis/checks.hpp"

namespace histo {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

double as_double(std::uint64_t count) { return static_cast<double>(count); }

double ratio(std::uint64_t part, std::uint64_t whole) {
  return whole > 0 ? as_double(part) / as_double(whole) : nan;
}

std::uint64_t all_tiles(const LabelCounts& counts) {
  return std::accumulate(counts.tiles.begin(), counts.tiles.end(), std::uint64_t{0});
}

void check_share(double purity) {
  if (purity >= 0.0 && purity <= 1.0) return;
  std::ostringstream sentence;
  sentence << "a purity must lie in [0, 1], got " << purity;
  throw Error(ErrorKind::usage, sentence.str());
}

void check_clusters(const std::vector<std::int32_t>& clusters, std::size_t cluster_count) {
  for (std::size_t i = 0; i < clusters.size(); ++i) {
    if (clusters[i] >= 0 && static_cast<std::size_t>(clusters[i]) < cluster_count) continue;
    throw Error(ErrorKind::input, "the cluster of tile " + std::to_string(i) + " is " +
                                      std::to_string(clusters[i]) + ", not one of the " +
                                      std::to_string(cluster_count));
  }
}

}  // namespace

std::uint64_t LabelCounts::labelled(std::size_t cluster) const {
  std::uint64_t sum = 0;
  for (std::size_t l = 0; l < labels; ++l) sum += at(cluster, l);
  return sum;
}

std::uint64_t LabelCounts::with_label(std::size_t label) const {
  std::uint64_t sum = 0;
  for (std::size_t c = 0; c < clusters; ++c) sum += at(c, label);
  return sum;
}

LabelCounts count_labels(const std::vector<std::int32_t>& clusters,
                         const std::vector<std::int32_t>& labels, std::size_t cluster_count,
                         std::size_t label_count) {
  analysis::check_count(labels.size(), clusters.size(), "the labels");
  check_clusters(clusters, cluster_count);
  LabelCounts result{cluster_count, label_count,
                     std::vector<std::uint64_t>(cluster_count * label_count),
                     std::vector<std::uint64_t>(cluster_count)};
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto cluster = static_cast<std::size_t>(clusters[i]);
    ++result.tiles[cluster];
    if (labels[i] == no_label) continue;
    if (labels[i] < 0 || static_cast<std::size_t>(labels[i]) >= label_count) {
      throw Error(ErrorKind::input, "the label of tile " + std::to_string(i) + " is " +
                                        std::to_string(labels[i]) + ", not one of the " +
                                        std::to_string(label_count));
    }
    ++result.counts[cluster * label_count + static_cast<std::size_t>(labels[i])];
  }
  return result;
}

std::vector<ClusterPurity> cluster_purities(const LabelCounts& counts) {
  std::vector<ClusterPurity> result;
  for (std::size_t c = 0; c < counts.clusters; ++c) {
    ClusterPurity one;
    one.cluster = static_cast<std::int32_t>(c);
    one.tiles = counts.tiles[c];
    one.labelled = counts.labelled(c);
    std::uint64_t most = 0;
    for (std::size_t l = 0; l < counts.labels; ++l) {
      if (counts.at(c, l) <= most) continue;
      most = counts.at(c, l);
      one.label = static_cast<std::int32_t>(l);
    }
    one.purity = ratio(most, one.labelled);
    result.push_back(one);
  }
  return result;
}

double total_purity(const LabelCounts& counts) {
  std::uint64_t right = 0;
  std::uint64_t labelled = 0;
  for (const ClusterPurity& cluster : cluster_purities(counts)) {
    labelled += cluster.labelled;
    if (cluster.label == no_label) continue;
    right += counts.at(static_cast<std::size_t>(cluster.cluster),
                       static_cast<std::size_t>(cluster.label));
  }
  if (labelled == 0)
    throw Error(ErrorKind::input, "no tile has a label, so that no purity is known");
  return ratio(right, labelled);
}

std::vector<PurityPoint> purity_curve(const LabelCounts& counts) {
  std::vector<PurityPoint> curve;
  for (const ClusterPurity& cluster : cluster_purities(counts)) {
    if (cluster.label != no_label) curve.push_back({cluster, 0.0});
  }
  std::stable_sort(curve.begin(), curve.end(), [](const PurityPoint& a, const PurityPoint& b) {
    if (a.cluster.purity != b.cluster.purity) return a.cluster.purity > b.cluster.purity;
    return a.cluster.tiles > b.cluster.tiles;
  });
  const std::uint64_t all = all_tiles(counts);
  std::uint64_t so_far = 0;
  for (PurityPoint& point : curve) {
    so_far += point.cluster.tiles;
    point.share = ratio(so_far, all);
  }
  return curve;
}

double coverage(const LabelCounts& counts, double purity) {
  check_share(purity);
  std::uint64_t covered = 0;
  for (const ClusterPurity& cluster : cluster_purities(counts)) {
    if (cluster.purity >= purity) covered += cluster.tiles;  // false for NaN
  }
  return ratio(covered, all_tiles(counts));
}

std::vector<LabelCoverage> label_coverage(const LabelCounts& counts, double purity) {
  check_share(purity);
  std::vector<std::uint64_t> right(counts.labels);
  std::vector<std::uint64_t> named(counts.labels);
  for (const ClusterPurity& cluster : cluster_purities(counts)) {
    if (!(cluster.purity >= purity)) continue;
    const auto label = static_cast<std::size_t>(cluster.label);
    right[label] += counts.at(static_cast<std::size_t>(cluster.cluster), label);
    named[label] += cluster.labelled;
  }
  std::vector<LabelCoverage> result;
  for (std::size_t l = 0; l < counts.labels; ++l) {
    const std::uint64_t tiles = counts.with_label(l);
    result.push_back({tiles, ratio(right[l], tiles), ratio(right[l], named[l])});
  }
  return result;
}

std::vector<std::int32_t> dominant_labels(const LabelCounts& counts) {
  std::uint64_t all = 0;
  for (std::size_t c = 0; c < counts.clusters; ++c) all += counts.labelled(c);
  std::vector<std::int32_t> result;
  for (const ClusterPurity& cluster : cluster_purities(counts)) {
    std::int32_t label = no_label;
    if (cluster.label != no_label) {
      const auto most = static_cast<std::size_t>(cluster.label);
      const auto index = static_cast<std::size_t>(cluster.cluster);
      // n_cl / n_c >= (1 + n_.l / n) / 2 in whole numbers, since a half and a third would round.
      // The most frequent label alone can do it: the bound is at least one half.
      if (2 * counts.at(index, most) * all >= cluster.labelled * (all + counts.with_label(most))) {
        label = cluster.label;
      }
    }
    result.push_back(label);
  }
  return result;
}

std::vector<PropagatedLabel> propagate_labels(const std::vector<std::int32_t>& clusters,
                                              const std::vector<ClusterPurity>& purities,
                                              double purity) {
  check_share(purity);
  check_clusters(clusters, purities.size());
  std::vector<PropagatedLabel> result;
  result.reserve(clusters.size());
  for (const std::int32_t cluster : clusters) {
    const ClusterPurity& found = purities[static_cast<std::size_t>(cluster)];
    const bool pure = found.label != no_label && found.purity >= purity;
    result.push_back(pure ? PropagatedLabel{found.label, found.purity}
                          : PropagatedLabel{no_label, nan});
  }
  return result;
}

std::vector<PatientDiversity> patient_diversity(const std::vector<std::int32_t>& clusters,
                                                const std::vector<std::int32_t>& patients,
                                                std::size_t cluster_count,
                                                std::size_t patient_count) {
  analysis::check_count(patients.size(), clusters.size(), "the patients");
  const LabelCounts counts = count_labels(clusters, patients, cluster_count, patient_count);
  std::vector<PatientDiversity> result;
  for (std::size_t c = 0; c < cluster_count; ++c) {
    PatientDiversity one;
    std::uint64_t most = 0;
    for (std::size_t p = 0; p < patient_count; ++p) {
      if (counts.at(c, p) > 0) ++one.patients;
      most = std::max(most, counts.at(c, p));
    }
    one.patient_share = ratio(one.patients, patient_count);
    one.largest_share = ratio(most, counts.labelled(c));
    result.push_back(one);
  }
  return result;
}

}  // namespace histo
