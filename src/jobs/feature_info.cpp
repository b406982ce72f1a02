#include "jobs/feature_info.hpp"

#include <array>

#include "histo/error.hpp"

#include "core/csv.hpp"
#include "core/text.hpp"
#include "jobs/tile_fit.hpp"
#include "store/layout.hpp"
#include "store/table_cells.hpp"

namespace histo {

namespace {

// A store repeats what its card says of the numbers, so that it can be read without the card.
std::string normalisation_text(const Normalisation& normalisation) {
  const auto join = [](const std::array<double, 3>& values) {
    return number(values[0]) + "," + number(values[1]) + "," + number(values[2]);
  };
  return "mean=" + join(normalisation.mean) + ";std=" + join(normalisation.deviation);
}

std::string pooling_text(const ModelCard& card) {
  if (card.layout == OutputLayout::blocks) {
    return "num_blocks=" + std::to_string(card.num_blocks) +
           ";avg_pool=" + (card.avg_pool ? "true" : "false");
  }
  switch (card.pooling) {
    case Pooling::cls:
      return "cls";
    case Pooling::mean_patch:
      return "mean_patch";
    case Pooling::cls_and_mean_patch:
      return "cls+mean_patch";
    case Pooling::none:
      break;
  }
  return "none";
}

void add_slide_record(const SlideRecord& record, FeatureInfo& info) {
  info.tile_size = {record.width, record.height};
  info.patch_size = tile_image_size(record).width;
  info.overlap = record.overlap;
  info.slide_size = record.size;
  info.mpp_level0 = record.mpp_x;
  info.mpp_effective = record.effective_mpp;
  info.level0_magnification = record.objective_power;
  if (record.objective_power) {
    info.target_magnification =
        *record.objective_power /
        (record.tile_scale ? record.tile_scale->x : record.level_downsample.x);
  }
}

// How the tiles were made, without what changes no tile's pixels. Unset for HistoPrep's own
// folders, which say nothing of it, and where the file is damaged.
std::optional<Fingerprint> tiling_fingerprint(const std::filesystem::path& folder) {
  try {
    Fingerprint made = read_slide_record(properties_file(folder)).fingerprint;
    if (made.text().empty()) return std::nullopt;
    for (const char* key : {"metrics", "masks", "tma", "stain-separate", "absolute-paths"}) {
      made.forget(key);
    }
    return made;
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace

std::optional<SlideRecord> slide_record(const std::filesystem::path& folder) {
  if (!std::filesystem::exists(properties_file(folder))) return std::nullopt;
  return read_slide_record(properties_file(folder));
}

Fingerprint tiles_fingerprint(const std::filesystem::path& folder) {
  // Which tiles, and where their images are: metrics beside them change no feature.
  std::string tiles;
  for (const TileRow& row : kept_tiles(read_tile_table(tile_table_file(folder)))) {
    tiles += csv_line(tile_cells(row));
  }
  Fingerprint print;
  print.set("tiles", sha256(tiles).substr(0, 16));
  if (const auto made = tiling_fingerprint(folder)) print.set("tiling", made->digest());
  return print;
}

Fingerprint feature_fingerprint(const std::filesystem::path& folder, const ModelCard& card,
                                const ExtractJobOptions& options) {
  Fingerprint print = tiles_fingerprint(folder);
  print.set("model", card.sha256);
  print.set("card", sha256(card.text).substr(0, 16));
  if (card.layout == OutputLayout::blocks) {
    print.set("num-blocks", static_cast<std::int64_t>(card.num_blocks));
    print.set("avg-pool", std::string(card.avg_pool ? "yes" : "no"));
  }
  if (options.precision != "auto") print.set("precision", options.precision);
  const std::optional<Normalisation> common = common_normalisation(card, options);
  if (options.normalize.by != NormalizeOption::By::model) {
    print.set("normalize", common ? normalisation_text(*common) : std::string("estimate"));
  }
  if (!common) print.set("num-samples", static_cast<std::int64_t>(options.num_samples));
  return print;
}

std::optional<Normalisation> common_normalisation(const ModelCard& card,
                                                  const ExtractJobOptions& options) {
  switch (options.normalize.by) {
    case NormalizeOption::By::estimate:
      return std::nullopt;
    case NormalizeOption::By::numbers:
      return options.normalize.numbers;
    case NormalizeOption::By::model:
      break;
  }
  return card.normalisation;
}

FeatureInfo feature_info(const std::filesystem::path& folder, const std::vector<TileRow>& rows,
                         const ModelCard& card, const Normalisation& normalisation,
                         const Fingerprint& print) {
  FeatureInfo info;
  info.slide = std::filesystem::absolute(folder).lexically_normal().filename().string();
  info.encoder = card.name;
  info.model_sha256 = card.sha256;
  info.card = card.text;
  info.pooling = pooling_text(card);
  info.normalization = normalisation_text(normalisation);
  info.savetodir = folder.string();
  info.fingerprint = print.digest();
  info.fingerprint_parts = print.text();
  if (!rows.empty()) info.tile_size = {rows.front().rect.width, rows.front().rect.height};
  info.patch_size = info.tile_size.width;
  if (const std::optional<SlideRecord> record = slide_record(folder)) {
    add_slide_record(*record, info);
  }
  return info;
}

}  // namespace histo
