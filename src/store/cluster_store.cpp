#include "histo/cluster_store.hpp"

#include <algorithm>
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

constexpr std::int64_t format_version = 1;

using hdf5::Handle;
using hdf5::Number;
using hdf5::Subject;

void check_sizes(const ClusterTable& table, const std::string& name) {
  bool fits = table.labels.size() == table.clusters.size();
  for (const auto& labels : table.labels) fits = fits && labels.size() == table.tiles.size();
  if (!fits) throw Error(ErrorKind::internal, name + ": each tile needs one label for each k");
}

void write_clustering_info(const Handle& store, const Clustering& clustering,
                           const Subject& subject) {
  hdf5::write_text(store, "encoder", clustering.encoder, subject);
  hdf5::write_text(store, "model_sha256", clustering.model_sha256, subject);
  hdf5::write_unsigned(store, "N", clustering.rows, subject);
  hdf5::write_text(store, "fingerprint", clustering.fingerprint, subject);
  hdf5::write_text(store, "fingerprint_parts", clustering.fingerprint_parts, subject);
  hdf5::write_text(store, "tool_version", version(), subject);
  hdf5::write_integer(store, "format_version", format_version, subject);
}

void write_one_k(const Handle& store, const Clustering& clustering, const Centroids& centroids,
                 const Subject& subject) {
  const std::size_t dim = clustering.dim;
  if (dim == 0 || centroids.k == 0 || centroids.values.size() != centroids.k * dim) {
    throw Error(ErrorKind::internal, subject.name + ": " + std::to_string(centroids.values.size()) +
                                         " values are no " + std::to_string(centroids.k) +
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
  hdf5::write_text(table, "initialisation", clustering.initialisation, subject);
  hdf5::write_text(table, "metric", clustering.metric, subject);
  hdf5::write_text(table, "preprocessing", clustering.preprocessing, subject);
  writer.finish();
}

void fill_centroids(const std::filesystem::path& file, const Clustering& clustering,
                    const Subject& subject) {
  Handle store = hdf5::create_file(file, subject);
  write_clustering_info(store, clustering, subject);
  for (const Centroids& centroids : clustering.centroids) {
    write_one_k(store, clustering, centroids, subject);
  }
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
  clustering.centroids.push_back(std::move(centroids));
}

}  // namespace

void write_cluster_table(const std::filesystem::path& file, const ClusterTable& table) {
  check_sizes(table, file.string());
  std::vector<std::string> header = tile_columns();
  for (const std::size_t k : table.clusters) header.push_back(cluster_column(k));
  std::string text = csv_line(header);
  for (std::size_t row = 0; row < table.tiles.size(); ++row) {
    std::vector<std::string> cells = tile_cells(table.tiles[row]);
    for (const auto& labels : table.labels) cells.push_back(std::to_string(labels[row]));
    text += csv_line(cells);
  }
  replace_file(file, text);
}

ClusterTable read_cluster_table(const std::filesystem::path& file) {
  const CsvTable csv = parse_csv(read_text(file), file.string());
  const TileCells cells(csv);
  ClusterTable table;
  table.tiles.reserve(csv.rows.size());
  for (std::size_t row = 0; row < csv.rows.size(); ++row) table.tiles.push_back(cells.tile(row));
  for (std::size_t column = 0; column < csv.header.size(); ++column) {
    const std::optional<std::size_t> k = parse_cluster_column(csv.header[column]);
    if (!k) continue;
    table.clusters.push_back(*k);
    std::vector<std::int32_t>& labels = table.labels.emplace_back();
    labels.reserve(csv.rows.size());
    for (std::size_t row = 0; row < csv.rows.size(); ++row) {
      const std::int64_t label = cells.integer(row, column);
      if (label < 0 || static_cast<std::size_t>(label) >= *k) {
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
  return clustering;
}

void write_cluster_summary(const std::filesystem::path& file,
                           const std::vector<ClusterSummary>& rows) {
  std::string text =
      csv_line({"k", "inertia", "silhouette", "silhouette_sample", "calinski_harabasz",
                "davies_bouldin", "smallest_cluster", "largest_cluster", "iterations", "seconds"});
  for (const ClusterSummary& row : rows) {
    text += csv_line({std::to_string(row.k), number(row.inertia), number(row.silhouette),
                      std::to_string(row.silhouette_sample), number(row.calinski_harabasz),
                      number(row.davies_bouldin), std::to_string(row.smallest_cluster),
                      std::to_string(row.largest_cluster), std::to_string(row.iterations),
                      number(row.seconds)});
  }
  replace_file(file, text);
}

}  // namespace histo
