#pragma once
/// Two slides that are cut, and a table with scores of their tiles, for the tests of heatmap.

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "histo/heatmap_job.hpp"
#include "histo/tile_table.hpp"

#include "core/files.hpp"
#include "jobs/jobs_fixture.hpp"
#include "store/npy_files.hpp"

namespace histo::test {

namespace fs = std::filesystem;

/// Two slides of 128-pixel tiles that are cut; scores.csv has i / n of all tiles in their order.
struct Scored : Workplace {
  Scored() {
    cut();
    std::string text = "slide,x,y,p=a,d\n";
    for (int slide = 0; slide < 2; ++slide) {
      for (const TileRow& tile : tiles(slide)) {
        const double score = static_cast<double>(count++) / 100.0;
        text += "s" + std::to_string(slide) + "," + std::to_string(tile.rect.x) + "," +
                std::to_string(tile.rect.y) + "," + std::to_string(score) + "," +
                std::to_string(10.0 * score - 1.0) + "\n";
      }
    }
    write(text);
  }

  void write(const std::string& text) const { replace_file(path() / "scores.csv", text); }

  std::vector<TileRow> tiles(int index) const {
    return kept_tiles(read_tile_table(folder(index) / "metadata.csv"));
  }

  HeatmapJobOptions options(const std::string& score = "p=a") const {
    HeatmapJobOptions options;
    options.inputs = {output()};
    options.scores = path() / "scores.csv";
    options.score = score;
    options.output = path() / "heat";
    return options;
  }

  fs::path result(const std::string& name) const { return path() / "heat" / name; }

  std::vector<float> raster(const std::string& name, std::size_t& columns) const {
    const ForeignFeatures read = read_npy(result(name));
    std::vector<float> values(read.rows * read.dim);
    read.read(read.rows, values.data());
    columns = read.dim;
    return values;
  }

  int count = 0;
};

inline AnalysisReport heatmap(const HeatmapJobOptions& options, Listener& listener) {
  return run_heatmap_job(options, listener, never_stop());
}

inline std::string heatmap_message(const HeatmapJobOptions& options) {
  Listener listener;
  const auto error = error_of([&] { heatmap(options, listener); });
  return error ? error->what() : "no error";
}

}  // namespace histo::test
