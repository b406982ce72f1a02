#include "histo/cluster_store.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <system_error>
#include <utility>

#include "histo/error.hpp"
#include "histo/version.hpp"

#include "core/csv.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "store/hdf5.hpp"
#include "store/layout.hpp"
#include "store/table_cells.hpp"

namespace histo {

namespace {

constexpr std::int64_t format_version =
    2;  // 1: without sizes, mode, pooling and principal components

constexpr const char* mean_name = "pca_mean";
constexpr const char* axes_name = "pca_axes";
constexpr const char* variances_name = "pca_variances";

using hdf5::Handle;
using hdf5::Number;
using hdf5::Subject;

std::string sizes_dataset(std::size_t k) { return "sizes_" + centroids_dataset(k); }

void check_labels(const ClusterTable& table) {
  bool fits = table.labels.size() == table.clusters.size();
  for (const auto& labels : table.labels) fits = fits && labels.size() == table.tiles.size();
  if (!fits) throw Error(ErrorKind::internal, "each tile needs one label for each k");
}

void write_clustering_info(const Handle& store, const Clustering& clustering,
                           const Subject& subject) {
  hdf5::write_text(store, "encoder", clustering.encoder, subject);
  hdf5::write_text(store, "model_sha256", clustering.model_sha256, subject);
  hdf5::write_text(store, "pooling", clustering.pooling, subject);
  hdf5::write_unsigned(store, "N", clustering.rows, subject);
  hdf5::write_text(store, "fingerprint", clustering.fingerprint, subject);
  hdf5::write_text(store, "fingerprint_parts", clustering.fingerprint_parts, subject);
  hdf5::write_text(store, "tool_version", version(), subject);
  hdf5::write_integer(store, "format_version", format_version, subject);
}

void write_one_k(const Handle& store, const Clustering& clustering, const Centroids& centroids,
                 const Subject& subject) {
  const std::size_t dim = clustering.dim;
  if (dim == 0 || centroids.k == 0 || centroids.values.size() != centroids.k * dim ||
      centroids.sizes.size() != centroids.k) {
    throw Error(ErrorKind::internal, subject.name + ": " + std::to_string(centroids.values.size()) +
                                         " values and " + std::to_string(centroids.sizes.size()) +
                                         " sizes are no " + std::to_string(centroids.k) +
                                         " centroids of " + std::to_string(dim));
  }
  const std::string name = centroids_dataset(centroids.k);
  hdf5::TableWriter writer(store, name.c_str(), Number::float32, dim, subject);
  writer.append(centroids.values.data(), centroids.k);
  const Handle& table = writer.dataset();
  hdf5::write_number(table, "inertia", centroids.inertia, subject);
  hdf5::write_unsigned(table, "iterations", centroids.iterations, subject);
  hdf5::write_integer(table, "converged", centroids.converged ? 1 : 0, subject);
  hdf5::write_unsigned(table, "seed", clustering.seed, subject);
  hdf5::write_text(table, "mode", clustering.mode, subject);
  hdf5::write_text(table, "initialisation", clustering.initialisation, subject);
  hdf5::write_text(table, "metric", clustering.metric, subject);
  hdf5::write_text(table, "preprocessing", clustering.preprocessing, subject);
  writer.finish();
  hdf5::TableWriter sizes(store, sizes_dataset(centroids.k).c_str(), Number::int64, 1, subject);
  sizes.append(centroids.sizes.data(), centroids.k);
  sizes.finish();
}

void write_numbers(const Handle& store, const char* name, const std::vector<double>& values,
                   std::size_t columns, const Subject& subject) {
  hdf5::TableWriter writer(store, name, Number::float64, columns, subject);
  writer.append(values.data(), values.size() / columns);
  writer.finish();
}

void write_pca(const Handle& store, const StoredPca& pca, const Subject& subject) {
  if (pca.components == 0) return;
  const std::size_t features = pca.mean.size();
  if (features == 0 || pca.axes.size() != pca.components * features ||
      pca.variances.size() != pca.components) {
    throw Error(ErrorKind::internal, subject.name + ": " + std::to_string(pca.axes.size()) +
                                         " values are no " + std::to_string(pca.components) +
                                         " axes of " + std::to_string(features));
  }
  hdf5::write_integer(store, "whiten", pca.whiten ? 1 : 0, subject);
  write_numbers(store, mean_name, pca.mean, features, subject);
  write_numbers(store, axes_name, pca.axes, features, subject);
  write_numbers(store, variances_name, pca.variances, pca.components, subject);
}

std::vector<double> read_numbers(const Handle& store, const char* name, hdf5::Shape wanted,
                                 const Subject& subject) {
  const hdf5::Table table = hdf5::open_table(store, name, Number::float64, subject);
  if (table.shape.rows != wanted.rows || table.shape.columns != wanted.columns) {
    throw Error(subject.kind,
                subject.name + ": /" + name + " does not fit the other principal components");
  }
  std::vector<double> values(wanted.rows * wanted.columns);
  hdf5::read_rows(table, Number::float64, 0, wanted, values.data(), subject);
  return values;
}

StoredPca read_pca(const Handle& store, const Subject& subject) {
  StoredPca pca;
  const std::vector<std::string> names = hdf5::root_names(store, subject);
  if (std::find(names.begin(), names.end(), axes_name) == names.end()) return pca;
  const hdf5::Shape shape = hdf5::open_table(store, axes_name, Number::float64, subject).shape;
  pca.components = shape.rows;
  pca.whiten = hdf5::read_integer(store, "whiten", subject).value_or(0) != 0;
  pca.axes = read_numbers(store, axes_name, shape, subject);
  pca.mean = read_numbers(store, mean_name, {1, shape.columns}, subject);
  pca.variances = read_numbers(store, variances_name, {1, shape.rows}, subject);
  return pca;
}

std::vector<std::int64_t> read_sizes(const Handle& store, std::size_t k, const Subject& subject) {
  const std::string name = sizes_dataset(k);
  const hdf5::Table table = hdf5::open_table(store, name.c_str(), Number::int64, subject);
  if (table.shape.rows != k || table.shape.columns != 1) {
    throw Error(subject.kind,
                subject.name + ": /" + name + " does not hold " + std::to_string(k) + " sizes");
  }
  std::vector<std::int64_t> sizes(k);
  hdf5::read_rows(table, Number::int64, 0, table.shape, sizes.data(), subject);
  return sizes;
}

void fill_centroids(const std::filesystem::path& file, const Clustering& clustering,
                    const Subject& subject) {
  Handle store = hdf5::create_file(file, subject);
  write_clustering_info(store, clustering, subject);
  for (const Centroids& centroids : clustering.centroids) {
    write_one_k(store, clustering, centroids, subject);
  }
  write_pca(store, clustering.pca, subject);
  hdf5::close_file(store, subject);
}

void read_one_k(const Handle& store, std::size_t k, Clustering& clustering,
                const Subject& subject) {
  const std::string name = centroids_dataset(k);
  const hdf5::Table table = hdf5::open_table(store, name.c_str(), Number::float32, subject);
  const auto text = [&](const char* key) {
    return hdf5::read_text(table.dataset, key, subject).value_or("");
  };
  const auto number = [&](const char* key) {
    return hdf5::read_unsigned(table.dataset, key, subject).value_or(0);
  };
  const hdf5::Shape wanted = {k, clustering.dim == 0 ? table.shape.columns : clustering.dim};
  if (table.shape.rows != wanted.rows || table.shape.columns != wanted.columns) {
    throw Error(subject.kind,
                subject.name + ": /" + name + " holds " + std::to_string(table.shape.rows) + " x " +
                    std::to_string(table.shape.columns) + " values, not " +
                    std::to_string(wanted.rows) + " x " + std::to_string(wanted.columns));
  }
  clustering.dim = wanted.columns;
  clustering.seed = number("seed");
  clustering.mode = text("mode");
  clustering.initialisation = text("initialisation");
  clustering.metric = text("metric");
  clustering.preprocessing = text("preprocessing");

  Centroids centroids;
  centroids.k = k;
  centroids.inertia = hdf5::read_number(table.dataset, "inertia", subject).value_or(0.0);
  centroids.iterations = number("iterations");
  centroids.converged = number("converged") != 0;
  centroids.values.resize(wanted.rows * wanted.columns);
  hdf5::read_rows(table, Number::float32, 0, wanted, centroids.values.data(), subject);
  centroids.sizes = read_sizes(store, k, subject);
  clustering.centroids.push_back(std::move(centroids));
}

}  // namespace

std::string cluster_table_text(const ClusterTable& table) {
  check_labels(table);
  std::vector<std::string> header = tile_columns();
  for (const std::size_t k : table.clusters) header.push_back(cluster_column(k));
  std::string text = csv_line(header);
  for (std::size_t row = 0; row < table.tiles.size(); ++row) {
    std::vector<std::string> cells = tile_cells(table.tiles[row]);
    for (const auto& labels : table.labels) cells.push_back(std::to_string(labels[row]));
    text += csv_line(cells);
  }
  return text;
}

void write_cluster_table(const std::filesystem::path& file, const ClusterTable& table) {
  replace_file(file, cluster_table_text(table));
}

ClusterTable read_cluster_table(const std::filesystem::path& file) {
  const CsvTable csv = parse_csv(read_text(file), file.string());
  const TileCells cells(csv);
  ClusterTable table;
  table.tiles.reserve(csv.rows.size());
  for (std::size_t row = 0; row < csv.rows.size(); ++row) table.tiles.push_back(cells.tile(row));
  for (std::size_t column = 0; column < csv.header.size(); ++column) {
    constexpr std::int64_t largest_label = std::numeric_limits<std::int32_t>::max();
    const std::optional<std::size_t> k = parse_cluster_column(csv.header[column]);
    if (!k) continue;
    table.clusters.push_back(*k);
    std::vector<std::int32_t>& labels = table.labels.emplace_back();
    labels.reserve(csv.rows.size());
    for (std::size_t row = 0; row < csv.rows.size(); ++row) {
      const std::int64_t label = cells.integer(row, column);
      if (label < 0 || static_cast<std::size_t>(label) >= *k || label > largest_label) {
        cells.fail(row, column, "is no cluster");
      }
      labels.push_back(static_cast<std::int32_t>(label));
    }
  }
  return table;
}

void write_centroids(const std::filesystem::path& file, const Clustering& clustering) {
  const std::filesystem::path temporary = temporary_name(file);
  try {
    fill_centroids(temporary, clustering, {file.string(), ErrorKind::output});
  } catch (...) {
    std::error_code ignored;
    std::filesystem::remove(temporary, ignored);
    throw;
  }
  commit_file(temporary, file);
}

Clustering read_centroids(const std::filesystem::path& file) {
  const Subject subject = {file.string(), ErrorKind::input};
  const Handle store = hdf5::open_file(file, subject);
  const auto text = [&](const char* name) {
    return hdf5::read_text(store, name, subject).value_or("");
  };
  Clustering clustering;
  clustering.encoder = text("encoder");
  clustering.model_sha256 = text("model_sha256");
  clustering.pooling = text("pooling");
  const std::int64_t version = hdf5::read_integer(store, "format_version", subject).value_or(0);
  if (version != format_version) {
    throw Error(subject.kind, subject.name + ": is of format version " + std::to_string(version) +
                                  ", and this program reads " + std::to_string(format_version) +
                                  "; cluster again");
  }
  clustering.rows = hdf5::read_unsigned(store, "N", subject).value_or(0);
  clustering.fingerprint = text("fingerprint");
  clustering.fingerprint_parts = text("fingerprint_parts");

  std::vector<std::size_t> clusters;
  for (const std::string& name : hdf5::root_names(store, subject)) {
    if (const auto k = parse_centroids_dataset(name)) clusters.push_back(*k);
  }
  if (clusters.empty()) throw Error(subject.kind, subject.name + ": holds no centroids");
  std::sort(clusters.begin(), clusters.end());
  for (const std::size_t k : clusters) read_one_k(store, k, clustering, subject);
  clustering.pca = read_pca(store, subject);
  return clustering;
}

void write_cluster_summary(const std::filesystem::path& file,
                           const std::vector<ClusterSummary>& rows) {
  std::string text =
      csv_line({"k", "inertia", "silhouette", "silhouette_sample", "calinski_harabasz",
                "davies_bouldin", "stability", "stability_seeds", "smallest_cluster",
                "largest_cluster", "iterations", "seconds"});
  for (const ClusterSummary& row : rows) {
    text += csv_line({std::to_string(row.k), number(row.inertia), number(row.silhouette),
                      std::to_string(row.silhouette_sample), number(row.calinski_harabasz),
                      number(row.davies_bouldin), row.stability ? number(*row.stability) : "",
                      std::to_string(row.stability_seeds), std::to_string(row.smallest_cluster),
                      std::to_string(row.largest_cluster), std::to_string(row.iterations),
                      number(row.seconds)});
  }
  replace_file(file, text);
}

}  // namespace histo
