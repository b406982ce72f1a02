#include "cluster/lloyd.hpp"

#include <algorithm>
#include <chrono>

#include "cluster/distance.hpp"
#include "cluster/label_sums.hpp"
#include "cluster/nearest.hpp"
#include "cluster/relocation.hpp"

namespace histo::cluster {

namespace {

enum class Phase { moving, settling, done };

/// What a pass finds for one k.
struct Finding {
  LabelSums sums;           ///< of a fit that is moving; only its counts if it settles
  std::size_t changed = 0;  ///< labels that differ from those of the pass before
  double inertia = 0.0;     ///< of a fit that settles
};

struct Fit {
  KMeans* clusters = nullptr;
  Phase phase = Phase::moving;
  Finding finding;
};

struct BlockFinding {
  std::vector<std::int32_t> labels;  ///< fits x rows of the block
  std::vector<Finding> findings;     ///< one a fit
};

/// One worker's part of a pass.
class Assignment {
 public:
  Assignment(const CentreStack& stack, const std::vector<Fit*>& fits)
      : nearest_(stack), fits_(&fits), dim_(stack.dim()) {}

  void operator()(const RowBlock& block, BlockFinding& result) {
    result.labels.resize(fits_->size() * block.count);
    result.findings.resize(fits_->size());
    nearest_.assign(block, result.labels.data());
    for (std::size_t f = 0; f < fits_->size(); ++f) {
      const Fit& fit = *(*fits_)[f];
      const std::int32_t* labels = result.labels.data() + f * block.count;
      if (fit.phase == Phase::moving) {
        add_up(block, fit, labels, result.findings[f]);
      } else {
        settle(block, fit, labels, result.findings[f]);
      }
    }
  }

 private:
  void add_up(const RowBlock& block, const Fit& fit, const std::int32_t* labels,
              Finding& finding) const {
    finding.sums.reset(fit.clusters->k, dim_);
    finding.changed = 0;
    const std::int32_t* before = fit.clusters->labels.data() + block.first;
    for (std::size_t i = 0; i < block.count; ++i) {
      finding.sums.add(block.row(i, dim_), dim_, labels[i]);
      if (labels[i] != before[i]) ++finding.changed;
    }
  }

  void settle(const RowBlock& block, const Fit& fit, const std::int32_t* labels,
              Finding& finding) const {
    finding.sums.reset(fit.clusters->k, 0);
    finding.inertia = 0.0;
    for (std::size_t i = 0; i < block.count; ++i) {
      const auto label = static_cast<std::size_t>(labels[i]);
      ++finding.sums.counts[label];
      finding.inertia +=
          squared_distance(block.row(i, dim_), fit.clusters->centroids.data() + label * dim_, dim_);
    }
  }

  NearestCentres nearest_;
  const std::vector<Fit*>* fits_;
  std::size_t dim_;
};

void run_pass(const RowSource& source, std::size_t threads, const Moments& moments,
              const std::vector<Fit*>& fits) {
  const std::size_t dim = source.dim();
  CentreStack stack({moments.mean.begin(), moments.mean.end()});
  for (Fit* fit : fits) {
    stack.add(fit->clusters->centroids);
    fit->finding = {};
    fit->finding.sums.reset(fit->clusters->k, fit->phase == Phase::moving ? dim : 0);
  }
  for_each_block<BlockFinding>(
      source, threads, [&] { return Assignment(stack, fits); },
      [&](const RowBlock& block, const BlockFinding& part) {
        for (std::size_t f = 0; f < fits.size(); ++f) {
          Finding& whole = fits[f]->finding;
          whole.sums.add(part.findings[f].sums);
          whole.changed += part.findings[f].changed;
          whole.inertia += part.findings[f].inertia;
          const std::int32_t* labels = part.labels.data() + f * block.count;
          std::copy(labels, labels + block.count, fits[f]->clusters->labels.data() + block.first);
        }
      });
}

/// Puts each centre at the mean of its rows and returns the summed squared movement. A centre
/// without rows stays.
double move_centres(KMeans& clusters, const LabelSums& sums) {
  const std::size_t dim = clusters.dim;
  std::vector<float> moved = clusters.centroids;
  for (std::size_t c = 0; c < clusters.k; ++c) {
    if (sums.counts[c] == 0) continue;
    const auto count = static_cast<double>(sums.counts[c]);
    for (std::size_t i = c * dim; i < (c + 1) * dim; ++i) {
      moved[i] = static_cast<float>(sums.sums[i] / count);
    }
  }
  const double movement = squared_distance(moved.data(), clusters.centroids.data(), moved.size());
  clusters.centroids = std::move(moved);
  return movement;
}

/// After a pass in which the fit was moving. `tolerance` is absolute.
void advance(Fit& fit, const RowSource& source, const KMeansOptions& options, double tolerance) {
  KMeans& clusters = *fit.clusters;
  LabelSums& sums = fit.finding.sums;
  const bool settled = fit.finding.changed == 0;
  if (!settled) relocate_empty(source, options.threads, clusters, sums);
  const double movement = move_centres(clusters, sums);
  ++clusters.iterations;
  clusters.converged = settled || movement <= tolerance;
  if (clusters.converged || clusters.iterations == options.max_iterations) {
    fit.phase = Phase::settling;
  }
}

void finish(Fit& fit) {
  fit.clusters->sizes = std::move(fit.finding.sums.counts);
  fit.clusters->inertia = fit.finding.inertia;
  fit.phase = Phase::done;
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
  for (const Fit* fit : fits) centres += static_cast<double>(fit->clusters->k);
  for (Fit* fit : fits) {
    fit->clusters->seconds += seconds * static_cast<double>(fit->clusters->k) / centres;
  }
}

}  // namespace

bool run_lloyd(const RowSource& source, const KMeansOptions& options, const Moments& moments,
               std::vector<KMeans>& results, Passes& passes) {
  const double tolerance = options.tolerance * moments.mean_variance;
  std::vector<Fit> fits;
  for (KMeans& clusters : results) {
    clusters.labels.assign(source.rows(), -1);
    fits.push_back({&clusters, Phase::moving, {}});
  }
  for (std::vector<Fit*> active = unfinished(fits); !active.empty(); active = unfinished(fits)) {
    const auto start = std::chrono::steady_clock::now();
    run_pass(source, options.threads, moments, active);
    for (Fit* fit : active) {
      if (fit->phase == Phase::moving) {
        advance(*fit, source, options, tolerance);
      } else {
        finish(*fit);
      }
    }
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
    share_out(passed.count(), active);
    if (!passes.go_on()) return false;
  }
  return true;
}

}  // namespace histo::cluster
