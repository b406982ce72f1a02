#include "cluster/starts.hpp"

#include <algorithm>
#include <utility>

namespace histo::cluster {

namespace {

constexpr std::size_t smallest_sample = std::size_t{1} << 13U;
constexpr std::size_t growth = 4;

/// The rows of each sample, growing to all of them.
std::vector<std::size_t> sample_sizes(std::size_t rows) {
  std::vector<std::size_t> sizes{rows};
  while (sizes.back() >= smallest_sample * growth) sizes.push_back(sizes.back() / growth);
  std::reverse(sizes.begin(), sizes.end());
  return sizes;
}

/// Follows all starts that are left, on the first `count` rows of the sample.
void follow(const StartRows& rows, const KMeansOptions& options, std::size_t count,
            const std::vector<std::vector<Seeds>*>& lists) {
  Team alone;
  LloydRows part{rows.sample->view(rows.threads, count), count, rows.largest, rows.origin, &alone};
  part.view.engine = options.engine;
  std::vector<LloydFit> fits;
  for (std::vector<Seeds>* list : lists) {
    for (Seeds& start : *list) {
      LloydFit& fit = fits.emplace_back();
      fit.clusters.k = start.k;
      fit.clusters.dim = part.view.dim();
      fit.clusters.centroids = std::move(start.centres);
      fit.clusters.seconds = start.seconds;
    }
  }
  // Little beside the sample itself, and nothing depends on it.
  constexpr std::size_t memory = std::size_t{1} << 28U;
  const LloydLimits limits{30, 1e-3, std::max(options.memory, memory), options.metric};
  run_lloyd(part, limits, fits, nullptr);
  auto fit = fits.begin();
  for (std::vector<Seeds>* list : lists) {
    std::vector<std::pair<double, std::size_t>> order;
    double seconds = 0.0;
    for (std::size_t i = 0; i < list->size(); ++i, ++fit) {
      (*list)[i].centres = std::move(fit->clusters.centroids);
      seconds += fit->clusters.seconds;
      order.emplace_back(fit->clusters.inertia, i);
    }
    std::sort(order.begin(), order.end());
    std::vector<Seeds> sorted;
    for (const auto& [inertia, i] : order) {
      (*list)[i].seconds = std::exchange(seconds, 0.0);  // the best one answers for all
      sorted.push_back(std::move((*list)[i]));
    }
    *list = std::move(sorted);
  }
}

}  // namespace

std::size_t sample_size(std::size_t rows, std::size_t dim) {
  constexpr std::size_t most_rows = std::size_t{1} << 17U;
  constexpr std::size_t most_values = std::size_t{1} << 26U;
  return std::min({rows, most_rows, std::max<std::size_t>(most_values / dim, 4096)});
}

std::size_t first_sample(std::size_t rows, std::size_t k) {
  constexpr std::size_t rows_a_cluster = 32;
  for (const std::size_t size : sample_sizes(rows)) {
    if (size >= rows_a_cluster * k) return size;
  }
  return rows;
}

std::vector<Seeds> best_starts(const StartRows& rows, const KMeansOptions& options,
                               std::vector<std::vector<Seeds>> lists,
                               const std::function<bool()>& go_on) {
  const std::size_t all = rows.sample->rows();
  for (const std::size_t count : sample_sizes(all)) {
    std::vector<std::vector<Seeds>*> active;
    for (std::vector<Seeds>& list : lists) {
      if (!list.empty() && count >= first_sample(all, list[0].k)) active.push_back(&list);
    }
    if (active.empty()) continue;
    follow(rows, options, count, active);
    for (std::vector<Seeds>* list : active) list->resize(count == all ? 1 : (list->size() + 3) / 4);
    if (!go_on()) return {};
  }
  std::vector<Seeds> result;
  for (std::vector<Seeds>& list : lists) result.push_back(std::move(list[0]));
  return result;
}

}  // namespace histo::cluster
