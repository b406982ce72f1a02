#include "cluster/lloyd.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>

#include "cluster/kernels.hpp"
#include "cluster/lloyd_pass.hpp"
#include "cluster/relocation.hpp"

namespace histo::cluster {

namespace {

/// Labels first, then gaps, of the largest k first: their products cost most. All ranks have about
/// as many rows, and nothing depends on what each of them holds.
void allocate(const LloydRows& rows, std::size_t memory, std::vector<Fit>& fits) {
  std::vector<Fit*> order;
  for (Fit& fit : fits) order.push_back(&fit);
  std::stable_sort(order.begin(), order.end(), [](const Fit* a, const Fit* b) {
    return a->result->clusters.k > b->result->clusters.k;
  });
  const std::size_t count = rows.view.count();
  for (Fit* fit : order) {
    const std::size_t needed = count * HeldLabels::bytes_a_row(fit->result->clusters.k);
    if (needed > memory) break;
    memory -= needed;
    fit->labels.allocate(count, fit->result->clusters.k);
  }
  for (Fit* fit : order) {
    const std::size_t needed = count * sizeof(float);
    if (!fit->labels.held() || needed > memory) break;
    memory -= needed;
    fit->gaps.resize(count);
  }
}

/// The mean of a cluster's rows; for the cosine metric of length 1. A centre without rows, or whose
/// rows point everywhere alike, stays.
void mean_of(const LabelSums& sums, std::size_t c, Metric metric, std::size_t dim, float* centre) {
  if (sums.counts[c] < 1.0) return;
  const double* sum = sums.sums.data() + c * dim;
  double divisor = sums.counts[c];
  if (metric == Metric::cosine) {
    double squared = 0.0;
    for (std::size_t i = 0; i < dim; ++i) squared += sum[i] * sum[i];
    divisor = std::sqrt(squared);
    // Rows of length 1 are rounded, to 1e-7; a sum as short as that has no direction.
    if (!(divisor > 1e-6 * sums.counts[c])) return;
  }
  for (std::size_t i = 0; i < dim; ++i) centre[i] = static_cast<float>(sum[i] / divisor);
}

/// Puts each centre at the mean of its rows and returns the summed squared movement.
double move_centres(Fit& fit, const LabelSums& sums, Metric metric) {
  KMeans& clusters = fit.result->clusters;
  const std::size_t dim = clusters.dim;
  std::vector<float> moved = clusters.centroids;
  std::vector<double> steps(clusters.k);
  double movement = 0.0;
  for (std::size_t c = 0; c < clusters.k; ++c) {
    mean_of(sums, c, metric, dim, moved.data() + c * dim);
    const double squared =
        squared_distance(moved.data() + c * dim, clusters.centroids.data() + c * dim, dim);
    movement += squared;
    steps[c] = std::sqrt(squared);
  }
  clusters.centroids = std::move(moved);
  // A row's own centre may have moved away from it, and the farthest mover of the others towards
  // it.
  std::vector<double> sorted = steps;
  std::sort(sorted.begin(), sorted.end(), std::greater<>());
  fit.decay.resize(clusters.k);
  for (std::size_t c = 0; c < clusters.k; ++c) {
    const double other = clusters.k < 2 ? 0.0 : steps[c] == sorted[0] ? sorted[1] : sorted[0];
    fit.decay[c] = static_cast<float>((steps[c] + other) * (1.0 + 1e-6));
  }
  return movement;
}

/// After a pass in which the fit was moving. `tolerance` is absolute.
void advance(Fit& fit, const LloydRows& rows, const Quanta& quanta, const LloydLimits& limits,
             double tolerance) {
  KMeans& clusters = fit.result->clusters;
  LabelSums adjusted;
  const bool lacking = std::count(fit.sums.counts.begin(), fit.sums.counts.end(), 0.0) > 0;
  if (lacking) {
    adjusted = fit.sums;
    relocate_empty(rows, quanta, clusters, adjusted);
  }
  const double movement = move_centres(fit, lacking ? adjusted : fit.sums, limits.metric);
  ++clusters.iterations;
  clusters.converged = movement <= tolerance;
  if (clusters.converged || clusters.iterations == limits.max_iterations) {
    fit.phase = Phase::settling;
  }
}

void finish(Fit& fit, Metric metric) {
  KMeans& clusters = fit.result->clusters;
  const std::size_t dim = clusters.dim;
  clusters.sizes.resize(clusters.k);
  clusters.means.assign(clusters.k * dim, 0.0);
  for (std::size_t c = 0; c < clusters.k; ++c) {
    const double count = fit.sums.counts[c];
    clusters.sizes[c] = static_cast<std::size_t>(count);
    if (count < 1.0) continue;
    for (std::size_t i = c * dim; i < (c + 1) * dim; ++i) {
      clusters.means[i] = fit.sums.sums[i] / count;
    }
  }
  // Between vectors of length 1, |x - c|^2 = 2 - 2 x.c, and this way nothing cancels.
  clusters.inertia = metric == Metric::cosine ? 0.5 * fit.inertia : fit.inertia;
  fit.phase = Phase::done;
}

/// Mean over the columns of their population variance.
double mean_variance(double scatter, const LabelSums& sums, const LloydRows& rows) {
  const std::size_t dim = rows.view.dim();
  const auto count = static_cast<double>(rows.all_rows);
  double squared = 0.0;  // of the mean's distance from the origin
  for (std::size_t i = 0; i < dim; ++i) {
    double sum = 0.0;
    for (std::size_t c = 0; c < sums.counts.size(); ++c) sum += sums.sums[c * dim + i];
    const double away = sum / count - static_cast<double>(rows.origin->place[i]);
    squared += away * away;
  }
  return std::max(0.0, scatter / count - squared) / static_cast<double>(dim);
}

std::vector<Fit*> unfinished(std::vector<Fit>& fits) {
  std::vector<Fit*> result;
  for (Fit& fit : fits) {
    if (fit.phase != Phase::done) result.push_back(&fit);
  }
  return result;
}

/// Each k pays for a pass in proportion to its centres.
void share_out(double seconds, const std::vector<Fit*>& fits) {
  double centres = 0.0;
  for (const Fit* fit : fits) centres += static_cast<double>(fit->result->clusters.k);
  for (Fit* fit : fits) {
    KMeans& clusters = fit->result->clusters;
    clusters.seconds += seconds * static_cast<double>(clusters.k) / centres;
  }
}

/// A device may keep the rows from pass to pass while this lives.
class RowsOnDevice {
 public:
  explicit RowsOnDevice(ScoreEngine* engine) : engine_(engine) { forget(); }
  RowsOnDevice(const RowsOnDevice&) = delete;
  RowsOnDevice& operator=(const RowsOnDevice&) = delete;
  ~RowsOnDevice() { forget(); }

 private:
  void forget() noexcept {
    if (engine_ != nullptr) engine_->forget_rows();
  }

  ScoreEngine* engine_;
};

/// Centres may lie outside of what rows reach.
double reach(const LloydRows& rows, const std::vector<LloydFit>& fits) {
  double largest = rows.largest;
  for (const LloydFit& fit : fits) {
    for (const float value : fit.clusters.centroids) {
      largest = std::max(largest, std::abs(static_cast<double>(value)));
    }
  }
  return largest;
}

}  // namespace

bool run_lloyd(const LloydRows& all, const LloydLimits& limits, std::vector<LloydFit>& results,
               Passes* passes) {
  const RowsOnDevice kept(all.view.engine);
  LloydRows rows = all;
  rows.view.rows_stay = true;
  const Quanta quanta(reach(rows, results), rows.view.dim(), rows.all_rows);
  std::vector<Fit> fits(results.size());
  for (std::size_t f = 0; f < fits.size(); ++f) {
    fits[f].result = &results[f];
    results[f].clusters.iterations = 0;
    fits[f].phase = limits.max_iterations == 0 ? Phase::settling : Phase::moving;
  }
  if (limits.max_iterations > 0) allocate(rows, limits.memory, fits);
  double tolerance = -1.0;
  for (std::vector<Fit*> active = unfinished(fits); !active.empty(); active = unfinished(fits)) {
    const auto start = std::chrono::steady_clock::now();
    const double scatter = run_pass(rows, quanta, active);
    if (tolerance < 0.0) {
      tolerance = limits.tolerance * mean_variance(scatter, active[0]->sums, rows);
    }
    for (Fit* fit : active) {
      if (fit->phase == Phase::moving) {
        advance(*fit, rows, quanta, limits, tolerance);
      } else {
        finish(*fit, limits.metric);
      }
    }
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
    share_out(passed.count(), active);
    if (passes != nullptr && !passes->go_on()) return false;
  }
  return true;
}

}  // namespace histo::cluster
