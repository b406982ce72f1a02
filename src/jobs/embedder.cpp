#include "jobs/embedder.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "histo/error.hpp"
#include "histo/row_source.hpp"

#include "core/text.hpp"
#include "jobs/cluster_slides.hpp"

namespace histo {

namespace {

constexpr std::array<std::pair<EmbedMethod, const char*>, 7> methods{{
    {EmbedMethod::mean, "mean"},
    {EmbedMethod::deviation, "std"},
    {EmbedMethod::maximum, "max"},
    {EmbedMethod::counts, "counts"},
    {EmbedMethod::shares, "shares"},
    {EmbedMethod::h2t, "h2t"},
    {EmbedMethod::panther, "panther"},
}};

/// Tiles that lie in memory already.
class TileRows : public RowSource {
 public:
  explicit TileRows(const FloatMatrixView& tiles) : tiles_(tiles) {}
  std::size_t rows() const override { return tiles_.rows; }
  std::size_t dim() const override { return tiles_.columns; }
  void read(std::size_t first, std::size_t count, float* out) const override {
    std::copy_n(tiles_.row(first), count * tiles_.columns, out);
  }
  std::string row_name(std::size_t row) const override {
    return "row " + std::to_string(row) + " of the tiles";
  }
  const float* held(std::size_t first, std::size_t /*count*/) const override {
    return tiles_.row(first);
  }

 private:
  FloatMatrixView tiles_;
};

std::vector<double> count_tiles(const SlidePrototypes& prototypes, const FloatMatrixView& tiles,
                                CountScale scale, std::size_t threads) {
  const TileRows raw(tiles);
  const PreparedRows rows(raw, prototypes.preprocessing);
  const std::size_t count = prototypes.centres.rows;
  const std::vector<CentroidSet> sets{{count, prototypes.centres.values}};
  std::vector<std::int32_t> labels;
  labels.reserve(tiles.rows);
  label_rows(rows, sets, {prototypes.metric, threads, nullptr},
             [&labels](std::size_t, std::size_t part, const std::int32_t* values) {
               labels.insert(labels.end(), values, values + part);
             });
  return prototype_counts(labels, count, scale);
}

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& what) {
  throw Error(ErrorKind::input, file.string() + ": " + what);
}

EmbedMethod method_of(const std::string& name, const std::filesystem::path& file) {
  for (const auto& [method, known] : methods) {
    if (name == known && has_prototypes(method)) return method;
  }
  refuse(file, "is of the method '" + name + "', which this version does not know");
}

Metric metric_of(const std::string& name, const std::filesystem::path& file) {
  for (const Metric metric : {Metric::euclidean, Metric::cosine}) {
    if (name == metric_name(metric)) return metric;
  }
  refuse(file, "is of the metric '" + name + "', which this version does not know");
}

Preprocessing read_preprocessing(const Fitted& fitted, std::size_t features) {
  Preprocessing preprocessing;
  preprocessing.dim = features;
  if (fitted.numbers.count("pca_axes") == 0) return preprocessing;
  const DoubleMatrix& axes = fitted.matrix("pca_axes");
  preprocessing.components = axes.rows;
  preprocessing.axes = axes.values;
  preprocessing.mean = fitted.vector("pca_mean");
  preprocessing.variances = fitted.vector("pca_variances");
  preprocessing.whiten = fitted.number("pca_whiten") != 0.0;
  if (axes.columns != features || preprocessing.mean.size() != features ||
      preprocessing.variances.size() != axes.rows) {
    refuse(fitted.source, "its principal components are not of " + count_of(features, "feature"));
  }
  return preprocessing;
}

}  // namespace

std::string method_name(EmbedMethod method) {
  for (const auto& [known, name] : methods) {
    if (known == method) return name;
  }
  throw Error(ErrorKind::internal, "an embedding has no such method");
}

bool has_prototypes(EmbedMethod method) {
  return method == EmbedMethod::counts || method == EmbedMethod::shares ||
         method == EmbedMethod::h2t || method == EmbedMethod::panther;
}

std::size_t EmbeddingModel::dim() const {
  const std::size_t count = prototypes.centres.rows;
  switch (method) {
    case EmbedMethod::counts:
    case EmbedMethod::shares:
      return count;
    case EmbedMethod::h2t:
      return count * source.dim;
    case EmbedMethod::panther:
      return count + 2 * count * source.dim;
    case EmbedMethod::mean:
    case EmbedMethod::deviation:
    case EmbedMethod::maximum:
      break;
  }
  return source.dim;
}

Fitted fitted_of(const EmbeddingModel& model) {
  const SlidePrototypes& prototypes = model.prototypes;
  Fitted fitted;
  fitted.kind = "embedding";
  fitted.texts = {{"method", method_name(model.method)},
                  {"metric", metric_name(prototypes.metric)},
                  {"origin", prototypes.origin},
                  {"encoder", model.source.encoder},
                  {"model_sha256", model.source.model_sha256},
                  {"pooling", model.source.pooling}};
  if (!prototypes.slides.empty()) fitted.lists["slides"] = prototypes.slides;
  fitted.features["prototypes"] = prototypes.centres;
  fitted.numbers["features"] = row_of(static_cast<double>(model.source.dim));
  fitted.numbers["sizes"] = row_of({prototypes.sizes.begin(), prototypes.sizes.end()});
  if (model.method == EmbedMethod::panther) {
    fitted.numbers["prior_variance"] = row_of(model.panther.prior_variance);
    fitted.numbers["prior_tiles"] = row_of(model.panther.prior_tiles);
    fitted.numbers["steps"] = row_of(static_cast<double>(model.panther.steps));
  }
  const Preprocessing& pca = prototypes.preprocessing;
  if (pca.components > 0) {
    DoubleMatrix axes(pca.components, pca.dim);
    axes.values = pca.axes;
    fitted.numbers["pca_axes"] = axes;
    fitted.numbers["pca_mean"] = row_of(pca.mean);
    fitted.numbers["pca_variances"] = row_of(pca.variances);
    fitted.numbers["pca_whiten"] = row_of(pca.whiten ? 1.0 : 0.0);
  }
  return fitted;
}

EmbeddingModel read_embedding_model(const std::filesystem::path& file) {
  const Fitted fitted = read_fitted(file, "embedding");
  EmbeddingModel model;
  model.method = method_of(fitted.text("method"), file);
  model.source = {fitted.text("encoder"), fitted.text("model_sha256"), fitted.text("pooling"),
                  static_cast<std::size_t>(fitted.number("features"))};
  SlidePrototypes& prototypes = model.prototypes;
  prototypes.metric = metric_of(fitted.text("metric"), file);
  prototypes.origin = file.string();
  prototypes.centres = fitted.table("prototypes");
  prototypes.preprocessing = read_preprocessing(fitted, model.source.dim);
  for (const double size : fitted.vector("sizes")) {
    prototypes.sizes.push_back(static_cast<std::int64_t>(size));
  }
  const std::size_t components = prototypes.preprocessing.components;
  const std::size_t columns = components > 0 ? components : model.source.dim;
  if (prototypes.centres.rows < 1 || prototypes.centres.columns != columns) {
    refuse(file, "its prototypes have " + count_of(prototypes.centres.columns, "number") +
                     ", and " + std::to_string(columns) + " are wanted");
  }
  if (model.method == EmbedMethod::panther) {
    model.panther.prior_variance = fitted.number("prior_variance");
    model.panther.prior_tiles = fitted.number("prior_tiles");
    model.panther.steps = static_cast<std::size_t>(fitted.number("steps"));
  }
  return model;
}

std::vector<double> embed(const EmbeddingModel& model, const FloatMatrixView& tiles,
                          std::size_t threads) {
  const SlidePrototypes& prototypes = model.prototypes;
  switch (model.method) {
    case EmbedMethod::mean:
      return mean_embedding(tiles);
    case EmbedMethod::deviation:
      return deviation_embedding(tiles);
    case EmbedMethod::maximum:
      return maximum_embedding(tiles);
    case EmbedMethod::counts:
      return count_tiles(prototypes, tiles, CountScale::unit_length, threads);
    case EmbedMethod::shares:
      return count_tiles(prototypes, tiles, CountScale::share, threads);
    case EmbedMethod::h2t:
      return h2t_embedding(tiles, prototypes.centres.view());
    case EmbedMethod::panther:
      break;
  }
  return panther_mixture(tiles, prototypes.centres.view(), model.panther).embedding();
}

}  // namespace histo
