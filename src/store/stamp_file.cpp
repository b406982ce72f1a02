#include "store/stamp_file.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "histo/error.hpp"

#include "core/text.hpp"
#include "store/feature_attributes.hpp"
#include "store/hdf5_writer.hpp"

namespace histo {

namespace {

using hdf5::Handle;
using hdf5::Subject;

constexpr const char* unknown_mpp =
    "STAMP's places are micrometres, and the slide's resolution is not known; --slide-mpp states "
    "it";

/// binary16, to the nearest, a half to the even neighbour; values that are too large give infinity.
std::uint16_t float16_bits(float value) {
  std::uint32_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  const std::uint32_t sign = (bits >> 16U) & 0x8000U;
  const double size = std::abs(static_cast<double>(value));
  if (size == 0.0) return static_cast<std::uint16_t>(sign);
  if (std::isnan(size)) return static_cast<std::uint16_t>(sign | 0x7e00U);
  if (size >= 65520.0) return static_cast<std::uint16_t>(sign | 0x7c00U);
  // Steps between neighbours are 2^(e - 10), and 2^-24 below the smallest normal number.
  int exponent = 0;
  std::frexp(size, &exponent);
  const int step = std::max(exponent - 11, -24);
  const auto steps = static_cast<std::uint32_t>(round_half_even(std::ldexp(size, -step)));
  // With 2^10 steps and more the leading bit adds one to the exponent's field.
  const auto field = static_cast<std::uint32_t>(step + 24) << 10U;
  return static_cast<std::uint16_t>(sign | (field + steps));
}

class StampFile : public ForeignWriter {
 public:
  StampFile(const std::filesystem::path& file, std::size_t dim, const FeatureInfo& info)
      : mpp_(info.mpp_level0.value_or(0.0)),
        dim_(dim),
        file_(file),
        feats_(file_.file(), "feats", hdf5::Number::float16, dim, file_.subject()),
        coords_(file_.file(), "coords", hdf5::Number::float32, 2, file_.subject()) {
    write_root(info);
    write_place_attributes(coords_.dataset(), info, file_.subject());
  }
  ~StampFile() override {
    feats_.abandon();
    coords_.abandon();
  }

  void append(const float* features, const std::vector<Rect>& places) override {
    std::vector<std::uint16_t> halves(places.size() * dim_);
    for (std::size_t i = 0; i < halves.size(); ++i) {
      halves[i] = float16_bits(features[i]);
      if ((halves[i] & 0x7c00U) == 0x7c00U && std::isfinite(features[i])) {
        throw Error(ErrorKind::input, file_.subject().name + ": row " +
                                          std::to_string(feats_.rows() + i / dim_) + " holds " +
                                          number(static_cast<double>(features[i])) +
                                          ", which is more than STAMP's float16 can hold");
      }
    }
    std::vector<float> micrometres;
    micrometres.reserve(2 * places.size());
    for (const Rect& place : places) {
      micrometres.push_back(static_cast<float>(static_cast<double>(place.x) * mpp_));
      micrometres.push_back(static_cast<float>(static_cast<double>(place.y) * mpp_));
    }
    feats_.append(halves.data(), places.size());
    coords_.append(micrometres.data(), places.size());
  }

  void commit() override {
    feats_.finish();
    coords_.finish();
    file_.commit();
  }

 private:
  // No stamp_version and no code_hash: it was not STAMP that computed these features.
  void write_root(const FeatureInfo& info) {
    const Handle& root = file_.file();
    const Subject& subject = file_.subject();
    if (!info.encoder.empty()) hdf5::write_text(root, "extractor", info.encoder, subject);
    hdf5::write_text(root, "unit", "um", subject);
    const double side = static_cast<double>(info.tile_size.width) * mpp_;
    hdf5::write_number(root, "tile_size_um", side, subject);
    if (info.patch_size > 0) hdf5::write_integer(root, "tile_size_px", info.patch_size, subject);
    hdf5::write_text(root, "feat_type", "tile", subject);
  }

  double mpp_;
  std::size_t dim_;
  hdf5::FileWriter file_;
  hdf5::TableWriter feats_;
  hdf5::TableWriter coords_;
};

std::vector<Rect> places_in(const hdf5::Table& coords, double mpp, Size tile,
                            const Subject& subject) {
  std::vector<float> micrometres(2 * coords.shape.rows);
  hdf5::read_rows(coords, hdf5::Number::float32, 0, {coords.shape.rows, 2}, micrometres.data(),
                  subject);
  const auto pixels = [mpp](float value) {
    return round_half_even(static_cast<double>(value) / mpp);
  };
  std::vector<Rect> places(coords.shape.rows);
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (!std::isfinite(micrometres[2 * i]) || !std::isfinite(micrometres[2 * i + 1])) {
      throw Error(ErrorKind::input, subject.name + ": the place in row " + std::to_string(i) +
                                        " is no number of micrometres");
    }
    places[i] = {pixels(micrometres[2 * i]), pixels(micrometres[2 * i + 1]), tile.width,
                 tile.height};
  }
  return places;
}

void check_kind(const Handle& file, const Subject& subject) {
  const std::string kind = hdf5::read_text(file, "feat_type", subject).value_or("tile");
  if (kind != "tile") {
    throw Error(ErrorKind::input, subject.name + ": holds features of a " + kind +
                                      ", and features of tiles are wanted");
  }
  const std::string unit = hdf5::read_text(file, "unit", subject).value_or("um");
  if (unit != "um") {
    throw Error(ErrorKind::input, subject.name + ": its places are in '" + unit +
                                      "', and micrometres ('um') are wanted");
  }
}

}  // namespace

std::string stamp_obstacle(const FeatureInfo& info) {
  if (!info.mpp_level0) return unknown_mpp;
  if (info.tile_size.width < 1) return "STAMP wants the tiles' size, and it is not known";
  if (info.tile_size.width == info.tile_size.height) return "";
  return "STAMP knows squares only, and the tiles are " + std::to_string(info.tile_size.width) +
         " x " + std::to_string(info.tile_size.height);
}

std::unique_ptr<ForeignWriter> write_stamp(const std::filesystem::path& file, std::size_t dim,
                                           const FeatureInfo& info) {
  const std::string obstacle = stamp_obstacle(info);
  if (!obstacle.empty()) throw Error(ErrorKind::input, file.string() + ": " + obstacle);
  return std::make_unique<StampFile>(file, dim, info);
}

ForeignFeatures read_stamp(const std::filesystem::path& file, std::optional<double> mpp) {
  const Subject subject{file.string(), ErrorKind::input};
  const Handle store = hdf5::open_file(file, subject);
  check_kind(store, subject);
  // The table keeps the file open.
  const auto feats = std::make_shared<hdf5::Table>(
      hdf5::open_table(store, "feats", hdf5::Number::float32, subject));
  const hdf5::Table coords = hdf5::open_table(store, "coords", hdf5::Number::float32, subject);
  if (coords.shape.columns != 2 || coords.shape.rows != feats->shape.rows) {
    throw Error(ErrorKind::input, subject.name + ": /feats has " +
                                      count_of(feats->shape.rows, "row") + ", and /coords is " +
                                      std::to_string(coords.shape.rows) + " x " +
                                      std::to_string(coords.shape.columns));
  }
  // STAMP 2.0 wrote the size as tile_size.
  auto side = hdf5::read_number(store, "tile_size_um", subject);
  if (!side) side = hdf5::read_number(store, "tile_size", subject);
  if (!side || !(*side > 0.0)) {
    throw Error(ErrorKind::input, subject.name + ": has no attribute tile_size_um");
  }

  ForeignFeatures features;
  features.rows = feats->shape.rows;
  features.dim = feats->shape.columns;
  features.info = read_attributes(feats->dataset, coords.dataset, subject);
  FeatureInfo& info = features.info;
  if (mpp) info.mpp_level0 = mpp;
  info.encoder = hdf5::read_text(store, "extractor", subject).value_or("");
  info.patch_size = hdf5::read_integer(store, "tile_size_px", subject).value_or(0);
  if (info.patch_size > 0) info.mpp_effective = *side / static_cast<double>(info.patch_size);
  if (!info.mpp_level0) throw Error(ErrorKind::input, subject.name + ": " + unknown_mpp);
  const double scale = *info.mpp_level0;
  const std::int64_t pixels = round_half_even(*side / scale);
  info.tile_size = {pixels, pixels};
  features.places = places_in(coords, scale, info.tile_size, subject);
  features.read = [feats, subject, first = std::size_t{0}](std::size_t count, float* out) mutable {
    hdf5::read_rows(*feats, hdf5::Number::float32, first, {count, feats->shape.columns}, out,
                    subject);
    first += count;
  };
  return features;
}

}  // namespace histo
