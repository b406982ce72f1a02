#include "jobs/tile_record.hpp"

#include <string>

#include "core/files.hpp"
#include "core/text.hpp"
#include "jobs/side_inputs.hpp"
#include "jobs/tile_pixels.hpp"

namespace histo {

namespace {

std::string optional_text(const std::optional<int>& value, const std::string& otherwise) {
  return value ? std::to_string(*value) : otherwise;
}

std::string name_of(SaveTiles save) {
  switch (save) {
    case SaveTiles::files:
      return "files";
    case SaveTiles::tar:
      return "tar";
    case SaveTiles::none:
      break;
  }
  return "none";
}

/// At a level, the direct reader's pixels are OpenSlide's; between levels they are not quite.
std::string name_of(SlideBackend backend, bool is_resampled) {
  switch (backend) {
    case SlideBackend::direct:
      return "direct";
    case SlideBackend::image:
      return "image";
    case SlideBackend::openslide:
      return is_resampled ? "openslide" : "automatic";
    case SlideBackend::automatic:
      break;
  }
  return "automatic";
}

void add_resolution(const TileJobOptions& options, const std::filesystem::path& slide,
                    Fingerprint& print) {
  const ResolutionOptions& resolution = options.resolution;
  if (!resolution.mpp) return;
  print.set("mpp", *resolution.mpp);
  print.set("mpp-tolerance", resolution.mpp_tolerance);
  if (resolution.upsample) print.set("upsample", std::string("yes"));
  if (const std::optional<double> given = given_mpp(options, slide)) {
    print.set("slide-mpp", *given);
  }
}

void add_tissue(const TileJobOptions& options, const std::filesystem::path& slide,
                Fingerprint& print) {
  const TissueOptions& tissue = options.tissue;
  if (options.tissue_masks) {
    print.set("tissue-mask", file_stamp(mask_file_of(*options.tissue_masks, slide)));
  } else {
    print.set("threshold", optional_text(tissue.threshold, "otsu"));
    if (!tissue.threshold) print.set("multiplier", tissue.multiplier);
    print.set("tissue-level", optional_text(tissue.level, "by max-dimension"));
    if (!tissue.level) print.set("max-dimension", tissue.max_dimension);
    print.set("sigma", tissue.sigma);
    if (tissue.method != TissueMethod::otsu) print.set("tissue", std::string("hsv"));
  }
  if (tissue.min_area > 0.0) print.set("min-area", tissue.min_area);
  if (tissue.fill_holes > 0.0) print.set("fill-holes", tissue.fill_holes);
  if (!options.rois.path) return;
  const bool is_folder = std::filesystem::is_directory(*options.rois.path);
  print.set("rois", file_stamp(is_folder ? regions_file_of(*options.rois.path, slide)
                                         : *options.rois.path));
  std::string labels;
  for (const std::string& label : options.rois.labels) labels += label + ";";
  if (!labels.empty()) print.set("roi-labels", labels);
  if (options.rois.outside) print.set("outside-rois", std::string("yes"));
}

void add_saving(const TileJobOptions& options, Fingerprint& print) {
  const SavingOptions& saving = options.saving;
  print.set("image-format", extension(saving.image.format));
  if (saving.image.format == ImageFormat::jpeg) {
    print.set("quality", std::int64_t{saving.image.quality});
  } else if (saving.image.compression != ImageCoding().compression) {
    print.set("compression", std::int64_t{saving.image.compression});
  }
  if (saving.save != SaveTiles::files) print.set("save", name_of(saving.save));
  if (saving.metrics) print.set("metrics", std::string("yes"));
  if (saving.masks) print.set("masks", std::string("yes"));
  if (saving.absolute_paths) print.set("absolute-paths", std::string("yes"));
  if (options.tma) print.set("tma", std::string("yes"));
  if (options.stain.normalize) print.set("stain-normalize", name_of(*options.stain.normalize));
  if (options.stain.target) print.set("stain-target", file_stamp(*options.stain.target));
  if (options.stain.separate) print.set("stain-separate", std::string("yes"));
}

void add_images(const TileJobOptions& options, const Prepared& prepared, SlideRecord& record) {
  const SavingOptions& saving = options.saving;
  if (prepared.reading.scale) {
    record.tile_scale = prepared.reading.scale;
    record.tile_width_px = prepared.reading.pixels.width;
    record.tile_height_px = prepared.reading.pixels.height;
    record.resampled = prepared.resampled;
  }
  record.save = name_of(saving.save);
  if (saving.save == SaveTiles::none) {
    // Later steps read the slide, from wherever they are started.
    record.slide = std::filesystem::absolute(record.slide).lexically_normal().string();
  } else {
    record.image_format = extension(saving.image.format);
    if (saving.image.format == ImageFormat::jpeg) {
      record.quality = saving.image.quality;
    } else {
      record.compression = saving.image.compression;
    }
  }
  if (!options.stain.normalize || !prepared.stains) return;
  record.stain_method = name_of(*options.stain.normalize);
  if (options.stain.target) record.stain_target = options.stain.target->string();
  record.stain_from = stain_numbers(*prepared.stains);
  record.stain_to = stain_numbers(*prepared.stain_target);
}

}  // namespace

Fingerprint tile_fingerprint(const TileJobOptions& options, const std::filesystem::path& slide) {
  Fingerprint print;
  print.set("slide", file_stamp(slide));
  print.set("backend", name_of(options.backend, options.resolution.mpp.has_value()));
  print.set("level", std::int64_t{options.tiling.level});
  print.set("width", options.tiling.width);
  print.set("height", options.tiling.height ? std::to_string(*options.tiling.height) : "as wide");
  print.set("overlap", options.tiling.overlap);
  print.set("max-background", options.tiling.max_background);
  print.set("in-bounds", std::string(options.tiling.in_bounds ? "yes" : "no"));
  add_resolution(options, slide, print);
  add_tissue(options, slide, print);
  add_saving(options, print);
  return print;
}

SlideRecord describe_slide(const TileJobOptions& options, const Prepared& prepared) {
  const Slide& slide = prepared.slide;
  const SlideProperties& known = slide.properties();
  SlideRecord record;
  record.num_tiles = prepared.tiles.size();
  record.level = prepared.reading.level;
  record.level_downsample = slide.level_downsample(prepared.reading.level);
  record.width = prepared.tile_size.width;
  record.height = prepared.tile_size.height;
  record.overlap = options.tiling.overlap;
  record.max_background = options.tiling.max_background;
  record.slide = slide.path().string();
  record.size = slide.size();
  record.vendor = known.vendor;
  record.mpp_x = prepared.scale.mpp_x;
  record.mpp_y = prepared.scale.mpp_y;
  record.mpp_source = prepared.scale.source;
  record.objective_power = known.objective_power;
  record.level_count = slide.level_count();
  record.bounds = known.bounds;
  record.requested_mpp = options.resolution.mpp;
  record.effective_mpp = prepared.effective_mpp;
  if (prepared.effective_mpp_y != prepared.effective_mpp) {
    record.effective_mpp_y = prepared.effective_mpp_y;
  }
  record.reader = slide.reader();
  record.tissue_method = name_of(prepared.tissue.method);
  if (prepared.tissue_level) record.tissue_threshold = prepared.tissue.threshold;
  record.tissue_level = prepared.tissue_level;
  add_images(options, prepared, record);
  record.fingerprint = tile_fingerprint(options, slide.path());
  return record;
}

}  // namespace histo
