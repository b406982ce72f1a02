#include "histo/compose_job.hpp"

#include <algorithm>
#include <numeric>
#include <optional>

#include "histo/cluster_store.hpp"
#include "histo/error.hpp"

#include "core/csv.hpp"
#include "core/text.hpp"
#include "jobs/cluster_slides.hpp"
#include "jobs/clustered_slides.hpp"
#include "jobs/composition_tables.hpp"
#include "jobs/patient_table.hpp"
#include "jobs/report.hpp"
#include "jobs/result_folder.hpp"
#include "jobs/slide_patients.hpp"
#include "store/layout.hpp"

namespace histo {

namespace {

namespace fs = std::filesystem;

std::string name_of(Composition composition) {
  switch (composition) {
    case Composition::share:
      return "share";
    case Composition::percent:
      return "percent";
    case Composition::clr:
      return "clr";
    case Composition::alr:
      return "alr";
    case Composition::ilr:
      break;
  }
  return "ilr";
}

/// The tiles' places in a grid without overlap; unset where they are none.
std::optional<std::vector<GridTile>> grid_of(const ClusteredSlide& slide) {
  std::vector<GridTile> grid;
  if (slide.tiles.empty()) return grid;
  const Rect& first = slide.tiles.front();
  Rect origin = first;
  for (const Rect& tile : slide.tiles) {
    origin.x = std::min(origin.x, tile.x);
    origin.y = std::min(origin.y, tile.y);
  }
  for (std::size_t i = 0; i < slide.tiles.size(); ++i) {
    const Rect& rect = slide.tiles[i];
    const std::int64_t right = rect.x - origin.x;
    const std::int64_t down = rect.y - origin.y;
    if (rect.width != first.width || rect.height != first.height || right % first.width != 0 ||
        down % first.height != 0) {
      return std::nullopt;
    }
    grid.push_back({right / first.width, down / first.height, slide.clusters[i]});
  }
  return grid;
}

class ComposeRun {
 public:
  ComposeRun(const ComposeJobOptions& options, Observer& observer)
      : options_(options),
        observer_(observer),
        key_(!options.key.empty()     ? options.key
             : !options.group.empty() ? options.group
                                      : "slide") {}

  AnalysisReport run(const std::atomic<bool>& stop) {
    find_slides();
    ResultFolder folder(options_.output, options_.overwrite);
    if (!read_slides(stop)) {
      report_.interrupted = true;
      return report_;
    }
    choose_groups();
    folder.write("counts.csv", counts_table(key_, slides_.patients, counts_));
    const std::vector<std::string> columns =
        composition_columns(options_.composition, options_.clusters);
    const ClusterCounts kept = counts_at(counts_, kept_);
    const DoubleMatrix values = composition_values(options_.composition, kept);
    const std::string table = composition_table(key_, kept_names_, kept, columns, values);
    folder.write("composition.csv", table);
    if (options_.neighbours) {
      folder.write("neighbours.csv",
                   neighbours_table(key_, slides_.patients, pairs_, options_.clusters));
    }
    if (!options_.clinical.empty()) join(folder, table);
    folder.write("missing.csv", left_out_table(left_out_));
    describe_clusters();
    folder.commit("compose", options_.info, summary());
    report_.findings.push_back("composition.csv: " + count_of(kept_.size(), unit()) + " of " +
                               std::to_string(slides_.patients.size()) + " with the shares of " +
                               std::to_string(options_.clusters) + " clusters, as " +
                               name_of(options_.composition));
    return report_;
  }

 private:
  std::string unit() const { return options_.labels.empty() ? "slide" : "patient"; }

  void say(const std::string& sentence) {
    messages_.push_back(sentence);
    observer_.warn(sentence);
  }

  void leave_out(const std::string& what, const std::vector<std::string>& keys) {
    for (const std::string& key : keys) left_out_.push_back({what, key});
  }

  void find_slides() {
    folders_ = folders_by_name(options_.inputs);
    std::vector<std::string> names;
    for (const fs::path& folder : folders_) names.push_back(folder.filename().string());
    slides_ = read_slide_patients(names, options_.labels, options_.group);
    if (options_.labels.empty()) {
      const std::string note =
          "each slide is taken for a patient of its own; --labels and --group "
          "say which slides are of one patient";
      messages_.push_back(note);
      observer_.note(note);
    }
    const std::string doubt = doubt_of_one_run(options_.inputs, options_.clusters);
    if (!doubt.empty()) say(doubt);
    leave_out("slide without a patient", slides_.without);
    leave_out("slide of the table without a folder", slides_.unknown);
    if (!slides_.without.empty()) {
      say(options_.labels.string() + " has no " + options_.group + " for " +
          count_of(slides_.without.size(), "slide") +
          ", which count nowhere: " + first_names(slides_.without));
    }
    if (!slides_.unknown.empty()) {
      say(options_.labels.string() + " has " + count_of(slides_.unknown.size(), "slide") +
          " without a folder in the inputs: " + first_names(slides_.unknown));
    }
  }

  bool read_slides(const std::atomic<bool>& stop) {
    const std::size_t k = options_.clusters;
    std::vector<std::int32_t> groups;
    std::vector<std::int32_t> labels;
    pairs_.assign(slides_.patients.size(), std::vector<std::uint64_t>(k * k));
    for (std::size_t i = 0; i < folders_.size(); ++i) {
      if (stop.load()) return false;
      if (slides_.patient[i] >= 0 && has_clusters(folders_[i])) {
        const ClusteredSlide slide = read_clustered_slide(folders_[i], k);
        groups.insert(groups.end(), slide.clusters.size(), slides_.patient[i]);
        labels.insert(labels.end(), slide.clusters.begin(), slide.clusters.end());
        if (options_.neighbours) add_pairs(slide, i);
      }
      observer_.progress(i + 1, folders_.size(), "slides");
    }
    counts_ = count_clusters(groups, labels, slides_.patients.size(), k);
    tell_of_unclustered();
    if (no_grid_.empty()) return true;
    leave_out("slide whose tiles are no grid: no neighbours", no_grid_);
    say("the tiles of " + count_of(no_grid_.size(), "slide") +
        " overlap or are no grid, so that their neighbours were not counted: " +
        first_names(no_grid_));
    return true;
  }

  /// A slide without any feature has none, where `cluster` was told to leave such slides out.
  bool has_clusters(const fs::path& folder) {
    if (fs::exists(cluster_table_file(folder))) return true;
    unclustered_.push_back(folder.filename().string());
    return false;
  }

  void tell_of_unclustered() {
    if (unclustered_.empty()) return;
    if (unclustered_.size() == folders_.size()) {
      throw Error(ErrorKind::input, folders_.front().string() +
                                        ": has no clusters.csv, and no other slide has one; "
                                        "'histoencoder cluster' makes it");
    }
    leave_out("slide without clusters.csv", unclustered_);
    say(count_of(unclustered_.size(), "slide") +
        " without clusters.csv, which count nowhere: " + first_names(unclustered_));
  }

  void add_pairs(const ClusteredSlide& slide, std::size_t index) {
    const std::optional<std::vector<GridTile>> grid = grid_of(slide);
    if (!grid) {
      no_grid_.push_back(folders_[index].filename().string());
      return;
    }
    const std::vector<std::uint64_t> found = neighbour_counts(*grid, options_.clusters);
    std::vector<std::uint64_t>& sum = pairs_[static_cast<std::size_t>(slides_.patient[index])];
    for (std::size_t j = 0; j < sum.size(); ++j) sum[j] += found[j];
  }

  void choose_groups() {
    const std::size_t least = std::max<std::size_t>(options_.min_tiles, 1);
    std::vector<std::string> small;
    for (std::size_t i = 0; i < slides_.patients.size(); ++i) {
      if (counts_.tiles(i) >= least) {
        kept_.push_back(i);
        kept_names_.push_back(slides_.patients[i]);
      } else {
        small.push_back(slides_.patients[i]);
      }
    }
    const std::string fewer = "fewer than " + count_of(least, "tile");
    leave_out(fewer, small);
    if (kept_.empty()) {
      throw Error(ErrorKind::input, "each " + unit() + " has " + fewer + ", the first one, " +
                                        small.front() + ", " + std::to_string(counts_.tiles(0)) +
                                        "; --min-tiles takes fewer");
    }
    if (small.empty()) return;
    say(count_of(small.size(), unit()) + " with " + fewer +
        " left out of composition.csv: " + first_names(small));
  }

  void join(ResultFolder& folder, const std::string& composition) {
    const PatientTable clinical(options_.clinical, key_);
    const CsvTable left = parse_csv(composition, "composition.csv");
    const CsvTable& right = clinical.cells();
    const KeyJoin joined = join_keys(kept_names_, clinical.keys());
    std::vector<std::string> header = left.header;
    for (const std::string& column : right.header) {
      if (column == key_) continue;
      if (std::find(left.header.begin(), left.header.end(), column) != left.header.end()) {
        throw Error(ErrorKind::input, right.source + ": has a column " + column +
                                          ", as composition.csv has; rename it");
      }
      header.push_back(column);
    }
    const std::size_t key = right.column(key_);
    std::string text = csv_line(header);
    for (const KeyJoin::Pair& pair : joined.pairs) {
      std::vector<std::string> cells = left.rows[pair.left];
      for (std::size_t j = 0; j < right.header.size(); ++j) {
        if (j != key) cells.push_back(right.rows[pair.right][j]);
      }
      text += csv_line(cells);
    }
    folder.write("joined.csv", text);
    joined_ = joined.pairs.size();
    tell_of_keys(joined);
  }

  void tell_of_keys(const KeyJoin& joined) {
    const std::string table = options_.clinical.string();
    leave_out("no line in the clinical table", joined.only_left);
    leave_out("no composition for a line of the clinical table", joined.only_right);
    if (!joined.only_left.empty()) {
      say(table + " has no line for " + count_of(joined.only_left.size(), unit()) +
          " with a composition: " + first_names(joined.only_left));
    }
    if (!joined.only_right.empty()) {
      say(table + " has " + count_of(joined.only_right.size(), "line") + " whose " + key_ +
          " has no composition: " + first_names(joined.only_right));
    }
    if (*joined_ == 0) {
      say("joined.csv has no line: no " + key_ + " of " + table + " is the name of a " + unit() +
          " with a composition");
    } else {
      report_.findings.push_back("joined.csv: " + count_of(*joined_, "line") + " with " + table);
    }
  }

  void describe_clusters() {
    const ClusterCounts kept = counts_at(counts_, kept_);
    std::vector<std::string> absent;
    for (std::size_t j = 0; j < kept.clusters; ++j) {
      std::uint64_t sum = 0;
      for (std::size_t i = 0; i < kept.groups; ++i) {
        sum += kept.at(i, j);
        if (kept.at(i, j) == 0) ++zeros_;
      }
      totals_.push_back(sum);
      if (sum == 0) absent.push_back(std::to_string(j));
    }
    if (has_logarithms()) tell_of_zeros(kept);
    if (absent.empty()) return;
    say("clusters without a tile in any of these " + unit() + "s: " + first_names(absent, 10));
  }

  bool has_logarithms() const {
    return options_.composition != Composition::share &&
           options_.composition != Composition::percent;
  }

  /// A zero that became more than what others truly have turns the order of patients round.
  void tell_of_zeros(const ClusterCounts& kept) {
    const double replacement = 1.0 / static_cast<double>(kept.clusters * kept.clusters);
    std::size_t smaller = 0;
    for (std::size_t i = 0; i < kept.groups; ++i) {
      const auto tiles = static_cast<double>(kept.tiles(i));
      for (std::size_t j = 0; j < kept.clusters; ++j) {
        const auto count = static_cast<double>(kept.at(i, j));
        if (count > 0.0 && count / tiles < replacement) ++smaller;
      }
    }
    if (zeros_ == 0 || smaller == 0) return;
    say(count_of(zeros_, "share") + " of 0 became 1 / K^2 = " + number(replacement) + ", and " +
        std::to_string(smaller) +
        " shares above 0 are less than that: whoever has none of a rare cluster ranks above them; "
        "--transform share leaves zeros as they are");
  }

  Json summary() const {
    Json json;
    json["clusters"] = options_.clusters;
    json["values"] = name_of(options_.composition);
    json["by"] = unit();
    json["slides"] = folders_.size();
    json["groups"] = slides_.patients.size();
    json["min_tiles"] = options_.min_tiles;
    json["kept"] = kept_.size();
    json["tiles"] = std::accumulate(totals_.begin(), totals_.end(), std::uint64_t{0});
    json["tiles_of_clusters"] = totals_;
    json["zeros"] = zeros_;
    const auto k = static_cast<double>(options_.clusters);
    json["zeros_replaced_by"] = has_logarithms() ? Json(1.0 / (k * k)) : Json(nullptr);
    json["joined"] = joined_ ? Json(*joined_) : Json(nullptr);
    json["left_out"] = left_out_.size();
    json["messages"] = messages_;
    return json;
  }

  const ComposeJobOptions& options_;
  Observer& observer_;
  std::string key_;  ///< the name of the column with the names
  AnalysisReport report_;
  std::vector<fs::path> folders_;
  SlidePatients slides_;
  ClusterCounts counts_;
  std::vector<std::vector<std::uint64_t>> pairs_;  ///< one K x K a patient
  std::vector<std::string> no_grid_;
  std::vector<std::string> unclustered_;
  std::vector<std::size_t> kept_;  ///< patients with tiles enough
  std::vector<std::string> kept_names_;
  std::vector<LeftOut> left_out_;
  std::vector<std::string> messages_;
  std::vector<std::uint64_t> totals_;
  std::size_t zeros_ = 0;
  std::optional<std::size_t> joined_;
};

}  // namespace

void validate(const ComposeJobOptions& options) {
  const auto refuse = [](const std::string& sentence) { throw Error(ErrorKind::usage, sentence); };
  if (options.clusters < 2) {
    refuse("-n must be at least 2 clusters, got " + std::to_string(options.clusters));
  }
  if (options.labels.empty() != options.group.empty()) {
    refuse("--labels names the table and --group its column with the patient; one needs the other");
  }
  if (options.clinical.empty() && !options.key.empty()) {
    refuse("--key names a column of the table that --clinical gives, and there is none");
  }
}

AnalysisReport run_compose_job(const ComposeJobOptions& options, Observer& observer,
                               const std::atomic<bool>& stop) {
  validate(options);
  const Stopwatch watch;
  AnalysisReport report = ComposeRun(options, observer).run(stop);
  report.seconds = watch.seconds();
  return report;
}

}  // namespace histo
