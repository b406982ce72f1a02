#include "histo/annotate_job.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "histo/charts.hpp"
#include "histo/codec.hpp"
#include "histo/error.hpp"
#include "histo/outline.hpp"
#include "histo/picture.hpp"

#include "core/csv.hpp"
#include "core/file_writer.hpp"
#include "core/files.hpp"
#include "core/opencv_threads.hpp"
#include "core/ordered_map.hpp"
#include "core/text.hpp"
#include "jobs/annotate_tables.hpp"
#include "jobs/report.hpp"
#include "jobs/thumbnails.hpp"
#include "store/cluster_outlines.hpp"

namespace histo {

namespace {

namespace fs = std::filesystem;

constexpr int same_bytes = 2;  // compression 1 does not promise them

/// The areas of one slide's labels, and the picture of them.
struct SlideView {
  std::vector<LabelOutline> outlines;
  std::vector<std::uint8_t> png;  ///< empty where there can be none
  std::string missing;            ///< then why
};

std::string share_text(double share) {
  return std::isnan(share) ? std::string("unknown") : percent(share);
}

/// Pure; may run on many threads.
class SlidePainter {
 public:
  explicit SlidePainter(const Annotated& annotated) : annotated_(annotated) {}

  SlideView view(std::size_t index) const {
    const ClusteredSlide& slide = annotated_.slides[index];
    std::vector<std::int32_t> names;
    for (const std::int32_t cluster : slide.clusters) {
      names.push_back(annotated_.naming.clusters[static_cast<std::size_t>(cluster)].name);
    }
    SlideView view;
    LabelLegend legend;
    legend.title = slide.name;
    legend.names = annotated_.naming.names;
    legend.remarks.resize(legend.names.size());
    for (std::size_t name = 0; name < legend.names.size(); ++name) {
      LabelOutline outline = outline_of_name(slide, names, static_cast<std::int32_t>(name));
      if (outline.confidence) {
        legend.remarks[name] = "confidence " + percent(*outline.confidence);
      }
      if (outline.tiles > 0) view.outlines.push_back(std::move(outline));
    }
    legend.notes = {std::to_string(annotated_.counts.clusters) + " clusters of all slides",
                    "confidence: share of a cluster's labelled tiles with its name"};
    paint(slide, names, legend, view);
    return view;
  }

 private:
  LabelOutline outline_of_name(const ClusteredSlide& slide, const std::vector<std::int32_t>& names,
                               std::int32_t name) const {
    const Colour colour = cluster_colour(name);
    LabelOutline outline;
    outline.name = annotated_.naming.names[static_cast<std::size_t>(name)];
    outline.colour = {colour.red, colour.green, colour.blue};
    std::vector<Rect> tiles;
    double sum = 0.0;
    double lowest = 1.0;
    std::size_t known = 0;
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (names[i] != name) continue;
      tiles.push_back(slide.tiles[i]);
      const double confidence =
          annotated_.naming.clusters[static_cast<std::size_t>(slide.clusters[i])].confidence;
      if (std::isnan(confidence)) continue;
      sum += confidence;
      lowest = std::min(lowest, confidence);
      ++known;
    }
    outline.tiles = tiles.size();
    if (!tiles.empty()) outline.polygons = outline_of(tiles);
    if (known == 0) return outline;
    outline.confidence = sum / static_cast<double>(known);
    outline.lowest_confidence = lowest;
    return outline;
  }

  static void paint(const ClusteredSlide& slide, const std::vector<std::int32_t>& names,
                    const LabelLegend& legend, SlideView& view) {
    try {
      const Thumbnail thumbnail = read_thumbnail(slide.folder);
      view.png = encode_png(
          label_overlay(thumbnail.image, thumbnail.slide_size, slide.tiles, names, legend).view(),
          same_bytes);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::input) throw;
      view.missing = error.what();
    }
  }

  const Annotated& annotated_;
};

class AnnotateRun {
 public:
  AnnotateRun(const AnnotateJobOptions& options, Observer& observer, const std::atomic<bool>& stop)
      : options_(options), observer_(observer), stop_(stop) {}

  AnalysisReport run() {
    const Stopwatch watch;
    const std::vector<fs::path> folders = folders_of_keys(options_.inputs);
    std::vector<std::string> given;
    if (!options_.names.empty()) given = read_cluster_names(options_.names, options_.clusters);
    if (!read_slides(folders)) return interrupted();
    annotated_.labels = read_cluster_labels(options_, annotated_.slides, observer_);
    messages_ = annotated_.labels.messages;
    say(doubt_of_one_run(options_.inputs, options_.clusters));
    count();
    annotated_.naming =
        name_clusters(annotated_.counts, annotated_.labels.classes, given, options_);
    tell_of_clusters();
    if (annotated_.has_labels()) warn_of_few_labels();
    ResultFolder folder(options_.output, options_.overwrite);
    write_tables(folder);
    if (!write_views(folder)) return interrupted();
    Json summary = annotation_summary(annotated_, options_.purity);
    summary["missing"] = annotated_.labels.missing.size();
    summary["messages"] = messages_;
    folder.commit("annotate", options_.info, std::move(summary));
    find();
    report_.seconds = watch.seconds();
    return std::move(report_);
  }

 private:
  AnalysisReport interrupted() {
    report_.interrupted = true;
    return std::move(report_);
  }

  /// Nothing for an empty sentence.
  void say(const std::string& sentence) {
    if (sentence.empty()) return;
    messages_.push_back(sentence);
    observer_.warn(sentence);
  }

  bool read_slides(const std::vector<fs::path>& folders) {
    const std::set<std::string> own{"purity_curve"};
    for (const fs::path& folder : folders) {
      if (stop_.load()) return false;
      annotated_.slides.push_back(read_clustered_slide(folder, options_.clusters));
      if (own.count(annotated_.slides.back().name) > 0) {
        throw Error(ErrorKind::input, folder.string() +
                                          ": its picture would have the name of "
                                          "another one; rename the folder");
      }
      observer_.progress(annotated_.slides.size(), folders.size(), "slides");
    }
    if (annotated_.tiles() > 0) return true;
    throw Error(ErrorKind::input, options_.inputs.front().string() + ": no slide has tiles");
  }

  void count() {
    std::vector<std::int32_t> clusters;
    std::vector<std::int32_t> labels;
    std::vector<std::int32_t> patients;
    for (std::size_t i = 0; i < annotated_.slides.size(); ++i) {
      const std::vector<std::int32_t>& of_slide = annotated_.slides[i].clusters;
      clusters.insert(clusters.end(), of_slide.begin(), of_slide.end());
      labels.insert(labels.end(), annotated_.labels.labels[i].begin(),
                    annotated_.labels.labels[i].end());
      patients.insert(patients.end(), of_slide.size(), annotated_.labels.patient[i]);
    }
    const std::size_t k = options_.clusters;
    annotated_.counts = count_labels(clusters, labels, k, annotated_.labels.classes.size());
    annotated_.purities = cluster_purities(annotated_.counts);
    annotated_.diversity =
        patient_diversity(clusters, patients, k, annotated_.labels.patients.size());
    if (annotated_.has_labels()) annotated_.dominant = dominant_labels(annotated_.counts);
  }

  void tell_of_clusters() {
    std::size_t unlabelled = 0;
    std::size_t unnamed = 0;
    std::size_t unnamed_tiles = 0;
    for (std::size_t i = 0; i < options_.clusters; ++i) {
      unlabelled += annotated_.purities[i].labelled == 0 ? 1U : 0U;
      if (annotated_.naming.clusters[i].name != no_label) continue;
      ++unnamed;
      unnamed_tiles += annotated_.purities[i].tiles;
    }
    const std::set<std::int32_t> found = labels_found();
    if (!annotated_.has_labels() && options_.names.empty()) {
      say("there are no labels and no names, so that no tile gets a label; names.csv waits for "
          "names, which --names takes");
      return;
    }
    if (found.size() == 1) {
      say("all labelled tiles are of one class, '" + annotated_.class_name(*found.begin()) +
          "', so that purity and agreement say nothing");
    }
    if (annotated_.has_labels() && unlabelled > 0) {
      say(count_of(unlabelled, "cluster") + " of " + std::to_string(options_.clusters) +
          " without a labelled tile, so that nothing is known of their purity");
    }
    if (unnamed > 0) {
      say(count_of(unnamed, "cluster") + " without a label or name; their " +
          count_of(unnamed_tiles, "tile") + " are in unlabelled.csv");
    }
  }

  std::set<std::int32_t> labels_found() const {
    std::set<std::int32_t> found;
    for (const auto& slide : annotated_.labels.labels) found.insert(slide.begin(), slide.end());
    found.erase(no_label);
    return found;
  }

  void write_tables(ResultFolder& folder) {
    folder.write("clusters.csv", clusters_table(annotated_));
    folder.write("names.csv", names_table(annotated_));
    std::string missing = csv_line({"what", "key"});
    for (const auto& [what, key] : annotated_.labels.missing) missing += csv_line({what, key});
    folder.write("missing.csv", missing);
    if (annotated_.has_labels()) {
      folder.write("counts.csv", counts_table_of(annotated_));
      folder.write("purity_curve.csv", purity_table(annotated_));
      folder.write("purity_curve.png", purity_picture());
    }
    FileWriter labels(folder.file("labels.csv"));
    FileWriter unlabelled(folder.file("unlabelled.csv"));
    const bool with_group = !options_.labels.group.empty();
    labels.write(labels_header(annotated_, with_group));
    unlabelled.write(unlabelled_header());
    for (std::size_t i = 0; i < annotated_.slides.size(); ++i) {
      std::string with;
      std::string without;
      add_tiles(annotated_, i, with_group, with, without);
      labels.write(with);
      unlabelled.write(without);
    }
    labels.commit();
    unlabelled.commit();
  }

  /// Each cluster is a step as wide as its share of the tiles.
  Image purity_picture() const {
    Chart chart;
    chart.title = "Purity of the purest clusters";
    chart.remark = share_text(coverage(annotated_.counts, options_.purity)) + " of " +
                   count_of(annotated_.tiles(), "tile") + " lie in clusters of purity " +
                   number(options_.purity) + " or more";
    chart.x_label = "share of all tiles";
    chart.y_label = "purity of the cluster";
    ChartSeries curve{std::to_string(options_.clusters) + " clusters", {}, {}, ChartStyle::step};
    double before = 0.0;
    for (const PurityPoint& point : purity_curve(annotated_.counts)) {
      curve.x.push_back(before);
      curve.y.push_back(point.cluster.purity);
      before = point.share;
    }
    if (!curve.y.empty()) {
      curve.x.push_back(before);
      curve.y.push_back(curve.y.back());
    }
    ChartSeries wanted{"purity " + number(options_.purity),
                       {0.0, 1.0},
                       {options_.purity, options_.purity},
                       ChartStyle::line};
    chart.series = {std::move(curve), std::move(wanted)};
    return chart_picture("", {chart});
  }

  bool write_views(ResultFolder& folder) {
    const SlidePainter painter(annotated_);
    std::size_t next = 0;
    std::size_t done = 0;
    std::vector<std::string> missing;
    const auto source = [&]() -> std::optional<std::size_t> {
      if (next == annotated_.slides.size() || stop_.load()) return std::nullopt;
      return next++;
    };
    const auto make_worker = [&painter] {
      return [&painter](std::size_t index) { return painter.view(index); };
    };
    const auto sink = [&](SlideView&& view) {
      const ClusteredSlide& slide = annotated_.slides[done];
      write_label_outlines(folder.file(slide.name + ".geojson"), view.outlines, slide.tiles.size());
      if (view.missing.empty()) {
        replace_file(folder.file(slide.name + ".png"), view.png);
      } else {
        missing.push_back(view.missing);
      }
      observer_.progress(++done, annotated_.slides.size(), "pictures");
    };
    ordered_map(options_.threads, source, make_worker, sink);
    if (!missing.empty()) {
      say(count_of(missing.size(), "slide") + " without a picture, the first: " + missing.front());
    }
    return done == annotated_.slides.size();
  }

  /// A purity of few tiles is a guess.
  void warn_of_few_labels() {
    constexpr std::uint64_t few = 10;
    std::size_t clusters = 0;
    std::uint64_t tiles = 0;
    for (const ClusterPurity& cluster : cluster_purities(annotated_.counts)) {
      if (cluster.labelled == 0 || cluster.labelled >= few) continue;
      ++clusters;
      tiles += cluster.tiles;
    }
    if (clusters == 0) return;
    say(count_of(clusters, "cluster") + " with " + count_of(tiles, "tile") +
        " in all named by fewer than 10 labelled tiles each: their purities are guesses");
  }

  void find() {
    const Agreement agreement = agreement_of(annotated_);
    if (annotated_.has_labels()) {
      report_.findings.push_back(std::to_string(options_.clusters) +
                                 " clusters: " + share_text(total_purity(annotated_.counts)) +
                                 " of " + count_of(annotated_.labels.labelled(), "labelled tile") +
                                 " carry their cluster's label; " +
                                 share_text(coverage(annotated_.counts, options_.purity)) +
                                 " of all tiles lie in clusters of purity " +
                                 number(options_.purity) + " or more");
    }
    report_.findings.push_back(
        std::to_string(agreement.tiles) + " of " + count_of(annotated_.tiles(), "tile") + " of " +
        count_of(annotated_.slides.size(), "slide") +
        " got a label or name: " + (options_.output / "labels.csv").string());
  }

  const AnnotateJobOptions& options_;
  Observer& observer_;
  const std::atomic<bool>& stop_;
  Annotated annotated_;
  std::vector<std::string> messages_;
  AnalysisReport report_;
};

void check_share(const char* option, double share) {
  if (share >= 0.0 && share <= 1.0) return;
  throw Error(ErrorKind::usage, std::string(option) + " must lie in [0, 1], got " + number(share));
}

}  // namespace

void validate(const AnnotateJobOptions& options) {
  if (options.inputs.empty()) throw Error(ErrorKind::usage, "--input must name a folder");
  if (options.clusters < 1) {
    throw Error(ErrorKind::usage,
                "--num-clusters must name a number of clusters, as 'histoencoder cluster' made "
                "them");
  }
  check_share("--purity", options.purity);
  check_share("--min-purity", options.min_purity);
  const bool labelled = !options.labels.table.empty() || !options.regions.empty();
  const auto needs = [](const char* option, const char* other) {
    throw Error(ErrorKind::usage, std::string(option) + " needs " + other);
  };
  if (!options.labels.group.empty() && options.labels.table.empty()) needs("--group", "--labels");
  if (options.rule != NamingRule::majority && !labelled) needs("--rule", "--labels or --regions");
  if (options.min_purity > 0.0 && !labelled) needs("--min-purity", "--labels or --regions");
  if (!options.labels.classes.empty() && !labelled) needs("--classes", "--labels or --regions");
  if (options.threads < 1) throw Error(ErrorKind::usage, "--threads must be at least 1, got 0");
}

AnalysisReport run_annotate_job(const AnnotateJobOptions& options, Observer& observer,
                                const std::atomic<bool>& stop) {
  validate(options);
  keep_opencv_on_one_thread();
  return AnnotateRun(options, observer, stop).run();
}

}  // namespace histo
