#include "jobs/embed_prototypes.hpp"

#include <algorithm>
#include <utility>

#include "histo/cluster_store.hpp"
#include "histo/error.hpp"
#include "histo/kmeans.hpp"

#include "core/text.hpp"
#include "jobs/cluster_rows.hpp"
#include "jobs/cluster_slides.hpp"
#include "jobs/sampled_rows.hpp"

namespace histo {

namespace {

constexpr std::size_t default_count = 16;

const Centroids& chosen(const Clustering& clustering, const EmbedJobOptions& options) {
  const std::string file = options.prototypes.file.string();
  const std::optional<std::size_t> wanted = options.prototypes.count;
  std::string there;
  for (const Centroids& centroids : clustering.centroids) {
    if (wanted == centroids.k) return centroids;
    there += (there.empty() ? "" : ", ") + std::to_string(centroids.k);
  }
  if (!wanted && clustering.centroids.size() == 1) return clustering.centroids.front();
  throw Error(ErrorKind::input, file + ": holds clusterings of " + there + " clusters, and " +
                                    (wanted ? "--num-prototypes is " + std::to_string(*wanted)
                                            : "--num-prototypes says which"));
}

/// Prototypes stand among the features themselves where their distances are taken to these.
void check_space(const Clustering& clustering, Metric metric, const EmbedJobOptions& options) {
  const std::string file = options.prototypes.file.string();
  const std::string method = method_name(options.method);
  const bool needs_features =
      options.method == EmbedMethod::h2t || options.method == EmbedMethod::panther;
  if (needs_features && clustering.pca.components > 0) {
    throw Error(ErrorKind::input, file + ": is of " + clustering.preprocessing + ", and --method " +
                                      method + " needs centroids of the features as they are");
  }
  if (options.method == EmbedMethod::panther && metric == Metric::cosine) {
    throw Error(ErrorKind::input, file +
                                      ": its centroids are directions, of the metric cosine, "
                                      "and --method panther needs means of features");
  }
}

SlidePrototypes read_prototypes(const EmbedJobOptions& options, const StoredRows& rows) {
  const std::filesystem::path& file = options.prototypes.file;
  const Clustering clustering = read_centroids(file);
  check_model(clustering, file, rows);
  SlidePrototypes prototypes;
  prototypes.metric = metric_of(clustering, file);
  check_space(clustering, prototypes.metric, options);
  const Centroids& centroids = chosen(clustering, options);
  prototypes.preprocessing = preprocessing_of(clustering);
  prototypes.centres = {centroids.k, clustering.dim, centroids.values};
  prototypes.origin = file.string();
  prototypes.sizes = centroids.sizes;
  prototypes.inertia = centroids.inertia;
  prototypes.iterations = centroids.iterations;
  prototypes.converged = centroids.converged;
  return prototypes;
}

std::vector<std::size_t> drawn_rows(const EmbedJobOptions& options, const EmbedSlides& slides,
                                    const StoredRows& rows, std::size_t count,
                                    std::vector<std::string>& names) {
  for (std::size_t i = 0; i < slides.names.size(); ++i) {
    if (slides.trains[i]) names.push_back(slides.names[i]);
  }
  if (names.empty()) {
    throw Error(ErrorKind::input, options.labels.table.string() + ": column " +
                                      options.labels.split +
                                      ": none of the slides with tiles is of 'train'");
  }
  const std::size_t most = count * std::min(options.prototypes.tiles, rows.rows());
  const std::size_t quota = std::max<std::size_t>(1, most / names.size());
  std::vector<std::size_t> picks;
  for (std::size_t i = 0; i < slides.names.size(); ++i) {
    if (!slides.trains[i]) continue;
    const std::vector<std::size_t>& some = slides.training_rows[i];
    const std::size_t start = rows.start(i);
    const std::size_t tiles = some.empty() ? rows.start(i + 1) - start : some.size();
    for (const std::size_t place : draw_rows(0, tiles, quota, options.seed, i)) {
      picks.push_back(start + (some.empty() ? place : some[place]));
    }
  }
  if (picks.size() < count) {
    throw Error(ErrorKind::input, options.inputs.front().string() + ": " +
                                      count_of(picks.size(), "tile") + " to make " +
                                      std::to_string(count) +
                                      " prototypes of are too few; see "
                                      "--num-prototypes");
  }
  return picks;
}

/// In memory where they fit.
std::vector<KMeans> fit(const SampledRows& drawn, std::size_t memory, const KMeansOptions& kmeans,
                        const PassCallback& after_pass) {
  if (drawn.rows() * drawn.dim() * sizeof(float) > memory) {
    return fit_kmeans(drawn, kmeans, after_pass);
  }
  const HeldRows held(drawn, 0, drawn.rows());
  return fit_kmeans(held, kmeans, after_pass);
}

}  // namespace

std::optional<SlidePrototypes> find_prototypes(const EmbedJobOptions& options,
                                               const EmbedSlides& slides, const StoredRows& rows,
                                               Observer& observer, const std::atomic<bool>& stop) {
  if (!options.prototypes.file.empty()) return read_prototypes(options, rows);
  SlidePrototypes prototypes;
  const std::size_t count = options.prototypes.count.value_or(default_count);
  const SampledRows drawn(rows, drawn_rows(options, slides, rows, count, prototypes.slides));
  observer.note(count_of(count, "prototype") + " from " + count_of(drawn.rows(), "tile") + " of " +
                count_of(prototypes.slides.size(), "slide"));

  KMeansOptions kmeans;
  kmeans.clusters = {count};
  kmeans.seed = options.seed;
  kmeans.starts = options.prototypes.starts;
  kmeans.max_iterations = options.prototypes.iterations;
  kmeans.threads = options.threads;
  const std::size_t passes = kmeans.max_iterations + 2;
  const std::vector<KMeans> found = fit(drawn, options.memory, kmeans, [&](std::size_t pass) {
    observer.progress(std::min(pass, passes), passes, "passes");
    return !stop.load();
  });
  if (found.empty()) return std::nullopt;
  const KMeans& clusters = found.front();
  prototypes.preprocessing.dim = rows.dim();
  prototypes.centres = {clusters.k, clusters.dim, clusters.centroids};
  prototypes.origin = "k-means";
  prototypes.sizes.assign(clusters.sizes.begin(), clusters.sizes.end());
  prototypes.inertia = clusters.inertia;
  prototypes.iterations = clusters.iterations;
  prototypes.converged = clusters.converged;
  return prototypes;
}

}  // namespace histo
