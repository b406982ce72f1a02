#include "store/trident_files.hpp"

#include <algorithm>

#include "store/feature_attributes.hpp"
#include "store/places_writer.hpp"

namespace histo {

namespace {

class TridentFeatures : public ForeignWriter {
 public:
  TridentFeatures(const std::filesystem::path& file, std::size_t dim, const FeatureInfo& info)
      : writer_(file, dim, info) {}

  void append(const float* features, const std::vector<Rect>& places) override {
    writer_.append(features, places);
  }
  void commit() override { writer_.commit(); }

 private:
  FeatureWriter writer_;
};

}  // namespace

std::filesystem::path trident_features_path(const std::string& slide, const std::string& encoder) {
  std::string folder = encoder.empty() ? "features" : "features_" + encoder;
  std::replace(folder.begin(), folder.end(), '/', '_');
  return std::filesystem::path(folder) / (slide + ".h5");
}

std::filesystem::path trident_patches_path(const std::string& slide) {
  return std::filesystem::path("patches") / (slide + "_patches.h5");
}

std::unique_ptr<ForeignWriter> write_trident_features(const std::filesystem::path& file,
                                                      std::size_t dim, const FeatureInfo& info) {
  return std::make_unique<TridentFeatures>(file, dim, info);
}

std::string trident_patches_obstacle(const FeatureInfo& info) {
  // Its reader takes a file without these for one of an older layout, and fails.
  if (info.patch_size < 1) return "the tiles' size is not known";
  if (!info.level0_magnification) return "the slide's magnification is not known";
  if (!info.target_magnification) return "the tiles' magnification is not known";
  if (info.tile_size.width != info.tile_size.height) return "the tiles are no squares";
  return "";
}

std::unique_ptr<ForeignWriter> write_trident_patches(const std::filesystem::path& file,
                                                     const FeatureInfo& info) {
  auto writer = std::make_unique<PlacesWriter>(file);
  write_place_attributes(writer->coords(), info, writer->subject());
  return writer;
}

ForeignFeatures read_trident(const std::filesystem::path& file) {
  const auto reader = std::make_shared<FeatureReader>(file);
  ForeignFeatures features;
  features.rows = reader->rows();
  features.dim = reader->dim();
  features.info = reader->info();
  features.places = reader->read_rects();
  features.read = [reader, first = std::size_t{0}](std::size_t count, float* out) mutable {
    reader->read(first, count, out);
    first += count;
  };
  return features;
}

}  // namespace histo
