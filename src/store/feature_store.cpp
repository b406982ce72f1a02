#include "histo/feature_store.hpp"

#include <array>
#include <cmath>
#include <system_error>
#include <utility>

#include "histo/error.hpp"
#include "histo/version.hpp"

#include "core/files.hpp"
#include "store/feature_attributes.hpp"
#include "store/hdf5.hpp"

namespace histo {

namespace {

constexpr const char* features_name = "features";
constexpr const char* coords_name = "coords";
constexpr std::int64_t format_version = 1;

using hdf5::Handle;
using hdf5::Number;
using hdf5::Subject;

// What is not known is absent: an empty text would be read as a value.
void write_known(const Handle& object, const char* name, const std::string& value,
                 const Subject& subject) {
  if (!value.empty()) hdf5::write_text(object, name, value, subject);
}

void write_known(const Handle& object, const char* name, std::optional<double> value,
                 const Subject& subject) {
  if (value) hdf5::write_number(object, name, *value, subject);
}

/// TRIDENT stores magnifications as whole numbers, and its readers compute with them as such.
void write_magnification(const Handle& object, const char* name, std::optional<double> value,
                         const Subject& subject) {
  if (!value) return;
  const bool whole = std::trunc(*value) == *value && std::abs(*value) < 1e6;
  if (whole) {
    hdf5::write_integer(object, name, round_half_even(*value), subject);
  } else {
    hdf5::write_number(object, name, *value, subject);
  }
}

void write_features_info(const Handle& features, const FeatureInfo& info, const Subject& subject) {
  write_known(features, "encoder", info.encoder, subject);
  write_known(features, "name", info.slide, subject);
  write_known(features, "model_sha256", info.model_sha256, subject);
  write_known(features, "model_card", info.card, subject);
  write_known(features, "pooling", info.pooling, subject);
  write_known(features, "precision", info.precision, subject);
  write_known(features, "device", info.device, subject);
  write_known(features, "normalization", info.normalization, subject);
  write_known(features, "fingerprint", info.fingerprint, subject);
  write_known(features, "fingerprint_parts", info.fingerprint_parts, subject);
  hdf5::write_text(features, "tool_version", version(), subject);
  hdf5::write_integer(features, "format_version", format_version, subject);
}

void write_coords_info(const Handle& coords, const FeatureInfo& info, const Subject& subject) {
  if (info.patch_size > 0) {
    hdf5::write_integer(coords, "patch_size", info.patch_size, subject);
    const double repeated = info.overlap * static_cast<double>(info.patch_size);
    hdf5::write_integer(coords, "overlap", round_half_even(repeated), subject);
  }
  const Size tile = info.tile_size;
  if (tile.width > 0) hdf5::write_integer(coords, "patch_size_level0", tile.width, subject);
  // Every other reader takes tiles as squares; ours must not lose the height of those which are
  // none.
  if (tile.height != tile.width) {
    hdf5::write_integer(coords, "patch_height_level0", tile.height, subject);
  }
  write_magnification(coords, "level0_magnification", info.level0_magnification, subject);
  write_magnification(coords, "target_magnification", info.target_magnification, subject);
  write_known(coords, "name", info.slide, subject);
  write_known(coords, "savetodir", info.savetodir, subject);
  if (info.slide_size) {
    hdf5::write_integer(coords, "level0_width", info.slide_size->width, subject);
    hdf5::write_integer(coords, "level0_height", info.slide_size->height, subject);
  }
  write_known(coords, "mpp_level0", info.mpp_level0, subject);
  write_known(coords, "mpp_effective", info.mpp_effective, subject);
}

FeatureInfo read_info(const Handle& features, const Handle& coords, const Subject& subject) {
  const auto text = [&](const Handle& object, const char* name) {
    return hdf5::read_text(object, name, subject).value_or("");
  };
  const auto integer = [&](const char* name, std::int64_t otherwise) {
    return hdf5::read_integer(coords, name, subject).value_or(otherwise);
  };
  const auto number = [&](const char* name) { return hdf5::read_number(coords, name, subject); };

  FeatureInfo info;
  info.slide = text(features, "name");
  info.encoder = text(features, "encoder");
  info.model_sha256 = text(features, "model_sha256");
  info.precision = text(features, "precision");
  info.device = text(features, "device");
  info.pooling = text(features, "pooling");
  info.normalization = text(features, "normalization");
  info.card = text(features, "model_card");
  info.fingerprint = text(features, "fingerprint");
  info.fingerprint_parts = text(features, "fingerprint_parts");
  info.savetodir = text(coords, "savetodir");
  info.tile_size.width = integer("patch_size_level0", 0);
  info.tile_size.height = integer("patch_height_level0", info.tile_size.width);
  info.patch_size = integer("patch_size", 0);
  if (info.patch_size > 0) {
    info.overlap = number("overlap").value_or(0.0) / static_cast<double>(info.patch_size);
  }
  const Size slide = {integer("level0_width", 0), integer("level0_height", 0)};
  if (slide.width > 0 && slide.height > 0) info.slide_size = slide;
  info.mpp_level0 = number("mpp_level0");
  info.mpp_effective = number("mpp_effective");
  info.level0_magnification = number("level0_magnification");
  info.target_magnification = number("target_magnification");
  return info;
}

std::string size_text(const Size& size) {
  return std::to_string(size.width) + " x " + std::to_string(size.height);
}

}  // namespace

void write_place_attributes(const Handle& coords, const FeatureInfo& info, const Subject& subject) {
  write_coords_info(coords, info, subject);
}

FeatureInfo read_attributes(const Handle& features, const Handle& coords, const Subject& subject) {
  return read_info(features, coords, subject);
}

struct FeatureWriter::State {
  State(const std::filesystem::path& file, const FeatureInfo& info)
      : target(file),
        temporary(temporary_name(file)),
        subject{file.string(), ErrorKind::output},
        tile_size(info.tile_size) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  ~State() {
    features.abandon();
    coords.abandon();
    store.close();
    std::error_code ignored;
    if (!committed) std::filesystem::remove(temporary, ignored);
  }

  std::filesystem::path target;
  std::filesystem::path temporary;
  Subject subject;
  Size tile_size;
  bool committed = false;
  Handle store;
  hdf5::TableWriter features;
  hdf5::TableWriter coords;
};

FeatureWriter::FeatureWriter(const std::filesystem::path& file, std::size_t dim,
                             const FeatureInfo& info)
    : state_(std::make_unique<State>(file, info)) {
  const Subject& subject = state_->subject;
  if (dim == 0) throw Error(ErrorKind::internal, subject.name + ": features of no length");
  state_->store = hdf5::create_file(state_->temporary, subject);
  state_->features = {state_->store, features_name, Number::float32, dim, subject};
  state_->coords = {state_->store, coords_name, Number::int64, 2, subject};
  write_features_info(state_->features.dataset(), info, subject);
  write_coords_info(state_->coords.dataset(), info, subject);
}

FeatureWriter::FeatureWriter(FeatureWriter&&) noexcept = default;
FeatureWriter& FeatureWriter::operator=(FeatureWriter&&) noexcept = default;
FeatureWriter::~FeatureWriter() = default;

void FeatureWriter::append(const float* features, const std::vector<Rect>& rects) {
  State& state = *state_;
  if (state.committed) throw Error(ErrorKind::internal, state.subject.name + ": is complete");
  std::vector<std::int64_t> places;
  places.reserve(2 * rects.size());
  for (const Rect& rect : rects) {
    const Size size = {rect.width, rect.height};
    if (size != state.tile_size) {
      throw Error(ErrorKind::input, state.subject.name + ": the tile at x " +
                                        std::to_string(rect.x) + ", y " + std::to_string(rect.y) +
                                        " has " + size_text(size) + " pixels, not " +
                                        size_text(state.tile_size) + " as the others");
    }
    places.push_back(rect.x);
    places.push_back(rect.y);
  }
  state.features.append(features, rects.size());
  state.coords.append(places.data(), rects.size());
}

void FeatureWriter::commit() {
  State& state = *state_;
  if (state.committed) throw Error(ErrorKind::internal, state.subject.name + ": is complete");
  state.features.finish();
  state.coords.finish();
  hdf5::close_file(state.store, state.subject);
  commit_file(state.temporary, state.target);
  state.committed = true;
}

struct FeatureReader::State {
  Subject subject;
  Handle store;
  hdf5::Table features;
  hdf5::Table coords;
  FeatureInfo info;
};

FeatureReader::FeatureReader(const std::filesystem::path& file)
    : state_(std::make_unique<State>()) {
  State& state = *state_;
  state.subject = {file.string(), ErrorKind::input};
  const Subject& subject = state.subject;
  state.store = hdf5::open_file(file, subject);
  state.features = hdf5::open_table(state.store, features_name, Number::float32, subject);
  state.coords = hdf5::open_table(state.store, coords_name, Number::int64, subject);
  if (dim() == 0) throw Error(ErrorKind::input, subject.name + ": /features has no columns");
  if (state.coords.shape.columns != 2) {
    throw Error(ErrorKind::input, subject.name + ": /coords has " +
                                      std::to_string(state.coords.shape.columns) +
                                      " columns, and 2 are wanted");
  }
  if (rows() != state.coords.shape.rows) {
    throw Error(ErrorKind::input, subject.name + ": /features has " + std::to_string(rows()) +
                                      " rows, and /coords has " +
                                      std::to_string(state.coords.shape.rows));
  }
  state.info = read_info(state.features.dataset, state.coords.dataset, subject);
}

FeatureReader::FeatureReader(FeatureReader&&) noexcept = default;
FeatureReader& FeatureReader::operator=(FeatureReader&&) noexcept = default;
FeatureReader::~FeatureReader() = default;

std::size_t FeatureReader::rows() const { return state_->features.shape.rows; }
std::size_t FeatureReader::dim() const { return state_->features.shape.columns; }
const FeatureInfo& FeatureReader::info() const { return state_->info; }

void FeatureReader::read(std::size_t first, std::size_t count, float* out) const {
  if (first > rows() || count > rows() - first) {
    throw Error(ErrorKind::internal, state_->subject.name + ": rows " + std::to_string(first) +
                                         " to " + std::to_string(first + count) + " of only " +
                                         std::to_string(rows()));
  }
  hdf5::read_rows(state_->features, Number::float32, first, {count, dim()}, out, state_->subject);
}

std::vector<Rect> FeatureReader::read_rects() const {
  std::vector<std::int64_t> places(2 * rows());
  hdf5::read_rows(state_->coords, Number::int64, 0, {rows(), 2}, places.data(), state_->subject);
  const Size size = state_->info.tile_size;
  std::vector<Rect> rects(rows());
  for (std::size_t i = 0; i < rects.size(); ++i) {
    rects[i] = {places[2 * i], places[2 * i + 1], size.width, size.height};
  }
  return rects;
}

std::string hdf5_version() {
  hdf5::start_library();
  std::array<unsigned, 3> parts{};
  H5get_libversion(&parts[0], &parts[1], &parts[2]);
  return std::to_string(parts[0]) + "." + std::to_string(parts[1]) + "." + std::to_string(parts[2]);
}

}  // namespace histo
