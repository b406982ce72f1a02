#include "jobs/extract_slide.hpp"

#include <string>
#include <utility>

#include "histo/error.hpp"
#include "histo/version.hpp"

#include "core/text.hpp"
#include "jobs/cut.hpp"
#include "jobs/estimate.hpp"
#include "jobs/feature_info.hpp"
#include "jobs/plan.hpp"
#include "jobs/tile_fit.hpp"
#include "store/layout.hpp"

namespace histo {

namespace {

/// Of what a worker does nobody is told before it is done.
class Silence : public Observer {
 public:
  void note(const std::string& /*sentence*/) override {}
  void warn(const std::string& /*sentence*/) override {}
  void slide_failed(const std::string& /*path*/, const std::string& /*reason*/) override {}
  void slide_done(const std::string& /*sentence*/) override {}
  void progress(std::size_t /*done*/, std::size_t /*total*/, const std::string& /*unit*/) override {
  }
};

/// The copy of a slide that is read, where slides are staged.
std::shared_ptr<const StagedCopy> stage(const ExtractSetting& setting,
                                        const std::filesystem::path& file, OpenSlide& slide,
                                        const std::atomic<bool>& stop) {
  if (setting.staging == nullptr || file.empty()) return nullptr;
  Staged staged = setting.staging->stage(file, stop);
  slide.unstaged = staged.reason;
  return std::move(staged.copy);
}

/// False if it was stopped before its end, or the claim lost.
bool tile(const ExtractSetting& setting, ClaimedSlide& claimed, OpenSlide& slide,
          const std::shared_ptr<const StagedCopy>& copy, const std::atomic<bool>& stop) {
  const PlannedSlide& planned = claimed.planned;
  TileJobOptions options = tiling_of(setting.options);
  const PlannedSlide tiles = plan_tiles(options, planned.input);
  if (tiles.action == Action::skip) return true;
  if (tiles.action == Action::refuse) throw Error(ErrorKind::input, tiles.reason);
  options.threads = 1;  // the other workers have tiles of other slides
  Prepared prepared = prepare_slide(options, setting.inputs, planned.input, copy);
  slide.warnings = prepared.warnings;
  Silence silence;
  const CutEnd end = cut_slide(options, prepared, claimed.claim, "", silence, stop);
  claimed.claim.unseal();  // the features take longer
  return end == CutEnd::done;
}

void check_fit(const ExtractSetting& setting, const std::filesystem::path& folder,
               OpenSlide& slide) {
  const std::optional<SlideRecord> record = slide_record(folder);
  if (!record) return;
  slide.has_unknown_scale = has_unknown_scale(setting.card, *record);
  if (setting.options.force) return;
  const std::string reason =
      misfit(setting.card, *record, setting.options.tiling ? "histoencoder extract" : "histoprep");
  if (!reason.empty()) throw Error(ErrorKind::input, reason);
}

// A feature file has one size of tile; better known before any of them is encoded.
void check_sizes(const std::vector<TileRow>& rows) {
  for (const TileRow& row : rows) {
    const Rect& first = rows.front().rect;
    if (row.rect.width == first.width && row.rect.height == first.height) continue;
    throw Error(ErrorKind::input, "its tiles are not all of one size: the one at x " +
                                      std::to_string(row.rect.x) + ", y " +
                                      std::to_string(row.rect.y) + " differs from the first");
  }
}

/// False if it was stopped meanwhile.
bool normalise(const ExtractSetting& setting, OpenSlide& slide, const std::atomic<bool>& stop) {
  // A slide without tiles has nothing to estimate from, and no use for an estimate.
  const auto common = common_normalisation(setting.card, setting.options);
  if (common || slide.rows.empty()) {
    slide.normalisation = common.value_or(Normalisation{});
    return true;
  }
  const std::optional<Normalisation> estimate =
      estimate_normalisation(*slide.tiles, slide.rows, setting.options.num_samples, 1, stop);
  if (estimate) slide.normalisation = *estimate;
  return estimate.has_value();
}

}  // namespace

std::optional<OpenSlide> open_slide(const ExtractSetting& setting, ClaimedSlide& claimed,
                                    const std::atomic<bool>& stop) {
  OpenSlide slide;
  const std::filesystem::path& folder = claimed.planned.folder;
  slide.features.emplace(claimed.claim);
  std::shared_ptr<const StagedCopy> copy;
  if (setting.options.tiling) {
    copy = stage(setting, claimed.planned.input, slide, stop);
    try {
      if (!tile(setting, claimed, slide, copy, stop)) return std::nullopt;
    } catch (const Error& error) {
      throw in_words_of_the_slide(error, copy);
    }
  }
  check_fit(setting, folder, slide);
  slide.rows = kept_tiles(read_tile_table(tile_table_file(folder)));
  check_sizes(slide.rows);
  if (!setting.options.tiling && StoredTiles::are_unsaved(slide.rows)) {
    copy = stage(setting, read_slide_record(properties_file(folder)).slide, slide, stop);
  }
  slide.tiles = std::make_shared<const StoredTiles>(folder, slide.rows, copy);

  const Fingerprint print = feature_fingerprint(folder, setting.card, setting.options);
  Fingerprint key = print;
  key.set("device", setting.device);
  key.set("precision", setting.precision);
  key.set("arithmetic", setting.arithmetic);
  key.set("program", version());
  slide.features->take_up(setting.dim, key);
  if (!normalise(setting, slide, stop)) return std::nullopt;
  slide.info = feature_info(folder, slide.rows, setting.card, slide.normalisation, print);
  slide.info.device = setting.device;
  slide.info.precision = setting.precision;
  return slide;
}

void remove_idle_logs(const std::vector<PlannedSlide>& plan) {
  for (const PlannedSlide& slide : plan) {
    if (slide.action != Action::skip || read_claim(slide.folder)) continue;
    FeatureLog::remove_if_idle(feature_log_file(slide.folder));
  }
}

std::vector<std::string> slides_of_unknown_scale(const ModelCard& card,
                                                 const std::vector<PlannedSlide>& slides) {
  std::vector<std::string> inputs;
  for (const PlannedSlide& slide : slides) {
    try {
      const std::optional<SlideRecord> record = slide_record(slide.folder);
      if (record && has_unknown_scale(card, *record)) inputs.push_back(slide.input.string());
    } catch (const Error&) {
      // Opening the slide will say what is wrong with its record.
    }
  }
  return inputs;
}

std::string unknown_scale(const ExtractSetting& setting, const std::string& slides) {
  return "model " + setting.card.name + " was trained at " + number(*setting.card.tile_mpp) +
         " um a pixel, and " + slides +
         " does not say its own resolution, so nobody can tell whether it fits; " +
         (setting.options.tiling ? "--slide-mpp" : "'histoprep --slide-mpp'") + " states it";
}

}  // namespace histo
