#include "histo/convert_job.hpp"

#include <algorithm>
#include <climits>
#include <map>
#include <memory>
#include <system_error>
#include <utility>

#include "histo/error.hpp"
#include "histo/tile_table.hpp"

#include "core/files.hpp"
#include "core/text.hpp"
#include "jobs/convert_import.hpp"
#include "jobs/feature_blocks.hpp"
#include "jobs/feature_info.hpp"
#include "jobs/foreign_files.hpp"
#include "jobs/plan.hpp"
#include "jobs/report.hpp"
#include "jobs/shares.hpp"
#include "store/layout.hpp"

namespace histo {

namespace {

namespace fs = std::filesystem;

std::string folder_name(const fs::path& folder) {
  return fs::absolute(folder).lexically_normal().filename().string();
}

ExportedSlide exported(const ConvertJobOptions& options, const fs::path& folder,
                       const FeatureReader& reader) {
  ExportedSlide slide;
  slide.name = folder_name(folder);
  slide.rows = reader.rows();
  slide.dim = reader.dim();
  slide.info = reader.info();
  slide.info.slide = slide.name;
  if (!slide.info.mpp_level0) slide.info.mpp_level0 = options.slide_mpp;
  slide.record = slide_record(folder);
  if (slide.info.tile_size.width == 0) {  // a file that another tool wrote
    const std::vector<TileRow> tiles = kept_tiles(read_tile_table(tile_table_file(folder)));
    if (!tiles.empty()) {
      slide.info.tile_size = {tiles.front().rect.width, tiles.front().rect.height};
    }
  }
  return slide;
}

void refuse_existing(const fs::path& file, PlannedSlide& slide, Overwrite overwrite) {
  std::error_code ignored;
  if (!fs::exists(file, ignored)) return;
  slide.reason = "replaces what is there";
  if (overwrite == Overwrite::always) return;
  slide.action = Action::refuse;
  slide.reason = file.string() + " is there already; --overwrite replaces it";
}

// Found out only when it is made, it would end the run of all the others.
void refuse_long_name(const fs::path& file, PlannedSlide& slide) {
  if (temporary_name(file).filename().native().size() <= NAME_MAX) return;
  slide.action = Action::refuse;
  slide.reason = file.string() + ": the name is too long; rename the slide's folder";
}

PlannedSlide plan_export(const ConvertJobOptions& options, const fs::path& folder) {
  PlannedSlide planned{folder, options.output, Action::work, "new"};
  try {
    const FeatureReader reader(features_file(folder));
    const ForeignFiles files = foreign_files(options, exported(options, folder, reader));
    for (const ForeignFile& file : files.files) {
      if (planned.action == Action::work) refuse_existing(file.file, planned, options.overwrite);
      if (planned.action == Action::work) refuse_long_name(file.file, planned);
    }
    if (!files.obstacle.empty()) {
      planned.action = Action::refuse;
      planned.reason = files.obstacle;
    }
  } catch (const Error& error) {
    planned.action = Action::refuse;
    planned.reason = reason_of(error, folder);
  }
  return planned;
}

PlannedSlide plan_import(const ConvertJobOptions& options, const Candidate& slide) {
  if (slide.folder.empty()) return {slide.input, {}, Action::refuse, slide.obstacle};
  PlannedSlide planned{slide.input, slide.folder, Action::work, "new"};
  refuse_existing(features_file(planned.folder), planned, options.overwrite);
  return planned;
}

Candidate import_candidate(const ConvertJobOptions& options, const fs::path& file) {
  Candidate slide{file, {}, bytes_of_file(file), "", {}};
  try {
    slide.folder = slide_folder(options.output, file);
  } catch (const Error& error) {  // a name that cannot be a folder's
    slide.obstacle = reason_of(error, file);
  }
  return slide;
}

std::vector<fs::path> folders_of(const ConvertJobOptions& options) {
  return find_slide_folders({options.inputs.begin(), options.inputs.end()});
}

std::vector<Candidate> candidates_of(const ConvertJobOptions& options) {
  std::vector<Candidate> slides;
  std::map<std::string, fs::path> names;
  const auto add = [&](const Candidate& slide, const std::string& name) {
    const auto [other, is_new] = names.emplace(name, slide.input);
    if (!is_new) {
      throw Error(ErrorKind::input, slide.input.string() + " and " + other->second.string() +
                                        " would both become the slide " + name +
                                        "; convert them to two folders");
    }
    slides.push_back(slide);
  };
  if (options.from) {
    for (const fs::path& file : find_foreign_files(options)) {
      add(import_candidate(options, file), file.stem().string());
    }
    return slides;
  }
  for (const fs::path& folder : folders_of(options)) {
    const fs::path features = features_file(folder);
    if (!fs::exists(features)) continue;
    add({folder, folder, bytes_of_file(features), "", {}}, folder_name(folder));
  }
  if (!slides.empty()) return slides;
  throw Error(ErrorKind::input, options.inputs.front() +
                                    ": no slide with features; 'histoencoder extract' makes them");
}

SharedPlan share_convert_job(const ConvertJobOptions& options) {
  const Share share = share_of(candidates_of(options), options.shard);
  SharedPlan plan{{}, share.manifest};
  for (const Candidate& slide : share.slides) {
    plan.slides.push_back(options.from ? plan_import(options, slide)
                                       : plan_export(options, slide.input));
  }
  return plan;
}

/// One run of the job.
class ConvertRun {
 public:
  ConvertRun(const ConvertJobOptions& options, Observer& observer, const std::atomic<bool>& stop)
      : options_(options), observer_(observer), stop_(stop), recorder_(report_, observer) {}

  RunReport run() {
    const Stopwatch watch;
    if (options_.to) warn_of_missing_features();
    const SharedPlan shared = share_convert_job(options_);
    const std::vector<PlannedSlide>& plan = shared.slides;
    report_.manifest = shared.manifest;
    report_.shard = options_.shard;
    if (options_.from) recorder_.begin({options_.output, "convert", options_.info, 1}, plan);
    recorder_.take_plan(plan);
    const auto todo = static_cast<std::size_t>(
        std::count_if(plan.begin(), plan.end(),
                      [](const PlannedSlide& slide) { return slide.action == Action::work; }));
    std::size_t done = 0;
    for (const PlannedSlide& slide : plan) {
      if (slide.action != Action::work) continue;
      convert(slide);
      observer_.progress(++done, todo, "slides");
    }
    warn_of_files_left_out();
    report_.interrupted = report_.count(Outcome::interrupted) > 0;
    report_.seconds = watch.seconds();
    recorder_.end();
    return std::move(report_);
  }

 private:
  void convert(const PlannedSlide& slide) {
    const Stopwatch watch;
    try {
      const auto go_on = [this] { return !stop_.load(); };
      const std::optional<std::size_t> tiles =
          !go_on()      ? std::nullopt
          : options_.to ? export_slide(slide.input)
                        : import_slide(options_, slide.input, slide.folder, go_on);
      if (tiles) {
        recorder_.done(slide.input, *tiles, watch.seconds());
      } else {
        recorder_.interrupted(slide.input, watch.seconds());
      }
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::input) throw;
      recorder_.failed(slide.input, reason_of(error, slide.input), watch.seconds());
    }
  }

  std::optional<std::size_t> export_slide(const fs::path& folder) {
    const FeatureReader reader(features_file(folder));
    const ExportedSlide slide = exported(options_, folder, reader);
    const ForeignFiles files = foreign_files(options_, slide);
    std::vector<std::unique_ptr<ForeignWriter>> writers;
    for (const ForeignFile& file : files.files) {
      make_folders(file.file.parent_path());
      writers.push_back(file.open());
    }
    std::vector<Rect> places = reader.read_rects();
    for (Rect& place : places) {
      place.width = slide.info.tile_size.width;
      place.height = slide.info.tile_size.height;
    }
    const std::size_t block = rows_of_block(reader.dim());
    std::vector<float> values(std::min(block, reader.rows()) * reader.dim());
    for (std::size_t first = 0; first < reader.rows(); first += block) {
      if (stop_.load()) return std::nullopt;
      const std::size_t count = std::min(block, reader.rows() - first);
      reader.read(first, count, values.data());
      const auto begin = places.begin() + static_cast<std::ptrdiff_t>(first);
      const std::vector<Rect> part(begin, begin + static_cast<std::ptrdiff_t>(count));
      for (const auto& writer : writers) writer->append(values.data(), part);
    }
    for (const auto& writer : writers) writer->commit();
    if (!files.left_out.empty()) left_out_[files.left_out].push_back(folder.string());
    return reader.rows();
  }

  void warn_of_missing_features() {
    std::size_t missing = 0;
    for (const fs::path& folder : folders_of(options_)) {
      if (!fs::exists(features_file(folder))) ++missing;
    }
    if (missing == 0) return;
    recorder_.warn(count_of(missing, "slide") +
                   " without features left out; 'histoencoder extract' makes them");
  }

  void warn_of_files_left_out() {
    for (const auto& [what, slides] : left_out_) {
      recorder_.warn(count_of(slides.size(), "slide") + " (first: " + slides.front() +
                     ") without " + name_of(options_.to.value()) + "'s " + what);
    }
  }

  const ConvertJobOptions& options_;
  Observer& observer_;
  const std::atomic<bool>& stop_;
  RunReport report_;
  Recorder recorder_;
  std::map<std::string, std::vector<std::string>> left_out_;  // slides by what they lack
};

}  // namespace

void validate(const ConvertJobOptions& options) {
  if (options.inputs.empty()) throw Error(ErrorKind::usage, "--input must name something");
  if (options.output.empty()) throw Error(ErrorKind::usage, "--output must name a folder");
  validate(options.shard);
  if (options.to.has_value() == options.from.has_value()) {
    throw Error(ErrorKind::usage, "one of --to and --from must be given, and not both");
  }
  if (options.slide_mpp && !(*options.slide_mpp > 0.0)) {
    throw Error(ErrorKind::usage, "--slide-mpp must be a positive number of micrometres, got " +
                                      number(*options.slide_mpp));
  }
  if (options.tile_size && *options.tile_size < 1) {
    throw Error(ErrorKind::usage,
                "--tile-size must be at least 1, got " + std::to_string(*options.tile_size));
  }
}

std::vector<PlannedSlide> plan_convert_job(const ConvertJobOptions& options) {
  return share_convert_job(options).slides;
}

RunReport run_convert_job(const ConvertJobOptions& options, Observer& observer,
                          const std::atomic<bool>& stop) {
  validate(options);
  return ConvertRun(options, observer, stop).run();
}

}  // namespace histo
