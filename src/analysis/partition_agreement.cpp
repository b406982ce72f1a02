#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "histo/annotation.hpp"
#include "histo/error.hpp"

#include "core/rand_index.hpp"

namespace histo {

namespace {

struct Margins {
  std::vector<double> clusters;
  std::vector<double> labels;
  double all = 0.0;
};

Margins margins_of(const LabelCounts& counts) {
  Margins margins;
  for (std::size_t c = 0; c < counts.clusters; ++c) {
    margins.clusters.push_back(static_cast<double>(counts.labelled(c)));
    margins.all += margins.clusters.back();
  }
  for (std::size_t l = 0; l < counts.labels; ++l) {
    margins.labels.push_back(static_cast<double>(counts.with_label(l)));
  }
  return margins;
}

double entropy(const std::vector<double>& counts, double all) {
  double sum = 0.0;
  for (const double count : counts) {
    if (count > 0.0) sum -= count / all * std::log(count / all);
  }
  return sum;
}

double mutual_information(const LabelCounts& counts, const Margins& margins) {
  double sum = 0.0;
  for (std::size_t c = 0; c < counts.clusters; ++c) {
    for (std::size_t l = 0; l < counts.labels; ++l) {
      const auto both = static_cast<double>(counts.at(c, l));
      if (both == 0.0) continue;
      sum += both / margins.all *
             std::log(both * margins.all / (margins.clusters[c] * margins.labels[l]));
    }
  }
  return std::max(sum, 0.0);
}

// Not std::lgamma, which writes to a global variable. Stirling's series (Abramowitz and Stegun,
// 6.1.41) from 16 on, where the first term left out is below 1e-14; products before.
double log_factorial(double n) {
  if (n < 16.0) {
    double product = 1.0;
    for (double i = 2.0; i <= n; i += 1.0) product *= i;
    return std::log(product);
  }
  const double x = n + 1.0;
  const double inverse = 1.0 / (x * x);
  const double series =
      (1.0 / 12.0 - inverse * (1.0 / 360.0 - inverse * (1.0 / 1260.0 - inverse / 1680.0))) / x;
  constexpr double half_log_two_pi = 0.91893853320467274178;
  return (x - 0.5) * std::log(x) - x + half_log_two_pi + series;
}

/// The mean of n_cl's share of the mutual information over all permutations: n_cl is
/// hypergeometric.
double expected_share(double cluster, double label, double all) {
  const double constant = log_factorial(cluster) + log_factorial(label) +
                          log_factorial(all - cluster) + log_factorial(all - label) -
                          log_factorial(all);
  double sum = 0.0;
  const double least = std::max(1.0, cluster + label - all);
  for (double both = least; both <= std::min(cluster, label); both += 1.0) {
    const double log_probability = constant - log_factorial(both) - log_factorial(cluster - both) -
                                   log_factorial(label - both) -
                                   log_factorial(all - cluster - label + both);
    sum += both / all * std::log(all * both / (cluster * label)) * std::exp(log_probability);
  }
  return sum;
}

double expected_mutual_information(const Margins& margins) {
  double sum = 0.0;
  for (const double cluster : margins.clusters) {
    for (const double label : margins.labels) {
      if (cluster > 0.0 && label > 0.0) sum += expected_share(cluster, label, margins.all);
    }
  }
  return sum;
}

std::size_t occupied(const std::vector<double>& counts) {
  return static_cast<std::size_t>(
      std::count_if(counts.begin(), counts.end(), [](double count) { return count > 0.0; }));
}

double adjusted_mutual_information(double information, double mean_entropy,
                                   const Margins& margins) {
  const std::size_t clusters = occupied(margins.clusters);
  const std::size_t labels = occupied(margins.labels);
  const auto all = static_cast<std::size_t>(margins.all);
  // All together in both, or each alone in both: equal, whatever chance says.
  if (clusters == labels && (clusters == 1 || clusters == all)) return 1.0;
  const double expected = expected_mutual_information(margins);
  const double above_chance = mean_entropy - expected;
  if (above_chance == 0.0) return 0.0;
  return (information - expected) / above_chance;
}

}  // namespace

PartitionAgreement partition_agreement(const LabelCounts& counts) {
  const Margins margins = margins_of(counts);
  if (margins.all == 0.0) {
    throw Error(ErrorKind::input, "no tile has a label, so that clusters and labels cannot agree");
  }
  const double information = mutual_information(counts, margins);
  const double of_clusters = entropy(margins.clusters, margins.all);
  const double of_labels = entropy(margins.labels, margins.all);
  const double mean_entropy = (of_clusters + of_labels) / 2.0;
  const auto share = [information](double whole) {
    return whole > 0.0 ? information / whole : 1.0;
  };
  PartitionAgreement result;
  result.adjusted_rand = adjusted_rand_index(counts.counts.data(), counts.clusters, counts.labels);
  result.homogeneity = share(of_labels);
  result.completeness = share(of_clusters);
  const double sum = result.homogeneity + result.completeness;
  result.v_measure = sum > 0.0 ? 2.0 * result.homogeneity * result.completeness / sum : 0.0;
  result.normalised_mutual_information = share(mean_entropy);
  result.adjusted_mutual_information =
      adjusted_mutual_information(information, mean_entropy, margins);
  return result;
}

}  // namespace histo
