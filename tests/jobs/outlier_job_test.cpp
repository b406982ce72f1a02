#include <algorithm>
#include <map>
#include <set>

#include "histo/outliers.hpp"

#include "core/files.hpp"
#include "jobs/measured_slides.hpp"

using namespace histo;
using histo::test::column_of;
using histo::test::contains;
using histo::test::contents;
using histo::test::cut_tiles;
using histo::test::error_of;
using histo::test::Listener;
using histo::test::Measured;
using histo::test::never_stop;
using histo::test::table_of;
using histo::test::Workplace;

namespace {

RunReport run(const OutlierJobOptions& options, Listener& listener) {
  return run_outlier_job(options, listener, never_stop());
}

RunReport run(const OutlierJobOptions& options) {
  Listener listener;
  return run(options, listener);
}

std::string message(const OutlierJobOptions& options, ErrorKind kind = ErrorKind::input) {
  const auto error = error_of([&] { run(options); });
  REQUIRE(error);
  CHECK(error->kind() == kind);
  return error->what();
}

}  // namespace

TEST_CASE("outlier job: every tile gets a cluster, and none is marked unless asked for") {
  const Measured place;
  Listener listener;

  const RunReport report = run(place.options(), listener);

  CHECK(report.count(Outcome::done) == 2);
  CHECK(report.tiles() ==
        table_of(place.folder(0)).rows.size() + table_of(place.folder(1)).rows.size());
  const auto clusters = place.cells("outlier_cluster");
  CHECK(clusters.size() == report.tiles());
  CHECK(std::set<std::string>(clusters.begin(), clusters.end()) ==
        std::set<std::string>{"0", "1", "2"});
  const auto marks = place.cells("outlier");
  CHECK(marks == std::vector<std::string>(clusters.size(), "0"));
  const TileTable table = table_of(place.folder(0));
  CHECK(table.columns.at(table.columns.size() - 2) == "outlier_cluster");
  CHECK(table.columns.back() == "outlier");
}

TEST_CASE("outlier job: cluster 0 holds the tiles that are least like the others") {
  const Measured place;
  run(place.options());

  const TileTable table = table_of(place.folder(1));
  const auto clusters = column_of(table, "outlier_cluster");
  std::size_t blue = 0;
  for (std::size_t i = 0; i < clusters.size(); ++i) {
    const bool is_blue = table.rows[i].rect.x < 256 && table.rows[i].rect.y < 256;
    CHECK((clusters[i] == "0") == is_blue);
    if (is_blue) ++blue;
  }
  CHECK(blue == 4);
  const auto others = column_of(table_of(place.folder(0)), "outlier_cluster");
  CHECK(std::count(others.begin(), others.end(), "0") == 0);
}

TEST_CASE("outlier job: the clusters' numbers fall with their distance from the mean centre") {
  const Measured place;
  run(place.options(4));
  std::map<std::string, std::pair<std::vector<double>, double>> sums;
  for (int slide = 0; slide < 2; ++slide) {
    const TileTable table = table_of(place.folder(slide));
    const auto labels = column_of(table, "outlier_cluster");
    for (std::size_t row = 0; row < table.rows.size(); ++row) {
      auto& [sum, count] = sums[labels[row]];
      const auto columns = outlier_columns(table.columns);
      sum.resize(columns.size());
      for (std::size_t i = 0; i < columns.size(); ++i) {
        sum[i] += std::stod(table.rows[row].more[columns[i]]);
      }
      ++count;
    }
  }
  REQUIRE(sums.size() == 4);
  std::vector<double> mean(sums["0"].first.size(), 0.0);
  for (auto& [label, part] : sums) {
    for (std::size_t i = 0; i < mean.size(); ++i) {
      part.first[i] /= part.second;
      mean[i] += part.first[i] / 4.0;
    }
  }

  std::vector<double> distances;
  for (const auto& [label, part] : sums) {
    double distance = 0.0;
    for (std::size_t i = 0; i < mean.size(); ++i) {
      distance += (part.first[i] - mean[i]) * (part.first[i] - mean[i]);
    }
    distances.push_back(distance);
  }

  CHECK(std::is_sorted(distances.rbegin(), distances.rend()));
}

TEST_CASE("outlier job: each cluster gets a sheet, and sheets of another run go") {
  const Measured place;
  Listener listener;
  run(place.options(4), listener);
  for (const char* name : {"cluster_0.jpeg", "cluster_3.jpeg"}) {
    CHECK(test::image_of(place.output() / "outliers", name).width() > 100);
  }
  run(place.options(2));
  CHECK(std::filesystem::exists(place.output() / "outliers/cluster_1.jpeg"));
  CHECK_FALSE(std::filesystem::exists(place.output() / "outliers/cluster_2.jpeg"));
  OutlierJobOptions none = place.options(2);
  none.sheet_tiles = 0;

  run(none);

  CHECK_FALSE(std::filesystem::exists(place.output() / "outliers"));
}

TEST_CASE("outlier job: sheets are made of tiles that lie in a tar or in the slide") {
  for (const SaveTiles save : {SaveTiles::tar, SaveTiles::none}) {
    const Measured place(save);
    Listener listener;

    run(place.options(), listener);

    CHECK(std::filesystem::exists(place.output() / "outliers/cluster_0.jpeg"));
    for (const std::string& note : listener.notes) CHECK_FALSE(contains(note, "is missing"));
  }
}

TEST_CASE("outlier job: a tile that cannot be read is missing on the sheet and named") {
  const Measured place;
  const std::string path = table_of(place.folder(1)).rows.at(0).path;
  std::filesystem::remove(place.folder(1) / path);
  Listener listener;

  const RunReport report = run(place.options(), listener);

  CHECK(report.count(Outcome::done) == 2);
  CHECK(std::any_of(listener.notes.begin(), listener.notes.end(), [&](const std::string& note) {
    return contains(note, path) && contains(note, "is missing on the contact sheet");
  }));
}

TEST_CASE(
    "outlier job: the tiles of dropped clusters are marked, and running again replaces both") {
  const Measured place;
  run(place.options(4));
  const std::string before = place.table_text(1).substr(0, place.table_text(1).find('\n'));
  OutlierJobOptions options = place.options(3);
  options.drop = {0, 2};

  run(options);

  CHECK(place.table_text(1).substr(0, place.table_text(1).find('\n')) == before);
  const auto clusters = place.cells("outlier_cluster");
  const auto marks = place.cells("outlier");
  REQUIRE(marks.size() == clusters.size());
  for (std::size_t i = 0; i < marks.size(); ++i)
    CHECK(marks[i] == (clusters[i] == "1" ? "0" : "1"));
  CHECK(std::count(clusters.begin(), clusters.end(), "3") == 0);
}

TEST_CASE("outlier job: nothing else in the tables changes, and tiles are still done already") {
  const Measured place;
  const TileTable before = table_of(place.folder(1));

  run(place.options());

  const TileTable after = table_of(place.folder(1));
  REQUIRE(after.rows.size() == before.rows.size());
  for (std::size_t i = 0; i < after.rows.size(); ++i) {
    CHECK(after.rows[i].rect == before.rows[i].rect);
    CHECK(after.rows[i].path == before.rows[i].path);
    CHECK(std::equal(before.rows[i].more.begin(), before.rows[i].more.end(),
                     after.rows[i].more.begin()));
  }
  TileJobOptions same = place.tile_options();
  same.saving.metrics = true;
  CHECK(cut_tiles(same).count(Outcome::skipped) == 2);
}

TEST_CASE("outlier job: files do not depend on the threads, and the seed settles them") {
  const Measured place;
  std::vector<std::vector<std::pair<std::string, std::string>>> results;
  for (const std::size_t threads : std::vector<std::size_t>{1, 2, 4, 1}) {
    OutlierJobOptions options = place.options();
    options.threads = threads;
    options.drop = {0};
    run(options);
    results.push_back(contents(place.output()));
  }

  for (const auto& result : results) CHECK(result == results[0]);
}

TEST_CASE("outlier job: a slide without tiles takes no part") {
  const Measured place;
  const std::string text = place.table_text(0);
  replace_file(place.folder(0) / "metadata.csv", text.substr(0, text.find('\n') + 1));
  Listener listener;

  const RunReport report = run(place.options(), listener);

  CHECK(report.count(Outcome::done) == 1);
  CHECK(std::find(listener.notes.begin(), listener.notes.end(),
                  place.folder(0).string() + ": has no tiles") != listener.notes.end());
  replace_file(place.folder(1) / "metadata.csv", text.substr(0, text.find('\n') + 1));
  CHECK(message(place.options()) == place.output().string() + ": no slide has tiles");
}

TEST_CASE("outlier job: tables without metrics are named with what makes them") {
  const Workplace place;
  place.cut();
  OutlierJobOptions options;
  options.inputs = {place.output()};

  CHECK(message(options) == (place.folder(0) / "metadata.csv").string() +
                                ": has no metrics; 'histoprep --metrics --overwrite' makes them");
}

TEST_CASE("outlier job: slides with other metrics cannot be clustered together") {
  const Measured place;
  place.edit(1, ",gray_mean,", ",grey_mean,");

  CHECK(message(place.options()) == (place.folder(1) / "metadata.csv").string() +
                                        ": has other metrics than " +
                                        (place.folder(0) / "metadata.csv").string());
}

TEST_CASE("outlier job: a cell that is no number is named with its row and column") {
  for (const std::string cell : {"", "much", "nan", "1e999", "1;2"}) {
    const Measured place;
    const TileTable table = table_of(place.folder(1));
    const std::string good = column_of(table, "laplacian_std").at(0);
    place.edit(1, "," + good + ",", "," + cell + ",");
    const std::string before = place.table_text(0);

    CHECK(message(place.options()) == (place.folder(1) / "metadata.csv").string() +
                                          ": row 1 has no number in laplacian_std, but '" + cell +
                                          "'");
    CHECK(place.table_text(0) == before);
  }
}

TEST_CASE("outlier job: fewer tiles than clusters are counted") {
  const Measured place;
  const std::size_t tiles =
      table_of(place.folder(0)).rows.size() + table_of(place.folder(1)).rows.size();

  CHECK(message(place.options(500)) == place.output().string() + ": " + std::to_string(tiles) +
                                           " tiles cannot make --clusters 500");
}

TEST_CASE("outlier job: interrupted, it leaves the tables and sheets as they were") {
  const Measured place;
  OutlierJobOptions options = place.options();
  run(options);
  const auto before = contents(place.output());
  options.clusters = 4;
  options.drop = {0};
  std::atomic<bool> stop{false};
  Listener listener;
  listener.on_progress = [&](std::size_t done, std::size_t, const std::string&) {
    if (done == 2) stop = true;
  };

  const RunReport report = run_outlier_job(options, listener, stop);

  CHECK(report.interrupted);
  CHECK(report.count(Outcome::interrupted) == 2);
  CHECK(contents(place.output()) == before);
}

TEST_CASE("outlier job: options out of range are named with their values") {
  OutlierJobOptions options;
  CHECK(message(options, ErrorKind::usage) == "--output must name a folder");
  options.inputs = {"tiles"};
  options.clusters = 1;
  CHECK(message(options, ErrorKind::usage) == "--clusters must be at least 2, got 1");
  options.clusters = 4;
  options.drop = {0, 4};
  CHECK(message(options, ErrorKind::usage) == "--drop names the cluster 4, and the last one is 3");
  options.drop = {};
  options.threads = 0;
  CHECK(message(options, ErrorKind::usage) == "--threads must be at least 1, got 0");
}

TEST_CASE("outlier job: a folder that is not there or holds no slides is named") {
  const Workplace place;
  OutlierJobOptions options;
  options.inputs = {place.path() / "nowhere"};
  CHECK(contains(message(options), "nowhere: there is no such folder"));
  options.inputs = {place.path()};
  CHECK(contains(message(options), "no slide folder with a metadata.csv; histoprep makes them"));
}
