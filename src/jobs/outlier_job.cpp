#include "histo/outlier_job.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <random>
#include <set>
#include <string>
#include <utility>

#include "histo/cluster_quality.hpp"
#include "histo/codec.hpp"
#include "histo/error.hpp"
#include "histo/kmeans.hpp"
#include "histo/outliers.hpp"
#include "histo/picture.hpp"
#include "histo/tile_table.hpp"

#include "core/files.hpp"
#include "core/opencv_threads.hpp"
#include "core/text.hpp"
#include "jobs/plan.hpp"
#include "jobs/report.hpp"
#include "jobs/sheet_tiles.hpp"
#include "store/layout.hpp"
#include "store/removal.hpp"

namespace histo {

namespace {

constexpr int picture_quality = 85;

const char* const cluster_name = "outlier_cluster";

/// The metrics of all tiles as one matrix.
class MetricRows : public RowSource {
 public:
  MetricRows(std::vector<float> values, std::size_t dim) : values_(std::move(values)), dim_(dim) {}

  std::size_t rows() const override { return values_.size() / dim_; }
  std::size_t dim() const override { return dim_; }
  void read(std::size_t first, std::size_t count, float* out) const override {
    std::copy_n(values_.begin() + static_cast<std::ptrdiff_t>(first * dim_), count * dim_, out);
  }

 private:
  std::vector<float> values_;
  std::size_t dim_;
};

/// One run of the job. All slides' tiles are clustered together.
class OutlierRun {
 public:
  OutlierRun(const OutlierJobOptions& options, Observer& observer, const std::atomic<bool>& stop)
      : options_(options),
        observer_(observer),
        stop_(stop),
        output_(output_of(options.inputs.front())),
        recorder_(report_, observer) {}

  RunReport run() {
    const Stopwatch watch;
    read_slides();
    recorder_.begin({output_, "outliers", options_.info, options_.threads}, plan());
    if (cluster()) {
      write_sheets();
      write_tables();
      tell_sizes();
    } else {
      for (const SlideTiles& slide : slides_) recorder_.interrupted(slide.folder, 0.0);
      report_.interrupted = true;
    }
    report_.seconds = watch.seconds();
    recorder_.end();
    return std::move(report_);
  }

 private:
  std::vector<PlannedSlide> plan() const {
    std::vector<PlannedSlide> plan;
    for (const SlideTiles& slide : slides_) {
      plan.push_back({slide.folder, slide.folder, Action::work, "gets clusters"});
    }
    return plan;
  }

  void read_slides() {
    for (const std::filesystem::path& folder : find_slide_folders(options_.inputs)) {
      TileTable table = read_tile_table(tile_table_file(folder));
      if (table.rows.empty()) {
        observer_.note(folder.string() + ": has no tiles");
        continue;
      }
      add_values(tile_table_file(folder).string(), table);
      SlideTiles slide{folder, std::move(table.rows)};
      for (TileRow& row : slide.tiles) std::vector<std::string>().swap(row.more);
      starts_.push_back(rows_);
      rows_ += slide.tiles.size();
      slides_.push_back(std::move(slide));
    }
    if (slides_.empty()) {
      throw Error(ErrorKind::input, options_.inputs.front().string() + ": no slide has tiles");
    }
    if (rows_ < options_.clusters) {
      throw Error(ErrorKind::input, options_.inputs.front().string() + ": " +
                                        count_of(rows_, "tile") + " cannot make --clusters " +
                                        std::to_string(options_.clusters));
    }
  }

  void add_values(const std::string& file, const TileTable& table) {
    const std::vector<std::string>& names = table.columns;
    const std::vector<std::size_t> columns = outlier_columns(names);
    std::vector<std::string> metrics;
    for (const std::size_t column : columns) metrics.push_back(names[column]);
    if (metrics.empty()) {
      throw Error(ErrorKind::input,
                  file + ": has no metrics; 'histoprep --metrics --overwrite' makes them");
    }
    if (metrics_.empty()) metrics_ = metrics;
    if (metrics != metrics_) {
      throw Error(ErrorKind::input, file + ": has other metrics than " +
                                        tile_table_file(slides_.front().folder).string());
    }
    for (std::size_t row = 0; row < table.rows.size(); ++row) {
      for (const std::size_t column : columns) {
        const std::string& text = table.rows[row].more[column];
        char* end = nullptr;
        const double value = std::strtod(text.c_str(), &end);
        if (text.empty() || *end != '\0' || !std::isfinite(value)) {
          throw Error(ErrorKind::input, file + ": row " + std::to_string(row + 1) +
                                            " has no number in " + names[column] + ", but '" +
                                            text + "'");
        }
        values_.push_back(static_cast<float>(outlier_value(value)));
      }
    }
  }

  /// False if it was stopped.
  bool cluster() {
    const MetricRows matrix(std::move(values_), metrics_.size());
    KMeansOptions kmeans;
    kmeans.clusters = {options_.clusters};
    kmeans.seed = options_.seed;
    kmeans.threads = options_.threads;
    const std::vector<KMeans> results =
        fit_kmeans(matrix, kmeans, [this, &kmeans](std::size_t pass) {
          observer_.progress(pass, kmeans.max_iterations, "passes at most");
          return !stop_.load();
        });
    if (results.empty()) return false;
    const KMeans& result = results.front();
    labels_ = order_by_distance(labels_of(matrix, result, kmeans.metric, kmeans.threads),
                                result.centroids, result.k);
    for (const std::size_t old : clusters_by_distance(result.centroids, result.k)) {
      sizes_.push_back(result.sizes[old]);
      order_.push_back(old);
    }
    DescribeOptions wanted;
    wanted.silhouette_sample = 0;
    wanted.nearest = options_.sheet_tiles;
    wanted.threads = options_.threads;
    Team alone;
    nearest_ = describe_clusters(matrix, results, wanted, alone).front().nearest;
    return true;
  }

  // What --drop is chosen by, so it is said without being asked for, as slides are.
  void tell_sizes() {
    for (std::size_t i = 0; i < sizes_.size(); ++i) {
      observer_.slide_done(
          "cluster " + described(i) +
          (options_.sheet_tiles > 0 ? "; see " + outlier_sheet_file(output_, i).string() : ""));
    }
  }

  /// "0: 48 tiles, 23.2 %, dropped"
  std::string described(std::size_t cluster) const {
    return std::to_string(cluster) + ": " + count_of(sizes_[cluster], "tile") + ", " +
           percent(static_cast<double>(sizes_[cluster]) / static_cast<double>(rows_)) +
           (is_dropped(static_cast<std::int32_t>(cluster)) ? ", dropped" : "");
  }

  bool is_dropped(std::int32_t label) const {
    return std::find(options_.drop.begin(), options_.drop.end(), static_cast<std::size_t>(label)) !=
           options_.drop.end();
  }

  void write_tables() {
    for (std::size_t i = 0; i < slides_.size(); ++i) {
      const SlideTiles& slide = slides_[i];
      TileTable table = read_tile_table(tile_table_file(slide.folder));
      const std::size_t cluster = column_of(table, cluster_name);
      const std::size_t outlier = column_of(table, outlier_column);
      for (std::size_t row = 0; row < table.rows.size(); ++row) {
        const std::int32_t label = labels_[starts_[i] + row];
        table.rows[row].more[cluster] = std::to_string(label);
        table.rows[row].more[outlier] = is_dropped(label) ? "1" : "0";
      }
      write_tile_table(tile_table_file(slide.folder), table);
      recorder_.done(slide.folder, table.rows.size(), 0.0);
    }
  }

  /// The column's index; it is added where there is none.
  static std::size_t column_of(TileTable& table, const std::string& name) {
    const auto found = std::find(table.columns.begin(), table.columns.end(), name);
    const auto index = static_cast<std::size_t>(found - table.columns.begin());
    if (found != table.columns.end()) return index;
    table.columns.push_back(name);
    for (TileRow& row : table.rows) row.more.emplace_back();
    return index;
  }

  void write_sheets() {
    remove_outlier_sheets(output_);
    if (options_.sheet_tiles == 0) return;
    make_folders(outliers_folder(output_));
    std::mt19937_64 random(options_.seed);
    for (std::size_t cluster = 0; cluster < sizes_.size(); ++cluster) {
      const std::vector<Image> nearest = read_tiles(nearest_[order_[cluster]]);
      const std::vector<Image> drawn = read_tiles(draw(cluster, random));
      const std::string title =
          "Cluster " + described(cluster) +
          "\nClusters are numbered by how far they are from the mean of all centres: 0 is the "
          "farthest";
      replace_file(outlier_sheet_file(output_, cluster),
                   encode_jpeg(cluster_sheet(title, nearest, drawn).view(), picture_quality));
    }
  }

  /// Rows of a cluster beside the nearest ones, without repetition, ascending. Drawn without the
  /// standard library's distributions, which differ between systems.
  std::vector<std::size_t> draw(std::size_t cluster, std::mt19937_64& random) const {
    const std::vector<std::size_t>& nearest = nearest_[order_[cluster]];
    const std::set<std::size_t> shown(nearest.begin(), nearest.end());
    std::vector<std::size_t> rows;
    for (std::size_t row = 0; row < labels_.size(); ++row) {
      if (labels_[row] == static_cast<std::int32_t>(cluster) && shown.count(row) == 0) {
        rows.push_back(row);
      }
    }
    const std::size_t count = std::min(options_.sheet_tiles, rows.size());
    for (std::size_t i = 0; i < count; ++i) {
      std::swap(rows[i], rows[i + random() % (rows.size() - i)]);
    }
    rows.resize(count);
    std::sort(rows.begin(), rows.end());
    return rows;
  }

  /// As the sheet shows them; a tile that cannot be read is left out and named in a note.
  std::vector<Image> read_tiles(const std::vector<std::size_t>& rows) {
    std::vector<TilePlace> places;
    for (const std::size_t row : rows) {
      const auto after = std::upper_bound(starts_.begin(), starts_.end(), row);
      const auto slide = static_cast<std::size_t>(after - starts_.begin()) - 1;
      places.push_back({slide, row - starts_[slide]});
    }
    SheetTiles read = read_sheet_tiles(slides_, places, options_.threads);
    for (const std::string& missing : read.missing) {
      observer_.note(missing + " is missing on the contact sheet");
    }
    return without_empty(std::move(read.tiles));
  }

  const OutlierJobOptions& options_;
  Observer& observer_;
  const std::atomic<bool>& stop_;
  std::filesystem::path output_;
  RunReport report_;
  Recorder recorder_;
  std::vector<SlideTiles> slides_;
  std::vector<std::size_t> starts_;  // each slide's first row among all slides'
  std::size_t rows_ = 0;
  std::vector<std::string> metrics_;
  std::vector<float> values_;
  std::vector<std::int32_t> labels_;               // 0 is the farthest cluster
  std::vector<std::size_t> sizes_;                 // of the clusters in that order
  std::vector<std::size_t> order_;                 // their numbers as k-means gave them
  std::vector<std::vector<std::size_t>> nearest_;  // by k-means' numbers
};

}  // namespace

void validate(const OutlierJobOptions& options) {
  if (options.inputs.empty()) throw Error(ErrorKind::usage, "--output must name a folder");
  if (options.clusters < 2) {
    throw Error(ErrorKind::usage,
                "--clusters must be at least 2, got " + std::to_string(options.clusters));
  }
  for (const std::size_t cluster : options.drop) {
    if (cluster < options.clusters) continue;
    throw Error(ErrorKind::usage, "--drop names the cluster " + std::to_string(cluster) +
                                      ", and the last one is " +
                                      std::to_string(options.clusters - 1));
  }
  if (options.threads < 1) throw Error(ErrorKind::usage, "--threads must be at least 1, got 0");
}

RunReport run_outlier_job(const OutlierJobOptions& options, Observer& observer,
                          const std::atomic<bool>& stop) {
  validate(options);
  keep_opencv_on_one_thread();
  return OutlierRun(options, observer, stop).run();
}

}  // namespace histo
