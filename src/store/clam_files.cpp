#include "store/clam_files.hpp"

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>

#include "histo/error.hpp"

#include "store/hdf5_writer.hpp"
#include "store/places_writer.hpp"
#include "store/trident_files.hpp"

namespace histo {

namespace {

using hdf5::Handle;
using hdf5::Subject;

void write_pair(const Handle& object, const char* name, hid_t type, const void* pair,
                const Subject& subject) {
  const std::string what = std::string("attribute '") + name + "' cannot be written";
  const hsize_t two = 2;
  const Handle space = hdf5::owned(H5Screate_simple(1, &two, nullptr), H5Sclose, subject, what);
  const Handle attribute =
      hdf5::owned(H5Acreate2(object.get(), name, type, space.get(), H5P_DEFAULT, H5P_DEFAULT),
                  H5Aclose, subject, what);
  hdf5::check(H5Awrite(attribute.get(), type, pair), subject, what);
}

/// The first number of an attribute that CLAM writes as a pair, some of its heirs as one number.
std::optional<double> first_of(const Handle& object, const char* name, const Subject& subject) {
  const std::string what = std::string("attribute '") + name + "' cannot be read";
  if (H5Aexists(object.get(), name) <= 0) return std::nullopt;
  const Handle attribute =
      hdf5::owned(H5Aopen(object.get(), name, H5P_DEFAULT), H5Aclose, subject, what);
  const Handle space = hdf5::owned(H5Aget_space(attribute.get()), H5Sclose, subject, what);
  const hssize_t count = H5Sget_simple_extent_npoints(space.get());
  std::array<double, 2> values{};
  if (count < 1 || count > 2) hdf5::fail(subject, what);
  hdf5::check(H5Aread(attribute.get(), H5T_NATIVE_DOUBLE, values.data()), subject, what);
  return values[0];
}

std::int32_t small(std::int64_t value, const Subject& subject) {
  if (std::abs(value) > std::numeric_limits<std::int32_t>::max()) {
    throw Error(ErrorKind::input, subject.name + ": the place " + std::to_string(value) +
                                      " is more than CLAM's int32 can hold");
  }
  return static_cast<std::int32_t>(value);
}

class ClamFeatures : public ForeignWriter {
 public:
  ClamFeatures(const std::filesystem::path& file, std::size_t dim)
      : file_(file),
        features_(file_.file(), "features", hdf5::Number::float32, dim, file_.subject()),
        coords_(file_.file(), "coords", hdf5::Number::int32, 2, file_.subject()) {}
  ~ClamFeatures() override {
    features_.abandon();
    coords_.abandon();
  }

  void append(const float* features, const std::vector<Rect>& places) override {
    std::vector<std::int32_t> values;
    values.reserve(2 * places.size());
    for (const Rect& place : places) {
      values.push_back(small(place.x, file_.subject()));
      values.push_back(small(place.y, file_.subject()));
    }
    features_.append(features, places.size());
    coords_.append(values.data(), places.size());
  }

  void commit() override {
    features_.finish();
    coords_.finish();
    file_.commit();
  }

 private:
  hdf5::FileWriter file_;
  hdf5::TableWriter features_;
  hdf5::TableWriter coords_;
};

/// Adds what patches/SLIDE.h5 beside h5_files/ says of the tiles, if it is there.
void add_tile_size(const std::filesystem::path& features, FeatureInfo& info) {
  const std::filesystem::path patches =
      features.parent_path().parent_path() / clam_patches_path(features.stem().string());
  std::error_code ignored;
  if (!std::filesystem::exists(patches, ignored)) return;
  const Subject subject{patches.string(), ErrorKind::input};
  const Handle file = hdf5::open_file(patches, subject);
  const hdf5::Table coords = hdf5::open_table(file, "coords", hdf5::Number::int64, subject);
  info.patch_size = hdf5::read_integer(coords.dataset, "patch_size", subject).value_or(0);
  auto downsample = first_of(coords.dataset, "downsample", subject);
  if (!downsample && hdf5::read_integer(coords.dataset, "patch_level", subject) == 0) {
    downsample = 1.0;
  }
  if (!downsample) return;
  const std::int64_t side = round_half_even(static_cast<double>(info.patch_size) * *downsample);
  info.tile_size = {side, side};
}

}  // namespace

std::filesystem::path clam_features_path(const std::string& slide) {
  return std::filesystem::path("h5_files") / (slide + ".h5");
}
std::filesystem::path clam_patches_path(const std::string& slide) {
  return std::filesystem::path("patches") / (slide + ".h5");
}
std::filesystem::path clam_tensor_path(const std::string& slide) {
  return std::filesystem::path("pt_files") / (slide + ".pt");
}

std::unique_ptr<ForeignWriter> write_clam_features(const std::filesystem::path& file,
                                                   std::size_t dim) {
  return std::make_unique<ClamFeatures>(file, dim);
}

std::string clam_patches_obstacle(const FeatureInfo& info,
                                  const std::optional<SlideRecord>& record) {
  if (!record) return "there is no properties.json that names the tiles' level";
  if (record->resampled.value_or(false)) return "the tiles are no level's own pixels";
  if (info.patch_size < 1) return "the tiles' size is not known";
  if (info.tile_size.width != info.tile_size.height) return "the tiles are no squares";
  return "";
}

std::unique_ptr<ForeignWriter> write_clam_patches(const std::filesystem::path& file,
                                                  const FeatureInfo& info,
                                                  const SlideRecord& record) {
  auto writer = std::make_unique<PlacesWriter>(file);
  const Handle& coords = writer->coords();
  const Subject& subject = writer->subject();
  hdf5::write_integer(coords, "patch_size", info.patch_size, subject);
  hdf5::write_integer(coords, "patch_level", record.level, subject);
  const std::array<double, 2> downsample = {record.level_downsample.x, record.level_downsample.y};
  write_pair(coords, "downsample", H5T_NATIVE_DOUBLE, downsample.data(), subject);
  // Of the other levels the sizes are nowhere written down.
  if (record.level == 0 && record.size) {
    const std::array<std::int64_t, 2> size = {record.size->width, record.size->height};
    write_pair(coords, "level_dim", H5T_NATIVE_INT64, size.data(), subject);
    write_pair(coords, "downsampled_level_dim", H5T_NATIVE_INT64, size.data(), subject);
  }
  hdf5::write_text(coords, "name", info.slide, subject);
  hdf5::write_text(coords, "save_path", file.parent_path().string(), subject);
  return writer;
}

ForeignFeatures read_clam(const std::filesystem::path& file) {
  ForeignFeatures features = read_trident(file);  // the same two datasets
  if (features.info.tile_size.width > 0) return features;
  add_tile_size(file, features.info);
  for (Rect& place : *features.places) {
    place.width = features.info.tile_size.width;
    place.height = features.info.tile_size.height;
  }
  return features;
}

}  // namespace histo
