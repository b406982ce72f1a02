#pragma once
/// Two slides that are cut and have clusters, for the tests of annotate.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "histo/annotate_job.hpp"
#include "histo/cluster_store.hpp"
#include "histo/tile_table.hpp"

#include "core/csv.hpp"
#include "core/files.hpp"
#include "jobs/jobs_fixture.hpp"

namespace histo::test {

namespace fs = std::filesystem;

/// Two slides that are cut, whose tiles have clusters by their place: in s0 0, 1, 2, 3, 0, 1, ..,
/// in s1 all 0.
struct Clustered : Workplace {
  Clustered() {
    cut();
    cluster(0, {4}, [](std::size_t i) { return static_cast<std::int32_t>(i % 4); });
    cluster(1, {4}, [](std::size_t) { return 0; });
  }

  template <class Label>
  void cluster(int index, const std::vector<std::size_t>& clusters, const Label& label) const {
    ClusterTable table;
    table.tiles = tiles(index);
    table.clusters = clusters;
    for (std::size_t c = 0; c < clusters.size(); ++c) {
      auto& labels = table.labels.emplace_back();
      for (std::size_t i = 0; i < table.tiles.size(); ++i) labels.push_back(label(i));
    }
    write_cluster_table(folder(index) / "clusters.csv", table);
  }

  std::vector<TileRow> tiles(int index) const {
    return kept_tiles(read_tile_table(folder(index) / "metadata.csv"));
  }

  fs::path write(const std::string& name, const std::string& text) const {
    replace_file(path() / name, text);
    return path() / name;
  }

  /// A label for each of the first `labels` tiles of s0.
  fs::path label_first(const std::vector<std::string>& labels) const {
    std::string text = "slide,x,y,label\n";
    const std::vector<TileRow> rows = tiles(0);
    for (std::size_t i = 0; i < labels.size(); ++i) {
      text += "s0," + std::to_string(rows[i].rect.x) + "," + std::to_string(rows[i].rect.y) + "," +
              labels[i] + "\n";
    }
    return write("labels.csv", text);
  }

  AnnotateJobOptions options() const {
    AnnotateJobOptions options;
    options.inputs = {output()};
    options.clusters = 4;
    options.output = path() / "annotated";
    return options;
  }

  fs::path result(const std::string& name) const { return path() / "annotated" / name; }

  CsvTable table(const std::string& name) const { return parse_csv(read_text(result(name)), name); }
};

inline AnalysisReport annotate(const AnnotateJobOptions& options, Listener& listener) {
  return run_annotate_job(options, listener, never_stop());
}

inline std::string annotate_message(const AnnotateJobOptions& options) {
  Listener listener;
  const auto error = error_of([&] { annotate(options, listener); });
  return error ? error->what() : "no error";
}

inline std::string cell(const CsvTable& table, std::size_t row, const char* column) {
  return table.rows[row][table.column(column)];
}

inline std::string square(const Rect& rect, const std::string& name) {
  const auto point = [](std::int64_t x, std::int64_t y) {
    return "[" + std::to_string(x) + "," + std::to_string(y) + "]";
  };
  const std::int64_t right = rect.x + rect.width;
  const std::int64_t bottom = rect.y + rect.height;
  return R"({"type":"Feature","geometry":{"type":"Polygon","coordinates":[[)" +
         point(rect.x, rect.y) + "," + point(right, rect.y) + "," + point(right, bottom) + "," +
         point(rect.x, bottom) + R"(]]},"properties":{"classification":)" +
         (name.empty() ? "null" : R"({"name":")" + name + "\"}") + "}}";
}

inline std::string collection(const std::vector<std::string>& features) {
  std::string text;
  for (const std::string& feature : features) text += (text.empty() ? "" : ",") + feature;
  return R"({"type":"FeatureCollection","features":[)" + text + "]}";
}

}  // namespace histo::test
