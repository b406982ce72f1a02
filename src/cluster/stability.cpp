#include <algorithm>
#include <string>
#include <vector>

#include "histo/error.hpp"
#include "histo/kmeans.hpp"

#include "cluster/blas.hpp"
#include "cluster/fit.hpp"
#include "cluster/nearest.hpp"
#include "cluster/scored_blocks.hpp"
#include "core/rand_index.hpp"
#include "core/random.hpp"
#include "core/single_threaded_blas.hpp"

namespace histo {

namespace {

/// The pairs of repeats of each k, one after the other.
struct Pairs {
  struct Pair {
    std::size_t k = 0;
    std::size_t a = 0;  ///< fits
    std::size_t b = 0;
    std::size_t table = 0;  ///< offset of its k x k counts
  };
  std::vector<Pair> pairs;
  std::size_t cells = 0;

  Pairs(const std::vector<std::size_t>& clusters, std::size_t repeats) {
    for (std::size_t i = 0; i < clusters.size(); ++i) {
      for (std::size_t b = 0; b < repeats; ++b) {
        for (std::size_t a = 0; a < b; ++a) {
          pairs.push_back({clusters[i], i * repeats + a, i * repeats + b, cells});
          cells += clusters[i] * clusters[i];
        }
      }
    }
  }
};

/// One worker: how many rows have which labels in both fits of each pair.
class Counting {
 public:
  Counting(const cluster::CentreStack& stack, const Pairs& pairs)
      : nearest_centres_(stack), stack_(&stack), pairs_(&pairs), counts_(pairs.cells) {}

  void operator()(const cluster::RowBlock& block) {
    const std::size_t fits = stack_->groups().size();
    nearest_.resize(fits * block.count);
    nearest_centres_.assign(block, 0, fits, nearest_.data());
    for (const Pairs::Pair& pair : pairs_->pairs) {
      const cluster::Nearest* a = nearest_.data() + pair.a * block.count;
      const cluster::Nearest* b = nearest_.data() + pair.b * block.count;
      std::uint64_t* table = counts_.data() + pair.table;
      for (std::size_t i = 0; i < block.count; ++i) {
        ++table[static_cast<std::size_t>(a[i].label) * pair.k +
                static_cast<std::size_t>(b[i].label)];
      }
    }
  }

  const std::vector<std::uint64_t>& counts() const { return counts_; }

 private:
  cluster::NearestCentres nearest_centres_;
  const cluster::CentreStack* stack_;
  const Pairs* pairs_;
  std::vector<std::uint64_t> counts_;
  std::vector<cluster::Nearest> nearest_;
};

std::vector<std::uint64_t> count_pairs(const RowSource& source, const KMeansOptions& options,
                                       const std::vector<cluster::LloydFit>& fits,
                                       const Pairs& pairs, Team& team) {
  cluster::Origin origin;
  origin.place.assign(source.dim(), 0.0F);
  const cluster::RowView view{&source, share_of(source, team), options.threads,
                              options.metric == Metric::cosine, options.engine};
  if (view.count() > 0) origin = cluster::origin_of(view);
  cluster::CentreStack stack(origin);
  for (const cluster::LloydFit& fit : fits) stack.add(fit.clusters.centroids);
  std::vector<Counting> workers =
      cluster::make_workers(view, [&] { return Counting(stack, pairs); });
  cluster::for_each_scored_block(view, stack, workers);
  std::vector<std::uint64_t> counts(pairs.cells);
  for (const Counting& worker : workers) {
    for (std::size_t i = 0; i < counts.size(); ++i) counts[i] += worker.counts()[i];
  }
  team.sum(counts.data(), counts.size());
  return counts;
}

}  // namespace

std::vector<double> stability(const RowSource& source, const KMeansOptions& options,
                              std::size_t repeats, Team& team, const PassCallback& after_pass) {
  validate(options);
  if (repeats < 2) {
    throw Error(ErrorKind::usage, "--stability must be at least 2, got " + std::to_string(repeats));
  }
  cluster::check_rows(source, options.clusters.back());
  const SingleThreadedBlas single_threaded;
  cluster::Passes passes(after_pass, team);
  std::vector<cluster::FitJob> jobs;
  for (const std::size_t k : options.clusters) {
    for (std::size_t repeat = 0; repeat < repeats; ++repeat) {
      constexpr std::uint64_t purpose = 0x737461626c65;
      jobs.push_back({k, hash_of(options.seed + purpose, repeat)});
    }
  }
  const std::vector<cluster::LloydFit> fits =
      cluster::fit_jobs(source, options, jobs, team, passes);
  if (fits.empty()) return {};
  const Pairs pairs(options.clusters, repeats);
  const std::vector<std::uint64_t> counts = count_pairs(source, options, fits, pairs, team);
  if (!passes.go_on()) return {};
  std::vector<double> result;
  const std::size_t pairs_a_k = repeats * (repeats - 1) / 2;
  for (std::size_t i = 0; i < options.clusters.size(); ++i) {
    double sum = 0.0;
    for (std::size_t p = i * pairs_a_k; p < (i + 1) * pairs_a_k; ++p) {
      const Pairs::Pair& pair = pairs.pairs[p];
      sum += adjusted_rand_index(counts.data() + pair.table, pair.k, pair.k);
    }
    result.push_back(sum / static_cast<double>(pairs_a_k));
  }
  return result;
}

}  // namespace histo
