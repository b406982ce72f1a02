#include "histo/heatmap_job.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "histo/error.hpp"

#include "core/csv.hpp"
#include "core/files.hpp"
#include "core/opencv_threads.hpp"
#include "core/ordered_map.hpp"
#include "core/text.hpp"
#include "jobs/clustered_slides.hpp"
#include "jobs/extreme_tiles.hpp"
#include "jobs/heatmap_slide.hpp"
#include "jobs/plan.hpp"
#include "jobs/report.hpp"
#include "jobs/result_folder.hpp"
#include "jobs/score_table.hpp"
#include "jobs/shares.hpp"
#include "store/npy_files.hpp"

namespace histo {

namespace {

namespace fs = std::filesystem;

/// Most tables of scores are probabilities, and those are best compared on their whole range.
bool is_probability(const std::string& column) { return column.rfind("p=", 0) == 0; }

HeatmapLook look_of(const HeatmapJobOptions& options, const ScoreTable& table) {
  HeatmapLook look;
  if (options.rank) {
    look.notes = {"ranks among the " + count_of(table.size(), "score") + " of all slides"};
  } else if (options.limits) {
    look.limits = *options.limits;
    look.notes = {"limits as asked for, the same on all slides"};
  } else if (is_probability(options.score)) {
    look.notes = {"from 0 to 1 on all slides"};
  } else {
    look.limits = {table.lowest(), table.highest()};
    look.notes = {"from the lowest to the highest of the " + count_of(table.size(), "score") +
                  " of all slides"};
  }
  return look;
}

class HeatmapRun {
 public:
  HeatmapRun(const HeatmapJobOptions& options, Observer& observer, const std::atomic<bool>& stop)
      : options_(options), observer_(observer), stop_(stop), top_(options.top) {
    if (!options.scores.empty()) {
      table_.emplace(options.scores, options.score,
                     options.rank ? ScoreTable::Values::ranks : ScoreTable::Values::as_they_are);
      look_ = look_of(options, *table_);
    }
  }

  AnalysisReport run() {
    const Stopwatch watch;
    const std::vector<fs::path> all = folders_of_keys(options_.inputs);
    const std::vector<fs::path> folders = part_of(all);
    if (table_) check_slides(all);
    check_names(folders);
    if (!table_) say(doubt_of_one_run(options_.inputs, options_.clusters));
    ResultFolder folder(output(), options_.overwrite);
    if (!write_slides(folder, folders)) {
      report_.interrupted = true;
      return std::move(report_);
    }
    tell_of_slides();
    if (table_) write_tables(folder);
    Json summary = summary_of(folders.size());
    summary["messages"] = messages_;
    folder.commit("heatmap", options_.info, std::move(summary));
    report_.findings.push_back(count_of(pictures_, "picture") + " of " +
                               count_of(folders.size(), "slide") + " in " + output().string());
    report_.seconds = watch.seconds();
    return std::move(report_);
  }

 private:
  fs::path output() const {
    if (options_.shard.count == 1) return options_.output;
    return options_.output / ("shard_" + std::to_string(options_.shard.index) + "_of_" +
                              std::to_string(options_.shard.count));
  }

  /// Nothing for an empty sentence.
  void say(const std::string& sentence) {
    if (sentence.empty()) return;
    messages_.push_back(sentence);
    observer_.warn(sentence);
  }

  void miss(const std::string& what, const std::vector<std::string>& keys) {
    for (const std::string& key : keys) missing_.emplace_back(what, key);
  }

  std::vector<fs::path> part_of(const std::vector<fs::path>& folders) const {
    if (options_.shard.count == 1) return folders;
    std::vector<fs::path> part;
    for (const Candidate& slide : share_of(folder_candidates(folders), options_.shard).slides) {
      part.push_back(slide.folder);
    }
    return part;
  }

  static void check_names(const std::vector<fs::path>& folders) {
    for (const fs::path& folder : folders) {
      if (folder.filename() != "top") continue;
      throw Error(ErrorKind::input, folder.string() +
                                        ": its picture would have the name of "
                                        "another one; rename the folder");
    }
  }

  void check_slides(const std::vector<fs::path>& folders) {
    std::vector<std::string> names;
    for (const fs::path& folder : folders) names.push_back(folder.filename().string());
    const std::vector<std::string> unknown = table_->unknown_slides(names);
    miss("slide of the scores that is not among the inputs", unknown);
    if (std::none_of(names.begin(), names.end(),
                     [this](const std::string& name) { return table_->knows(name); })) {
      throw Error(ErrorKind::input, options_.scores.string() +
                                        ": has no slide of the inputs, but '" + unknown.front() +
                                        "'; slides go by the names of their folders, such as '" +
                                        names.front() + "'");
    }
    if (unknown.empty()) return;
    say(options_.scores.string() + ": " + count_of(unknown.size(), "slide") +
        " not among the inputs, the first: " + unknown.front() + " (all in missing.csv)");
  }

  bool write_slides(ResultFolder& folder, const std::vector<fs::path>& folders) {
    std::size_t next = 0;
    const auto source = [&]() -> std::optional<std::size_t> {
      if (next == folders.size() || stop_.load()) return std::nullopt;
      return next++;
    };
    const auto make_worker = [&] {
      return [&](std::size_t index) {
        return table_ ? scored_slide(folders[index], *table_, options_, look_)
                      : clustered_heatmap(folders[index], options_);
      };
    };
    std::size_t done = 0;
    const auto sink = [&](HeatmapSlide&& slide) {
      write_slide(folder, slide);
      observer_.progress(++done, folders.size(), "slides");
    };
    ordered_map(options_.threads, source, make_worker, sink);
    return done == folders.size();
  }

  void write_slide(ResultFolder& folder, const HeatmapSlide& slide) {
    if (!slide.png.empty()) {
      replace_file(folder.file(slide.name + ".png"), slide.png);
      ++pictures_;
    }
    if (!slide.no_picture.empty()) no_picture_.push_back(slide.no_picture);
    tiles_ += slide.all_tiles;
    if (!table_) {
      if (options_.geojson) {
        write_cluster_outlines(folder.file(slide.name + ".geojson"), slide.outlines);
      }
      return;
    }
    miss("tile of the scores that the slide has not", slide.unknown_tiles);
    miss("tile without a score", slide.without_score);
    unknown_tiles_ += slide.unknown_tiles.size();
    without_score_ += slide.without_score.size();
    if (slide.scores.empty()) {
      miss("slide without scores", {slide.name});
      ++without_scores_;
      return;
    }
    if (!slide.guessed_size.empty()) guessed_.push_back(slide.guessed_size);
    write_raster(folder, slide);
    if (options_.geojson) {
      write_scored_tiles(folder.file(slide.name + ".geojson"), options_.score, slide.scored);
    }
    if (options_.top > 0) top_.add(slide);
    scored_ += slide.scores.size();
    clipped_ += slide.clipped;
    add_line(slide);
  }

  static void write_raster(ResultFolder& folder, const HeatmapSlide& slide) {
    std::vector<float> values;
    values.reserve(slide.raster.values.size());
    for (const double value : slide.raster.values) values.push_back(static_cast<float>(value));
    write_npy_matrix(folder.file(slide.name + ".npy"), values,
                     static_cast<std::size_t>(slide.raster.size.height),
                     static_cast<std::size_t>(slide.raster.size.width));
  }

  void add_line(const HeatmapSlide& slide) {
    const auto [lowest, highest] = std::minmax_element(slide.scores.begin(), slide.scores.end());
    const double mean = std::accumulate(slide.scores.begin(), slide.scores.end(), 0.0) /
                        static_cast<double>(slide.scores.size());
    lines_ += csv_line(
        {slide.name, std::to_string(slide.all_tiles), std::to_string(slide.scores.size()),
         number(*lowest), number(mean), number(*highest), number(slide.raster.downsample),
         std::to_string(slide.raster.size.width), std::to_string(slide.raster.size.height)});
  }

  void tell_of_slides() {
    const auto tell = [this](const std::vector<std::string>& reasons, const std::string& what) {
      if (reasons.empty()) return;
      say(count_of(reasons.size(), "slide") + " " + what + ", the first: " + reasons.front());
    };
    tell(no_picture_, "without a picture");
    tell(guessed_, "of unknown size, whose raster ends with the last tile");
    if (!table_) return;
    const std::string table = options_.scores.string() + ": ";
    if (unknown_tiles_ > 0) {
      say(table + count_of(unknown_tiles_, "tile") +
          " that the slides have not (all in missing.csv)");
    }
    if (without_score_ > 0) {
      say(table + "no score for " + count_of(without_score_, "tile") +
          " of its slides (all in missing.csv)");
    }
    if (without_scores_ > 0) {
      say(count_of(without_scores_, "slide") +
          " of the inputs without any score (all in missing.csv)");
    }
    if (scored_ == 0 && options_.shard.count == 1) {
      throw Error(ErrorKind::input, table +
                                        "has no tile of the inputs; tiles go by x and y in "
                                        "level-0 pixels");
    }
    if (table_->lowest() == table_->highest()) {
      say(table + "all scores are " + number(table_->lowest()) +
          ", so that all tiles have one colour");
    }
    if (clipped_ > 0) {
      say(count_of(clipped_, "score") + " beyond the limits " + number(look_.limits.low) + " to " +
          number(look_.limits.high) + ", painted as the nearer one");
    }
  }

  void write_tables(ResultFolder& folder) {
    folder.write("slides.csv", csv_line({"slide", "tiles", "scored", "lowest", "mean", "highest",
                                         "downsample", "columns", "rows"}) +
                                   lines_);
    std::string missing = csv_line({"what", "key"});
    for (const auto& [what, key] : missing_) missing += csv_line({what, key});
    folder.write("missing.csv", missing);
    if (top_.empty()) return;
    folder.write("top.csv", top_.table());
    std::vector<std::string> unread;
    const Image sheet =
        top_.sheet((options_.rank ? "Rank of " : "") + options_.score, options_.threads, unread);
    if (!sheet.empty()) folder.write("top.png", sheet);
    if (unread.empty()) return;
    say(count_of(unread.size(), "tile") + " without an image" +
        (sheet.empty() ? ", so that there is no top.png" : " on top.png") +
        ", the first: " + unread.front());
  }

  Json summary_of(std::size_t slides) const {
    Json json;
    json["slides"] = slides;
    json["pictures"] = pictures_;
    json["tiles"] = tiles_;
    if (!table_) {
      json["clusters"] = options_.clusters;
      return json;
    }
    json["score"] = options_.score;
    json["rank"] = options_.rank;
    json["limits"] = {{"low", look_.limits.low}, {"high", look_.limits.high}};
    json["table"] = {
        {"scores", table_->size()}, {"lowest", table_->lowest()}, {"highest", table_->highest()}};
    json["scored_tiles"] = scored_;
    json["clipped_tiles"] = clipped_;
    json["missing"] = missing_.size();
    return json;
  }

  const HeatmapJobOptions& options_;
  Observer& observer_;
  const std::atomic<bool>& stop_;
  std::optional<ScoreTable> table_;
  HeatmapLook look_;
  ExtremeTiles top_;
  std::string lines_;  // of slides.csv
  std::vector<std::pair<std::string, std::string>> missing_;
  std::vector<std::string> no_picture_;
  std::vector<std::string> guessed_;
  std::size_t pictures_ = 0;
  std::size_t tiles_ = 0;
  std::size_t scored_ = 0;
  std::size_t clipped_ = 0;
  std::size_t unknown_tiles_ = 0;
  std::size_t without_score_ = 0;   // tiles
  std::size_t without_scores_ = 0;  // slides
  std::vector<std::string> messages_;
  AnalysisReport report_;
};

[[noreturn]] void refuse(const std::string& what) { throw Error(ErrorKind::usage, what); }

void check_scores(const HeatmapJobOptions& options) {
  if (options.score.empty()) refuse("--scores needs --score, the column that is painted");
  if (options.limits && options.rank) {
    refuse("--limits must be left out with --rank, whose ranks lie between 0 and 1");
  }
  if (!options.limits) return;
  const bool finite = std::isfinite(options.limits->low) && std::isfinite(options.limits->high);
  if (finite && options.limits->low < options.limits->high) return;
  refuse("--limits must be two numbers, the lower one first, got " + number(options.limits->low) +
         " and " + number(options.limits->high));
}

void check_clusters(const HeatmapJobOptions& options) {
  const auto only_scores = [](bool given, const char* option) {
    if (given) refuse(std::string(option) + " needs --scores; clusters are no numbers");
  };
  only_scores(!options.score.empty(), "--score");
  only_scores(options.rank, "--rank");
  only_scores(options.limits.has_value(), "--limits");
  only_scores(options.downsample.has_value(), "--downsample");
}

}  // namespace

void validate(const HeatmapJobOptions& options) {
  if (options.inputs.empty()) refuse("--input must name a folder");
  if (options.scores.empty() == (options.clusters == 0)) {
    refuse("either --scores or --num-clusters must say what is painted");
  }
  options.scores.empty() ? check_clusters(options) : check_scores(options);
  if (!(options.alpha >= 0.0 && options.alpha <= 1.0)) {
    refuse("--alpha must lie in [0, 1], got " + number(options.alpha));
  }
  if (options.downsample && !(*options.downsample > 0.0 && std::isfinite(*options.downsample))) {
    refuse("--downsample must be above 0, got " + number(*options.downsample));
  }
  if (options.threads < 1) refuse("--threads must be at least 1, got 0");
  validate(options.shard);
}

AnalysisReport run_heatmap_job(const HeatmapJobOptions& options, Observer& observer,
                               const std::atomic<bool>& stop) {
  validate(options);
  keep_opencv_on_one_thread();
  return HeatmapRun(options, observer, stop).run();
}

}  // namespace histo
