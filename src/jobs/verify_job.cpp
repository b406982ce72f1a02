#include "histo/verify_job.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

#include "histo/error.hpp"
#include "histo/feature_store.hpp"
#include "histo/tile_table.hpp"

#include "core/fingerprint.hpp"
#include "core/text.hpp"
#include "jobs/feature_blocks.hpp"
#include "jobs/feature_info.hpp"
#include "jobs/plan.hpp"
#include "jobs/report.hpp"
#include "store/layout.hpp"

namespace histo {

namespace {

namespace fs = std::filesystem;

/// What all stores must share: the model's name, and its checksum with what was taken of its
/// output.
using Model = std::pair<std::string, std::string>;

Model model_of(const FeatureReader& reader) {
  const FeatureInfo& info = reader.info();
  std::string what = info.model_sha256.substr(0, 12);
  for (const std::string& part :
       {info.pooling, info.precision, std::to_string(reader.dim()) + " values"}) {
    if (!part.empty()) what += (what.empty() ? "" : " ") + part;
  }
  return {info.encoder, what};
}

std::string text_of(const Model& model) {
  const std::string name = model.first.empty() ? "an unnamed model" : model.first;
  return model.second.empty() ? name : name + " " + model.second;
}

std::string place_text(const Rect& rect) {
  return "x " + std::to_string(rect.x) + ", y " + std::to_string(rect.y);
}

/// What is wrong with the rows' places; empty if nothing is.
std::string wrong_tiles(const FeatureReader& reader, const std::vector<TileRow>& tiles) {
  if (reader.rows() != tiles.size()) {
    return count_of(reader.rows(), "row") + ", and metadata.csv has " +
           count_of(tiles.size(), "tile") + "; extract the slide again with --overwrite";
  }
  const std::vector<Rect> rects = reader.read_rects();
  for (std::size_t i = 0; i < tiles.size(); ++i) {
    const Rect& tile = tiles[i].rect;
    if (rects[i].x != tile.x || rects[i].y != tile.y) {
      return "row " + std::to_string(i) + " is of a tile at " + place_text(rects[i]) +
             ", and metadata.csv has one at " + place_text(tile) +
             "; extract the slide again with --overwrite";
    }
    const bool sized = rects[i].width > 0;
    if (sized && (rects[i].width != tile.width || rects[i].height != tile.height)) {
      return "row " + std::to_string(i) + " is of a tile of " + std::to_string(rects[i].width) +
             " x " + std::to_string(rects[i].height) + " pixels, and metadata.csv has one of " +
             std::to_string(tile.width) + " x " + std::to_string(tile.height);
    }
  }
  return "";
}

/// What is wrong with what the store says that it was made of; empty if nothing is.
std::string wrong_fingerprint(const FeatureInfo& info, const fs::path& folder) {
  if (info.fingerprint.empty() && info.fingerprint_parts.empty()) return "";
  const Fingerprint made = Fingerprint::parse(info.fingerprint_parts);
  if (made.digest() != info.fingerprint) {
    return "its fingerprint is " + info.fingerprint + ", and that of its parts is " + made.digest();
  }
  // Its own parts, with those that can be looked up as they are now.
  Fingerprint now = Fingerprint::parse(info.fingerprint_parts + tiles_fingerprint(folder).text());
  if (!info.model_sha256.empty()) now.set("model", info.model_sha256);
  if (!info.card.empty()) now.set("card", sha256(info.card).substr(0, 16));
  const std::string difference = now.difference_from(made);
  return difference.empty() ? ""
                            : "was made of something else than is there now (" + difference + ")";
}

/// One run of the job.
class VerifyRun {
 public:
  VerifyRun(Observer& observer, const std::atomic<bool>& stop) : observer_(observer), stop_(stop) {}

  VerifyReport run(const std::vector<fs::path>& folders) {
    for (const fs::path& folder : folders) {
      if (stop_.load()) break;
      CheckedStore store = check(folder);
      if (stop_.load()) break;  // it may not have been read to its end
      report_.stores.push_back(std::move(store));
      observer_.progress(report_.stores.size(), folders.size(), "slides");
    }
    report_.interrupted = report_.stores.size() < folders.size();
    add_mixed_models();
    for (const CheckedStore& store : report_.stores) {
      if (store.state != StoreState::sound) {
        observer_.slide_failed(store.folder.string(), store.reason);
      }
    }
    return std::move(report_);
  }

 private:
  CheckedStore check(const fs::path& folder) {
    CheckedStore store{folder, StoreState::sound, "", 0};
    warn_of_leftovers(folder);
    models_.emplace_back();
    if (!fs::exists(features_file(folder))) {
      store.state = StoreState::missing;
      store.reason = "has no features; 'histoencoder extract' makes them";
      return store;
    }
    try {
      const FeatureReader reader(features_file(folder));
      models_.back() = model_of(reader);
      const std::vector<TileRow> tiles = kept_tiles(read_tile_table(tile_table_file(folder)));
      add(store, wrong_tiles(reader, tiles));
      add(store, wrong_values(reader, store.tiles));
      add(store, wrong_fingerprint(reader.info(), folder));
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::input) throw;
      add(store, reason_of(error, folder));
    }
    return store;
  }

  static void add(CheckedStore& store, const std::string& reason) {
    if (reason.empty()) return;
    store.state = StoreState::wrong;
    store.reason += (store.reason.empty() ? "" : "; ") + reason;
  }

  /// What is wrong with the numbers; empty if nothing is. `read` counts the rows.
  std::string wrong_values(const FeatureReader& reader, std::size_t& read) const {
    const std::size_t dim = reader.dim();
    const std::size_t block = rows_of_block(dim);
    std::vector<float> values(std::min(block, reader.rows()) * dim);
    std::vector<float> first;
    bool all_alike = reader.rows() > 1;
    for (; read < reader.rows() && !stop_.load();) {
      const std::size_t count = std::min(block, reader.rows() - read);
      reader.read(read, count, values.data());
      const auto end = values.begin() + static_cast<std::ptrdiff_t>(count * dim);
      const auto odd =
          std::find_if(values.begin(), end, [](float value) { return !std::isfinite(value); });
      if (odd != end) {
        const std::size_t row = read + static_cast<std::size_t>(odd - values.begin()) / dim;
        return "row " + std::to_string(row) + " holds a value that is not finite";
      }
      if (first.empty())
        first.assign(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(dim));
      for (auto row = values.begin(); all_alike && row != end;
           row += static_cast<std::ptrdiff_t>(dim)) {
        all_alike = std::equal(first.begin(), first.end(), row);
      }
      read += count;
    }
    return all_alike ? "all of its " + count_of(reader.rows(), "row") + " are alike" : "";
  }

  void warn_of_leftovers(const fs::path& folder) {
    std::error_code error;
    std::vector<std::string> names;
    for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
         entry.increment(error)) {
      if (entry->path().extension() == ".part") names.push_back(entry->path().string());
    }
    std::sort(names.begin(), names.end());
    for (const std::string& name : names) {
      observer_.warn(name + ": an unfinished file; a run is under way, or was killed");
    }
  }

  // The model of most stores is taken for the right one; of two with as many, the first.
  void add_mixed_models() {
    std::map<Model, std::size_t> counts;
    for (const auto& model : models_) {
      if (model) ++counts[*model];
    }
    if (counts.size() < 2) return;
    std::size_t usual = report_.stores.size();
    for (std::size_t i = 0; i < report_.stores.size(); ++i) {
      if (!models_[i]) continue;
      if (usual == report_.stores.size() || counts[*models_[i]] > counts[*models_[usual]])
        usual = i;
    }
    for (std::size_t i = 0; i < report_.stores.size(); ++i) {
      if (!models_[i] || *models_[i] == *models_[usual]) continue;
      add(report_.stores[i], "features of " + text_of(*models_[i]) + ", and " +
                                 report_.stores[usual].folder.string() + " has those of " +
                                 text_of(*models_[usual]));
    }
  }

  Observer& observer_;
  const std::atomic<bool>& stop_;
  VerifyReport report_;
  std::vector<std::optional<Model>> models_;  // of the stores, where they can be read
};

}  // namespace

std::size_t VerifyReport::count(StoreState state) const {
  return static_cast<std::size_t>(
      std::count_if(stores.begin(), stores.end(),
                    [state](const CheckedStore& store) { return store.state == state; }));
}

std::size_t VerifyReport::tiles() const {
  std::size_t sum = 0;
  for (const CheckedStore& store : stores) sum += store.tiles;
  return sum;
}

void validate(const VerifyJobOptions& options) {
  if (options.inputs.empty()) throw Error(ErrorKind::usage, "--input must name a folder");
  validate(options.shard);
}

VerifyReport run_verify_job(const VerifyJobOptions& options, Observer& observer,
                            const std::atomic<bool>& stop) {
  validate(options);
  std::vector<Candidate> slides;
  for (const fs::path& folder : find_slide_folders(options.inputs)) {
    slides.push_back({folder, folder, bytes_of_file(features_file(folder)), "", {}});
  }
  std::vector<fs::path> folders;
  for (const Candidate& slide : share_of(slides, options.shard).slides) {
    folders.push_back(slide.input);
  }
  return VerifyRun(observer, stop).run(folders);
}

}  // namespace histo
