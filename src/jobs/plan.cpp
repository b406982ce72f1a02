#include "jobs/plan.hpp"

#include <algorithm>
#include <map>

#include "histo/cluster_store.hpp"
#include "histo/error.hpp"
#include "histo/feature_store.hpp"

#include "core/files.hpp"
#include "core/inputs.hpp"
#include "jobs/cluster_slides.hpp"
#include "jobs/feature_info.hpp"
#include "jobs/report.hpp"
#include "jobs/tile_fit.hpp"
#include "jobs/tile_record.hpp"
#include "store/layout.hpp"

namespace histo {

namespace {

const std::vector<std::string> slide_extensions = {"svs", "tif", "tiff", "ndpi",    "vms",
                                                   "vmu", "scn", "mrxs", "svslide", "bif",
                                                   "czi", "dcm", "jpg",  "jpeg",    "png"};

Found find_centroids(const std::filesystem::path& file) {
  Found found;
  if (!std::filesystem::exists(file)) return found;
  try {
    found.fingerprint = Fingerprint::parse(read_centroids(file).fingerprint_parts);
    found.finished = true;
  } catch (const Error& error) {
    found.damage = error.what();
  }
  return found;
}

PlannedSlide plan_features(const ExtractJobOptions& options, const ModelCard& card,
                           const std::filesystem::path& input,
                           const std::filesystem::path& folder) {
  try {
    PlannedSlide planned =
        decide(input, folder, find_features(folder), feature_fingerprint(folder, card, options),
               options.overwrite, "features");
    if (!options.force) refuse_misfit(card, planned);
    return planned;
  } catch (const Error& error) {
    return {input, folder, Action::refuse, reason_of(error, folder)};
  }
}

std::filesystem::path folder_of(const TileJobOptions& options, const std::filesystem::path& slide) {
  return options.keep_parent ? slide_folder_with_parent(options.output, slide)
                             : slide_folder(options.output, slide);
}

Candidate candidate_of(const TileJobOptions& options, const std::filesystem::path& slide) {
  Candidate candidate{slide, {}, bytes_of_slide(slide), "", {}};
  try {
    candidate.folder = folder_of(options, slide);
  } catch (const Error& error) {  // a name that cannot be used
    candidate.obstacle = reason_of(error, slide);
  }
  return candidate;
}

// Where one slide of a clustering is refused, none of them is done.
void refuse_together(std::vector<PlannedSlide>& plan) {
  const auto refused = std::find_if(plan.begin(), plan.end(), [](const PlannedSlide& slide) {
    return slide.action == Action::refuse;
  });
  if (refused == plan.end()) return;
  for (PlannedSlide& slide : plan) {
    if (slide.action != Action::work) continue;
    slide.action = Action::refuse;
    slide.reason = "is clustered together with " + refused->input.string() + ", which is refused";
  }
}

}  // namespace

void refuse_misfit(const ModelCard& card, PlannedSlide& slide) {
  if (slide.action != Action::work) return;
  const std::optional<SlideRecord> record = slide_record(slide.folder);
  const std::string reason = record ? misfit(card, *record) : "";
  if (reason.empty()) return;
  slide.action = Action::refuse;
  slide.reason = reason;
}

// Tiles that histoprep is saving, or was, are not taken away without a question.
void refuse_images(const ExtractJobOptions& options, PlannedSlide& slide) {
  const bool has_images = std::filesystem::exists(tiles_folder(slide.folder)) ||
                          std::filesystem::exists(tile_tar_file(slide.folder));
  if (slide.action != Action::work || options.overwrite == Overwrite::always || !has_images) return;
  slide.action = Action::refuse;
  slide.reason = slide.folder.string() +
                 " holds tiles of a histoprep that has not ended; let it end, or give --overwrite";
}

PlannedSlide decide(const std::filesystem::path& input, const std::filesystem::path& folder,
                    const Found& found, const Fingerprint& wanted, Overwrite overwrite,
                    const std::string& what) {
  PlannedSlide slide{input, folder, Action::work, "new"};
  if (overwrite == Overwrite::always) {
    if (found.finished || found.begun) slide.reason = "overwrites the " + what + " that are there";
    return slide;
  }
  if (!found.damage.empty()) {
    slide.action = Action::refuse;
    slide.reason = found.damage + "; --overwrite does it again";
  } else if (found.finished) {
    const std::string difference =
        found.fingerprint ? wanted.difference_from(*found.fingerprint) : std::string();
    slide.action = difference.empty() ? Action::skip : Action::refuse;
    slide.reason = difference.empty() ? "done already"
                                      : "has " + what + " made otherwise (" + difference +
                                            "); --overwrite does them again";
  } else if (!found.worker.empty()) {
    slide.reason = "is being worked on by " + found.worker;
  } else if (found.begun && overwrite == Overwrite::never) {
    slide.action = Action::refuse;
    slide.reason = folder.string() + " holds unfinished " + what + "; --unfinished does them again";
  } else if (found.begun) {
    slide.reason = "unfinished";
  }
  return slide;
}

Fingerprint cluster_fingerprint(const std::vector<std::filesystem::path>& folders,
                                const ClusterJobOptions& options) {
  std::string slides;
  for (const std::filesystem::path& folder : folders) {
    slides += folder.filename().string() + " " +
              FeatureReader(features_file(folder)).info().fingerprint + "\n";
  }
  const KMeansOptions& kmeans = options.kmeans;
  std::string clusters;
  for (const std::size_t k : kmeans.clusters) {
    clusters += (clusters.empty() ? "" : " ") + std::to_string(k);
  }
  Fingerprint print;
  print.set("features", sha256(slides).substr(0, 16));
  print.set("slides", static_cast<std::int64_t>(folders.size()));
  print.set("num-clusters", clusters);
  print.set("seed", std::to_string(kmeans.seed));
  print.set("mode", mode_name(kmeans.mode));
  print.set("init", options.start ? read_centroids(*options.start).fingerprint
                                  : initialisation_name(kmeans.initialisation));
  print.set("n-init", static_cast<std::int64_t>(kmeans.starts));
  print.set("max-iter", static_cast<std::int64_t>(kmeans.max_iterations));
  print.set("tol", kmeans.tolerance);
  print.set("metric", metric_name(kmeans.metric));
  print.set("preprocessing", preprocessing_name(options.pca, options.whiten));
  print.set("sample", static_cast<std::int64_t>(kmeans.sample));
  return print;
}

std::vector<std::filesystem::path> find_slide_folders(
    const std::vector<std::filesystem::path>& inputs) {
  std::vector<std::filesystem::path> folders;
  for (const std::filesystem::path& input : inputs) {
    if (!std::filesystem::is_directory(input)) {
      throw Error(ErrorKind::input, input.string() + ": there is no such folder");
    }
    if (std::filesystem::exists(tile_table_file(input))) {
      folders.push_back((input / "").parent_path());  // without a slash at the end
      continue;
    }
    const std::vector<std::filesystem::path> found = slide_folders(input);
    if (found.empty()) {
      throw Error(ErrorKind::input,
                  input.string() + ": no slide folder with a metadata.csv; histoprep makes them");
    }
    folders.insert(folders.end(), found.begin(), found.end());
  }
  // By what they are, not by how they are spelled.
  std::map<std::filesystem::path, std::filesystem::path> unique;
  for (const std::filesystem::path& folder : folders) {
    unique.emplace(std::filesystem::absolute(folder).lexically_normal(), folder);
  }
  folders.clear();
  for (const auto& [whole, folder] : unique) folders.push_back(folder);
  return folders;
}

std::filesystem::path output_of(const std::filesystem::path& input) {
  if (!std::filesystem::exists(tile_table_file(input))) return input;
  return std::filesystem::absolute(input / "..").lexically_normal();
}

std::vector<std::filesystem::path> find_slides(const std::vector<std::string>& patterns,
                                               const std::optional<std::filesystem::path>& list) {
  std::vector<std::string> all = patterns;
  if (list) {
    const std::vector<std::string> lines = read_list(*list);
    if (lines.empty()) throw Error(ErrorKind::input, list->string() + ": the list names no slide");
    all.insert(all.end(), lines.begin(), lines.end());
  }
  return expand_inputs(all, slide_extensions);
}

PlannedSlide plan_tiles(const TileJobOptions& options, const std::filesystem::path& slide) {
  const std::filesystem::path folder = folder_of(options, slide);
  return decide(slide, folder, find_tiles(folder), tile_fingerprint(options, slide),
                options.overwrite, "tiles");
}

std::vector<Candidate> tile_candidates(const TileJobOptions& options) {
  std::map<std::filesystem::path, std::size_t> folders;
  std::vector<Candidate> slides;
  for (const std::filesystem::path& slide : options.slides) {
    slides.push_back(candidate_of(options, slide));
    Candidate& added = slides.back();
    if (added.folder.empty()) continue;
    const auto [other, is_new] = folders.emplace(added.folder, slides.size() - 1);
    if (is_new) continue;
    added.twin = slides[other->second].input;
    slides[other->second].twin = added.input;
  }
  return slides;
}

// By the table of the tiles: it is there before the features are, and stays as it is.
std::vector<Candidate> folder_candidates(const std::vector<std::filesystem::path>& folders) {
  std::vector<Candidate> slides;
  for (const std::filesystem::path& folder : folders) {
    slides.push_back({folder, folder, bytes_of_file(tile_table_file(folder)), "", {}});
  }
  return slides;
}

std::string reason_of_twins(const TileJobOptions& options, const Candidate& slide) {
  return slide.input.string() + " and " + slide.twin.string() + " would both write to " +
         slide.folder.string() +
         (options.keep_parent ? "; rename one of them"
                              : "; --keep-parent puts their folders' names before");
}

PlannedSlide plan_tiles(const TileJobOptions& options, const Candidate& slide) {
  if (slide.folder.empty()) return {slide.input, {}, Action::refuse, slide.obstacle};
  try {
    return plan_tiles(options, slide.input);
  } catch (const Error& error) {  // a file that is gone
    return {slide.input, {}, Action::refuse, reason_of(error, slide.input)};
  }
}

SharedPlan share_tile_job(const TileJobOptions& options) {
  const std::vector<Candidate> slides = tile_candidates(options);
  // The later one of two, as they are given.
  const auto twin = std::find_if(slides.rbegin(), slides.rend(),
                                 [](const Candidate& slide) { return !slide.twin.empty(); });
  if (twin != slides.rend()) throw Error(ErrorKind::input, reason_of_twins(options, *twin));
  const Share share = share_of(slides, options.sharing.shard);
  SharedPlan plan{{}, share.manifest};
  for (const Candidate& slide : share.slides) plan.slides.push_back(plan_tiles(options, slide));
  return plan;
}

std::vector<PlannedSlide> plan_tile_job(const TileJobOptions& options) {
  return share_tile_job(options).slides;
}

TileJobOptions tiling_of(const ExtractJobOptions& options) {
  if (!options.tiling) throw Error(ErrorKind::internal, "no slide is tiled in this extraction");
  TileJobOptions tiling = *options.tiling;
  tiling.saving.save = SaveTiles::none;
  tiling.overwrite =
      options.overwrite == Overwrite::always ? Overwrite::always : Overwrite::unfinished;
  tiling.sharing = options.sharing;
  return tiling;
}

SharedPlan share_extract_job(const ExtractJobOptions& options, const ModelCard& card) {
  SharedPlan plan;
  if (!options.tiling) {
    const Share share =
        share_of(folder_candidates(find_slide_folders(options.inputs)), options.sharing.shard);
    plan.manifest = share.manifest;
    for (const Candidate& slide : share.slides) {
      plan.slides.push_back(plan_features(options, card, slide.input, slide.folder));
    }
    return plan;
  }
  SharedPlan tiles = share_tile_job(tiling_of(options));
  plan.manifest = std::move(tiles.manifest);
  for (PlannedSlide& slide : tiles.slides) {
    if (slide.action == Action::skip) {
      slide = plan_features(options, card, slide.input, slide.folder);
    } else {
      refuse_images(options, slide);
    }
    plan.slides.push_back(std::move(slide));
  }
  return plan;
}

std::vector<PlannedSlide> plan_extract_job(const ExtractJobOptions& options,
                                           const ModelCard& card) {
  return share_extract_job(options, card).slides;
}

PlannedSlide plan_extraction(const ExtractJobOptions& options, const ModelCard& card,
                             const PlannedSlide& slide) {
  const bool may_be_done = options.overwrite != Overwrite::always &&
                           std::filesystem::exists(features_file(slide.folder));
  if (!may_be_done) return slide;
  if (options.tiling) {
    const PlannedSlide tiles = plan_tiles(tiling_of(options), slide.input);
    if (tiles.action != Action::skip) return tiles;
  }
  return plan_features(options, card, slide.input, slide.folder);
}

SharedPlan share_apply_job(const ApplyJobOptions& options) {
  const Share share =
      share_of(folder_candidates(folders_by_name(options.inputs)), options.sharing.shard);
  SharedPlan plan{{}, share.manifest};
  for (const Candidate& slide : share.slides) {
    plan.slides.push_back({slide.input, slide.folder, Action::work, "gets labels"});
    if (std::filesystem::exists(features_file(slide.folder))) continue;
    plan.slides.back().action = Action::refuse;
    plan.slides.back().reason = "has no features; 'histoencoder extract' makes them";
  }
  return plan;
}

std::vector<PlannedSlide> plan_apply_job(const ApplyJobOptions& options) {
  return share_apply_job(options).slides;
}

std::vector<PlannedSlide> plan_cluster_job(const ClusterJobOptions& options) {
  std::vector<std::filesystem::path> folders;
  std::vector<std::filesystem::path> missing;
  for (const std::filesystem::path& folder : folders_by_name(options.inputs)) {
    (std::filesystem::exists(features_file(folder)) ? folders : missing).push_back(folder);
  }
  if (folders.empty()) {
    throw Error(ErrorKind::input,
                options.inputs.front().string() +
                    ": no slide with features; 'histoencoder extract' makes them");
  }
  const Fingerprint wanted = cluster_fingerprint(folders, options);
  const Found common = find_centroids(centroids_file(output_of(options.inputs.front())));
  std::vector<PlannedSlide> plan;
  for (const std::filesystem::path& folder : folders) {
    // Clusters are made of all slides at once: without the common centroids none of them is
    // finished.
    Found found = common;
    found.finished = common.finished && std::filesystem::exists(cluster_table_file(folder));
    plan.push_back(decide(folder, folder, found, wanted, options.overwrite, "clusters"));
  }
  if (!options.skip_missing) {
    for (const std::filesystem::path& folder : missing) {
      plan.push_back({folder, folder, Action::refuse,
                      "has no features; 'histoencoder extract' makes them, --skip-missing leaves "
                      "the slide out"});
    }
  }
  refuse_together(plan);
  return plan;
}

}  // namespace histo
