#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>
#include <tuple>
#include <vector>

#include "histo/cluster_store.hpp"
#include "histo/version.hpp"

#include "core/files.hpp"
#include "store/hdf5.hpp"
#include "support/catch.hpp"

using namespace histo;
using hdf5::Handle;
using hdf5::Number;
using hdf5::Subject;
using histo::test::contains;
using histo::test::error_of;
namespace fs = std::filesystem;

namespace {

const Subject subject{"store", ErrorKind::internal};

ClusterTable small_table() {
  ClusterTable table;
  table.tiles = {{{0, 0, 8, 8}, "tiles/a.png"}, {{8, 0, 8, 8}, "tiles/b, c.png"}};
  table.clusters = {2, 16};
  table.labels = {{1, 0}, {15, 3}};
  return table;
}

Clustering small_clustering() {
  Clustering clustering;
  clustering.dim = 3;
  clustering.rows = 1000;
  clustering.seed = std::numeric_limits<std::uint64_t>::max();
  clustering.initialisation = "k-means++";
  clustering.metric = "euclidean";
  clustering.preprocessing = "none";
  clustering.encoder = "toy";
  clustering.model_sha256 = "0123";
  clustering.fingerprint = "00ff";
  clustering.fingerprint_parts = "a=1\nb=2\n";
  clustering.mode = "exact";
  clustering.pooling = "cls";
  clustering.centroids = {
      {2, {1, 2, 3, 4, 5, 6}, {600, 400}, 12.5, 7, true},
      {10, std::vector<float>(30, 0.5F), std::vector<std::int64_t>(10, 100), 2.25, 300, false}};
  return clustering;
}

std::size_t files_in(const fs::path& folder) {
  const fs::directory_iterator files(folder);
  return static_cast<std::size_t>(std::distance(begin(files), end(files)));
}

std::string complaint_of_table(const std::string& text) {
  const test::TempFolder temp;
  const fs::path file = temp.path() / "clusters.csv";
  std::ofstream(file, std::ios::binary) << text;
  const auto error = error_of([&] { read_cluster_table(file); });
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::input);
  return std::string(error->what()).substr(file.string().size() + 2);
}

std::string complaint_of_centroids(const fs::path& file) {
  const auto error = error_of([&] { read_centroids(file); });
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::input);
  const std::string sentence = error->what();
  REQUIRE(contains(sentence, file.string() + ": "));
  return sentence.substr(file.string().size() + 2);
}

}  // namespace

TEST_CASE("cluster table: a column for each k has HistoEncoder's name") {
  const test::TempFolder temp;
  const fs::path file = temp.path() / "clusters.csv";

  write_cluster_table(file, small_table());

  CHECK(read_text(file) ==
        "x,y,w,h,path,n_clusters=2,n_clusters=16\n"
        "0,0,8,8,tiles/a.png,1,15\n"
        "8,0,8,8,\"tiles/b, c.png\",0,3\n");
}

TEST_CASE("cluster table: what was written is read back") {
  const test::TempFolder temp;
  const fs::path file = temp.path() / "clusters.csv";
  const ClusterTable table = small_table();

  write_cluster_table(file, table);
  const ClusterTable again = read_cluster_table(file);

  CHECK(again.clusters == table.clusters);
  CHECK(again.labels == table.labels);
  REQUIRE(again.tiles.size() == 2);
  CHECK(again.tiles[1].rect == table.tiles[1].rect);
  CHECK(again.tiles[1].path == table.tiles[1].path);
}

TEST_CASE("cluster table: a slide without tiles has no rows but all columns") {
  const test::TempFolder temp;
  const fs::path file = temp.path() / "clusters.csv";
  ClusterTable table;
  table.clusters = {8};
  table.labels = {{}};

  write_cluster_table(file, table);

  CHECK(read_text(file) == "x,y,w,h,path,n_clusters=8\n");
  CHECK(read_cluster_table(file).clusters == std::vector<std::size_t>{8});
}

TEST_CASE("cluster table: too few labels are an internal error") {
  const test::TempFolder temp;
  ClusterTable missing_label = small_table();
  missing_label.labels[1].pop_back();
  ClusterTable missing_column = small_table();
  missing_column.labels.pop_back();
  for (const ClusterTable& table : {missing_label, missing_column}) {
    const auto error = error_of([&] { write_cluster_table(temp.path() / "clusters.csv", table); });
    REQUIRE(error);
    CHECK(error->kind() == ErrorKind::internal);
    CHECK(contains(error->what(), "each tile needs one label for each k"));
  }
}

TEST_CASE("cluster table: a faulty label is named by its line and column") {
  const std::string start = "x,y,w,h,path,n_clusters=8,other\n0,0,8,8,a.png,";
  CHECK(complaint_of_table(start + "8,\n") == "line 2: column n_clusters=8: '8' is no cluster");
  CHECK(complaint_of_table(start + "-1,\n") == "line 2: column n_clusters=8: '-1' is no cluster");
  CHECK(complaint_of_table(start + "a,\n") ==
        "line 2: column n_clusters=8: 'a' is not a whole number");
  CHECK(complaint_of_table("x,y,w,h,path,n_clusters=9999999999\n0,0,8,8,a.png,2147483648\n") ==
        "line 2: column n_clusters=9999999999: '2147483648' is no cluster");
  CHECK(contains(complaint_of_table("x,y,w,h\n"), "no column 'path'"));
}

TEST_CASE("centroids: what was written is read back") {
  const test::TempFolder temp;
  const fs::path file = temp.path() / "centroids.h5";
  const Clustering clustering = small_clustering();

  write_centroids(file, clustering);
  const Clustering again = read_centroids(file);

  CHECK(again.dim == clustering.dim);
  CHECK(again.rows == clustering.rows);
  CHECK(again.seed == clustering.seed);
  CHECK(again.initialisation == clustering.initialisation);
  CHECK(again.mode == clustering.mode);
  CHECK(again.pooling == clustering.pooling);
  CHECK(again.pca.components == 0);
  CHECK(again.metric == clustering.metric);
  CHECK(again.preprocessing == clustering.preprocessing);
  CHECK(again.encoder == clustering.encoder);
  CHECK(again.model_sha256 == clustering.model_sha256);
  CHECK(again.fingerprint == clustering.fingerprint);
  CHECK(again.fingerprint_parts == clustering.fingerprint_parts);
  REQUIRE(again.centroids.size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(again.centroids[i].k == clustering.centroids[i].k);
    CHECK(again.centroids[i].values == clustering.centroids[i].values);
    CHECK(again.centroids[i].sizes == clustering.centroids[i].sizes);
    CHECK(again.centroids[i].inertia == clustering.centroids[i].inertia);
    CHECK(again.centroids[i].iterations == clustering.centroids[i].iterations);
    CHECK(again.centroids[i].converged == clustering.centroids[i].converged);
  }
}

TEST_CASE("centroids: the root says what the whole clustering is about") {
  const test::TempFolder temp;
  const fs::path file = temp.path() / "centroids.h5";

  write_centroids(file, small_clustering());

  const Handle store = hdf5::open_file(file, subject);
  CHECK(hdf5::root_names(store, subject) ==
        std::vector<std::string>{"k10", "k2", "sizes_k10", "sizes_k2"});
  CHECK(hdf5::read_unsigned(store, "N", subject) == 1000U);
  CHECK(hdf5::read_text(store, "tool_version", subject) == version());
  CHECK(hdf5::read_integer(store, "format_version", subject) == 2);
}

TEST_CASE("centroids: equal content gives equal bytes") {
  const test::TempFolder temp;
  write_centroids(temp.path() / "a.h5", small_clustering());
  write_centroids(temp.path() / "b.h5", small_clustering());
  CHECK(read_file(temp.path() / "a.h5") == read_file(temp.path() / "b.h5"));
}

TEST_CASE("centroids: a faulty clustering leaves the older file as it was") {
  const test::TempFolder temp;
  const fs::path file = temp.path() / "centroids.h5";
  write_centroids(file, small_clustering());
  const auto before = read_file(file);
  Clustering faulty = small_clustering();
  faulty.centroids[1].values.pop_back();

  const auto error = error_of([&] { write_centroids(file, faulty); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::internal);
  CHECK(error->what() == file.string() + ": 29 values and 10 sizes are no 10 centroids of 3");
  CHECK(read_file(file) == before);
  CHECK(files_in(temp.path()) == 1);
}

TEST_CASE("centroids: a folder that is not there is an output error") {
  const test::TempFolder temp;
  const fs::path file = temp.path() / "none" / "centroids.h5";
  const auto error = error_of([&] { write_centroids(file, small_clustering()); });
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::output);
  CHECK(error->what() == file.string() + ": cannot be created: No such file or directory");
}

TEST_CASE("centroids: a file without centroids is refused") {
  const test::TempFolder temp;
  const fs::path file = temp.path() / "centroids.h5";
  CHECK(contains(complaint_of_centroids(file), "cannot be opened as an HDF5 file: "));
  {
    const Handle store = hdf5::create_file(file, subject);
    hdf5::write_integer(store, "format_version", 2, subject);
  }
  CHECK(complaint_of_centroids(file) == "holds no centroids");
}

TEST_CASE("centroids: a file of another version is refused with the next step") {
  const test::TempFolder temp;
  const fs::path file = temp.path() / "centroids.h5";
  {
    const Handle store = hdf5::create_file(file, subject);
    hdf5::write_integer(store, "format_version", 1, subject);
  }
  CHECK(complaint_of_centroids(file) ==
        "is of format version 1, and this program reads 2; cluster again");
}

TEST_CASE("centroids: principal components are kept to the last bit") {
  const test::TempFolder temp;
  const fs::path file = temp.path() / "centroids.h5";
  Clustering clustering = small_clustering();
  clustering.pca = {3, true, {0.1, 0.2, 0.3, 0.4}, std::vector<double>(12, 1.0 / 3.0), {3, 2, 0.1}};

  write_centroids(file, clustering);
  const StoredPca pca = read_centroids(file).pca;

  CHECK(pca.components == 3);
  CHECK(pca.whiten);
  CHECK(pca.mean == clustering.pca.mean);
  CHECK(pca.axes == clustering.pca.axes);
  CHECK(pca.variances == clustering.pca.variances);
}

TEST_CASE("centroids: principal components that do not fit each other are refused") {
  const test::TempFolder temp;
  const fs::path file = temp.path() / "centroids.h5";
  Clustering clustering = small_clustering();
  clustering.pca = {3, false, {0.1, 0.2, 0.3, 0.4}, std::vector<double>(11), {3, 2, 0.1}};
  const auto error = error_of([&] { write_centroids(file, clustering); });
  REQUIRE(error);
  CHECK(contains(error->what(), "11 values are no 3 axes of 4"));

  clustering.pca.axes.resize(12);
  write_centroids(file, clustering);
  {
    const Handle store =
        hdf5::owned(H5Fopen(file.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose, subject, "opened");
    H5Ldelete(store.get(), "pca_mean", H5P_DEFAULT);
    hdf5::TableWriter mean(store, "pca_mean", Number::float64, 3, subject);
    mean.append(std::vector<double>(3).data(), 1);
    mean.finish();
  }
  CHECK(complaint_of_centroids(file) == "/pca_mean does not fit the other principal components");
}

TEST_CASE("centroids: sizes that are missing or of another number are refused") {
  const test::TempFolder temp;
  const fs::path file = temp.path() / "centroids.h5";
  const auto write = [&](std::size_t sizes) {
    const Handle store = hdf5::create_file(file, subject);
    hdf5::write_integer(store, "format_version", 2, subject);
    hdf5::TableWriter table(store, "k2", Number::float32, 3, subject);
    table.append(std::vector<float>(6).data(), 2);
    table.finish();
    if (sizes == 0) return;
    hdf5::TableWriter counts(store, "sizes_k2", Number::int64, 1, subject);
    counts.append(std::vector<std::int64_t>(sizes).data(), sizes);
    counts.finish();
  };
  write(0);
  CHECK(complaint_of_centroids(file) == "has no dataset /sizes_k2");
  write(3);
  CHECK(complaint_of_centroids(file) == "/sizes_k2 does not hold 2 sizes");
}

TEST_CASE("centroids: a dataset of another shape is refused") {
  const test::TempFolder temp;
  const fs::path file = temp.path() / "centroids.h5";
  const auto write = [&](std::size_t columns) {
    const Handle store = hdf5::create_file(file, subject);
    const std::vector<float> values(100);
    hdf5::write_integer(store, "format_version", 2, subject);
    hdf5::TableWriter sizes(store, "sizes_k2", Number::int64, 1, subject);
    sizes.append(std::vector<std::int64_t>(2).data(), 2);
    sizes.finish();
    for (const auto& [name, rows, width] :
         {std::tuple<const char*, std::size_t, std::size_t>{"k2", 2, 3}, {"k4", 3, columns}}) {
      hdf5::TableWriter table(store, name, Number::float32, width, subject);
      table.append(values.data(), rows);
      table.finish();
    }
  };
  write(3);
  CHECK(complaint_of_centroids(file) == "/k4 holds 3 x 3 values, not 4 x 3");
  write(5);
  CHECK(complaint_of_centroids(file) == "/k4 holds 3 x 5 values, not 4 x 3");
}

TEST_CASE("centroids: a count of another type is named") {
  const test::TempFolder temp;
  const fs::path file = temp.path() / "centroids.h5";
  {
    const Handle store = hdf5::create_file(file, subject);
    hdf5::write_integer(store, "format_version", 2, subject);
    hdf5::write_text(store, "N", "many", subject);
  }
  CHECK(complaint_of_centroids(file) == "attribute 'N' is not a single whole number");
}

TEST_CASE("cluster summary: a line for each k") {
  const test::TempFolder temp;
  const fs::path file = temp.path() / "summary.csv";

  write_cluster_summary(file,
                        {{8, 1234.5, 0.25, 10000, 561.5, 0.6, 0.875, 5, 10, 200, 17, 0.125},
                         {16, 1000.0, -0.5, 500, 300.0, 1.5, std::nullopt, 0, 1, 100, 300, 2.0}});

  CHECK(read_text(file) ==
        "k,inertia,silhouette,silhouette_sample,calinski_harabasz,davies_bouldin,stability,"
        "stability_seeds,smallest_cluster,largest_cluster,iterations,seconds\n"
        "8,1234.5,0.25,10000,561.5,0.6,0.875,5,10,200,17,0.125\n"
        "16,1000,-0.5,500,300,1.5,,0,1,100,300,2\n");
}
