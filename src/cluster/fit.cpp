#include "cluster/fit.hpp"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <optional>
#include <string>
#include <utility>

#include "histo/error.hpp"

#include "cluster/exchange.hpp"
#include "cluster/parallel_seeding.hpp"
#include "cluster/starts.hpp"
#include "core/random.hpp"
#include "core/text.hpp"

namespace histo::cluster {

namespace {

/// Everything that one call of fit_jobs hands around.
class Fitting {
 public:
  Fitting(const RowSource& source, const KMeansOptions& options, const std::vector<FitJob>& jobs,
          Team& team, Passes& passes)
      : options_(&options),
        jobs_(&jobs),
        team_(&team),
        passes_(&passes),
        on_sample_(options.sample > 0 && options.sample < source.rows()) {
    rows_.view = {&source, share_of(source, team), options.threads,
                  options.metric == Metric::cosine, options.engine};
    rows_.all_rows = source.rows();
    rows_.team = &team;
  }

  std::vector<LloydFit> run() {
    const auto start = std::chrono::steady_clock::now();
    look_at_rows();
    const std::chrono::duration<double> look = std::chrono::steady_clock::now() - start;
    if (!passes_->go_on()) return {};
    std::vector<Seeds> starts = choose_starts();
    if (starts.empty()) return {};
    std::vector<LloydFit> fits(starts.size());
    for (std::size_t f = 0; f < fits.size(); ++f) {
      fits[f].clusters.k = starts[f].k;
      fits[f].clusters.dim = rows_.view.dim();
      fits[f].clusters.centroids = std::move(starts[f].centres);
      fits[f].clusters.seconds =
          starts[f].seconds + look.count() / static_cast<double>(fits.size());
    }
    if (!(on_sample_ ? fit_on_sample(fits) : fit(fits))) return {};
    return fits;
  }

 private:
  void look_at_rows() {
    const std::size_t rows = rows_.all_rows;
    std::size_t most = 0;
    for (const FitJob& job : *jobs_) most = std::max(most, job.k);
    const std::size_t wanted =
        on_sample_ ? options_->sample : std::max(sample_size(rows, rows_.view.dim()), most);
    sample_.emplace(rows_.view.dim(), draw_rows(rows, wanted, options_->seed));
    rows_.largest = survey_rows(rows_.view, *team_, *sample_);
    origin_ = origin_of(sample_->view(1, sample_->rows()));
    rows_.origin = &origin_;
  }

  /// Each rank follows the starts of some jobs, and all hear of all.
  std::vector<Seeds> choose_starts() {
    std::vector<std::vector<Seeds>> lists;
    for (const FitJob& job : *jobs_) {
      std::vector<Seeds>& list = lists.emplace_back();
      for (std::size_t start = 0; start < options_->starts; ++start) {
        list.push_back({job.k, start == 0 ? job.seed : hash_of(job.seed, start), {}, 0.0});
      }
    }
    if (options_->initialisation == Initialisation::kmeans_parallel && !seed_in_parallel(lists)) {
      return {};
    }
    std::vector<std::size_t> own;
    for (std::size_t j = team_->rank(); j < lists.size(); j += team_->size()) own.push_back(j);
    return exchange(own, follow(own, lists));
  }

  bool seed_in_parallel(std::vector<std::vector<Seeds>>& lists) {
    std::vector<Seeds> all;
    for (const std::vector<Seeds>& list : lists) all.insert(all.end(), list.begin(), list.end());
    Team alone;
    LloydRows rows = rows_;
    if (on_sample_) {
      rows.view = sample_view();
      rows.all_rows = sample_->rows();
      rows.team = &alone;
    }
    if (!draw_seeds_in_parallel(rows, *sample_, options_->memory, all, *passes_)) return false;
    auto next = all.begin();
    for (std::vector<Seeds>& list : lists) {
      for (Seeds& start : list) start = std::move(*next++);
    }
    return true;
  }

  std::vector<Seeds> follow(const std::vector<std::size_t>& own,
                            std::vector<std::vector<Seeds>>& lists) {
    const auto go_on = [this] { return passes_->asks_to_go_on(); };
    std::vector<std::vector<Seeds>> mine;
    for (const std::size_t j : own) {
      std::vector<Seeds>& list = mine.emplace_back(std::move(lists[j]));
      if (options_->initialisation == Initialisation::kmeans_parallel) continue;
      const std::size_t count = first_sample(sample_->rows(), list[0].k);
      const SeedingRows from{sample_->view(options_->threads, count), &origin_, nullptr};
      if (options_->initialisation == Initialisation::random) {
        draw_random_rows(from, list);
      } else if (!draw_seeds(from, list, go_on)) {
        return {};
      }
    }
    const StartRows rows{&*sample_, rows_.largest, &origin_, options_->threads};
    return best_starts(rows, *options_, std::move(mine), go_on);
  }

  /// Empty if some rank was told to stop.
  std::vector<Seeds> exchange(const std::vector<std::size_t>& own, const std::vector<Seeds>& mine) {
    Packing packing;
    packing.add(mine.size() == own.size());
    for (std::size_t i = 0; i < mine.size(); ++i) {
      packing.add(own[i]);
      packing.add(mine[i].seconds);
      packing.add(mine[i].centres);
    }
    std::vector<Seeds> all(jobs_->size());
    const std::vector<std::string> given = team_->gather(packing.bytes());
    for (std::size_t rank = 0; rank < given.size(); ++rank) {
      Unpacking theirs(given[rank]);
      if (!theirs.take<bool>()) return {};
      for (std::size_t j = rank; j < all.size(); j += given.size()) {
        Seeds& seeds = all[theirs.take<std::size_t>()];
        seeds.k = (*jobs_)[j].k;
        seeds.seconds = theirs.take<double>();
        seeds.centres = theirs.take_list<float>();
      }
    }
    return all;
  }

  RowView sample_view() const {
    RowView view = sample_->view(options_->threads, sample_->rows());
    view.engine = options_->engine;
    return view;
  }

  LloydLimits limits() const {
    const std::size_t most = options_->mode == ClusterMode::fast ? 1 : options_->max_iterations;
    return {most, options_->tolerance, options_->memory, options_->metric};
  }

  bool fit(std::vector<LloydFit>& fits) {
    sample_.reset();
    if (!run_lloyd(rows_, limits(), fits, passes_)) return false;
    if (options_->mode == ClusterMode::fast) {
      for (LloydFit& each : fits) each.clusters.converged = true;
    }
    return true;
  }

  /// On the sample, as one process; then once over all rows.
  bool fit_on_sample(std::vector<LloydFit>& fits) {
    Team alone;
    LloydRows part = rows_;
    part.view = sample_view();
    part.all_rows = sample_->rows();
    part.team = &alone;
    run_lloyd(part, limits(), fits, nullptr);
    std::vector<std::size_t> iterations;
    for (LloydFit& each : fits) {
      iterations.push_back(each.clusters.iterations);
      if (options_->mode == ClusterMode::fast) each.clusters.converged = true;
    }
    sample_.reset();
    LloydLimits labels_only = limits();
    labels_only.max_iterations = 0;
    if (!run_lloyd(rows_, labels_only, fits, passes_)) return false;
    for (std::size_t f = 0; f < fits.size(); ++f) fits[f].clusters.iterations = iterations[f];
    return true;
  }

  const KMeansOptions* options_;
  const std::vector<FitJob>* jobs_;
  Team* team_;
  Passes* passes_;
  bool on_sample_;
  LloydRows rows_;
  std::optional<SampleRows> sample_;
  Origin origin_;
};

}  // namespace

void check_rows(const RowSource& source, std::size_t k) {
  if (source.dim() == 0) {
    throw Error(ErrorKind::input, "the features have no columns, at least 1 is needed");
  }
  if (source.rows() < k) {
    throw Error(ErrorKind::input, "the features have " + count_of(source.rows(), "row") +
                                      ", too few for " + count_of(k, "cluster"));
  }
}

std::vector<LloydFit> fit_jobs(const RowSource& source, const KMeansOptions& options,
                               const std::vector<FitJob>& jobs, Team& team, Passes& passes) {
  return Fitting(source, options, jobs, team, passes).run();
}

KMeans in_order_of_size(const LloydFit& fit) {
  const KMeans& from = fit.clusters;
  std::vector<std::size_t> order(from.k);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    if (from.sizes[a] != from.sizes[b]) return from.sizes[a] > from.sizes[b];
    return fit.first_rows[a] < fit.first_rows[b];
  });
  KMeans result = from;
  for (std::size_t name = 0; name < from.k; ++name) {
    const std::size_t old = order[name];
    result.sizes[name] = from.sizes[old];
    std::copy_n(from.centroids.begin() + static_cast<std::ptrdiff_t>(old * from.dim), from.dim,
                result.centroids.begin() + static_cast<std::ptrdiff_t>(name * from.dim));
    std::copy_n(from.means.begin() + static_cast<std::ptrdiff_t>(old * from.dim), from.dim,
                result.means.begin() + static_cast<std::ptrdiff_t>(name * from.dim));
  }
  return result;
}

}  // namespace histo::cluster
