#pragma once
/// That an engine gives what OpenBLAS gives, to the byte.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "histo/cluster_quality.hpp"
#include "histo/kmeans.hpp"

#include "unit/cluster_rows.hpp"

namespace histo::test {

inline bool same_bytes(const std::vector<KMeans>& a, const std::vector<KMeans>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i].k != b[i].k || a[i].centroids != b[i].centroids || a[i].sizes != b[i].sizes ||
        a[i].means != b[i].means || a[i].inertia != b[i].inertia ||
        a[i].iterations != b[i].iterations || a[i].converged != b[i].converged) {
      return false;
    }
  }
  return true;
}

struct EngineCase {
  std::string name;
  std::size_t dim;
  std::vector<float> values;
  KMeansOptions options;
};

/// More rows than go to a device at once, and not a whole number of blocks; in four of the cases
/// with many rows in doubt.
inline std::vector<EngineCase> engine_cases() {
  std::vector<EngineCase> cases;
  const auto add = [&cases](std::string name, std::size_t dim,
                            std::vector<float> values) -> KMeansOptions& {
    KMeansOptions options;
    options.clusters = {2, 9, 20};
    options.starts = 2;
    options.threads = 3;
    cases.push_back({std::move(name), dim, std::move(values), options});
    return cases.back().options;
  };
  constexpr std::size_t dim = 24;
  const std::vector<float> clouds = cloud_rows(18000, dim, 12, 5.0).values();
  add("exact", dim, clouds);
  add("without memory for labels", dim, clouds).memory = 0;
  add("fast", dim, clouds).mode = ClusterMode::fast;
  add("on a sample", dim, clouds).sample = 5000;
  add("cosine", dim, clouds).metric = Metric::cosine;
  add("k-means||", dim, clouds).initialisation = Initialisation::kmeans_parallel;
  std::vector<float> far = clouds;
  for (float& value : far) value += 3000.0F;
  add("far from zero", dim, far);
  add("few distinct rows", 2, formula_rows(17000, 2).values());
  std::vector<float> alike(3 * std::size_t{17000}, 1.0F);
  for (std::size_t i = 0; i < 40; ++i) alike[i * 1200] = static_cast<float>(i);
  add("empty clusters", 3, alike);
  std::vector<float> vast = clouds;
  for (float& value : vast) value *= 1e18F;
  add("beyond float32 products", dim, vast);
  return cases;
}

/// Everything that asks an engine for something, of one case.
struct EngineResults {
  std::vector<KMeans> fits;
  std::vector<std::vector<std::int32_t>> labels;  ///< blocks' labels of all fits
  std::vector<ClusterDescription> descriptions;
  std::vector<double> stability;
};

inline EngineResults results_of(const EngineCase& each, ScoreEngine* engine) {
  const MemoryRows rows(each.dim, each.values);
  KMeansOptions options = each.options;
  options.engine = engine;
  EngineResults results;
  results.fits = fit_kmeans(rows, options);
  std::vector<CentroidSet> sets;
  for (const KMeans& fit : results.fits) sets.push_back(centroids_of(fit));
  label_rows(rows, sets, {options.metric, options.threads, engine},
             [&](std::size_t, std::size_t count, const std::int32_t* labels) {
               results.labels.emplace_back(labels, labels + sets.size() * count);
             });
  DescribeOptions what;
  what.silhouette_sample = 500;
  what.nearest = 3;
  what.metric = options.metric;
  what.engine = engine;
  Team alone;
  results.descriptions = describe_clusters(rows, results.fits, what, alone);
  options.clusters = {4};
  results.stability = stability(rows, options, 2, alone);
  return results;
}

inline bool same_bytes(const EngineResults& a, const EngineResults& b) {
  if (a.labels != b.labels || a.stability != b.stability || !same_bytes(a.fits, b.fits)) {
    return false;
  }
  for (std::size_t i = 0; i < a.descriptions.size(); ++i) {
    if (a.descriptions[i].nearest != b.descriptions[i].nearest ||
        a.descriptions[i].quality.davies_bouldin != b.descriptions[i].quality.davies_bouldin) {
      return false;
    }
  }
  return a.descriptions.size() == b.descriptions.size();
}

}  // namespace histo::test
