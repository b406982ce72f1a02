// TRIDENT's, CLAM's and STAMP's files.
#include <array>
#include <cmath>
#include <limits>
#include <memory>

#include "histo/error.hpp"

#include "store/clam_files.hpp"
#include "store/stamp_file.hpp"
#include "store/trident_files.hpp"
#include "unit/store_feature_fixture.hpp"

using namespace histo;
using histo::hdf5::Handle;
using histo::hdf5::Subject;
using histo::test::Approx;
using histo::test::contains;
using histo::test::error_of;
using histo::test::files_in;
using histo::test::full_info;
using histo::test::places;
using histo::test::ramp;
using histo::test::TempFolder;

namespace {

namespace fs = std::filesystem;

constexpr std::size_t rows = 300;  // more than a chunk
constexpr std::size_t dim = 3;

void write(const std::unique_ptr<ForeignWriter>& writer, std::size_t count = rows) {
  const std::vector<float> features = ramp(count, dim);
  writer->append(features.data(), places(count));
  writer->commit();
}

std::vector<float> all_of(ForeignFeatures& features) {
  std::vector<float> values(features.rows * features.dim);
  const std::size_t half = features.rows / 2;
  features.read(half, values.data());
  features.read(features.rows - half, values.data() + half * features.dim);
  return values;
}

FeatureInfo stamp_info() {
  FeatureInfo info = full_info();
  info.mpp_level0 = 0.5;
  return info;
}

/// The sentence that reading the file ends with, after its name.
template <class Read>
std::string refusal(const fs::path& file, const Read& read) {
  const auto error = error_of([&] { read(file); });
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::input);
  REQUIRE(contains(error->what(), file.string() + ": "));
  return std::string(error->what()).substr(file.string().size() + 2);
}

/// A file of STAMP, made by hand.
struct StampMade {
  StampMade() : file(temp.path() / "a.h5") { store = hdf5::create_file(file, subject); }

  void table(const char* name, const std::array<hsize_t, 2>& size, float value = 0.0F) {
    const Handle space(H5Screate_simple(2, size.data(), nullptr), H5Sclose);
    const Handle dataset(H5Dcreate2(store.get(), name, H5T_IEEE_F32LE, space.get(), H5P_DEFAULT,
                                    H5P_DEFAULT, H5P_DEFAULT),
                         H5Dclose);
    const std::vector<float> values(size[0] * size[1], value);
    H5Dwrite(dataset.get(), H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
  }

  std::string sentence() {
    store.close();
    return refusal(file, [](const fs::path& made) { read_stamp(made, 0.5); });
  }

  TempFolder temp;
  fs::path file;
  Subject subject{"made", ErrorKind::internal};
  Handle store;
};

}  // namespace

TEST_CASE("trident: what was written comes back, with its attributes") {
  const TempFolder temp;
  const fs::path file = temp.path() / "a.h5";

  write(write_trident_features(file, dim, full_info()));

  ForeignFeatures found = read_trident(file);
  CHECK(found.rows == rows);
  CHECK(found.dim == dim);
  CHECK(found.info.encoder == "toy");
  CHECK(found.info.model_sha256 == "0123abcd");
  REQUIRE(found.places);
  CHECK(*found.places == places(rows));
  CHECK(all_of(found) == ramp(rows, dim));
}

TEST_CASE("trident: files are named after slide and encoder, whatever the encoder is called") {
  CHECK(trident_features_path("a b", "uni_v1") == "features_uni_v1/a b.h5");
  CHECK(trident_features_path("a", "lab/uni") == "features_lab_uni/a.h5");
  CHECK(trident_features_path("a", "") == "features/a.h5");
  CHECK(trident_patches_path("a") == "patches/a_patches.h5");
}

TEST_CASE("trident: the file of the places has what its extraction asks for") {
  const TempFolder temp;
  const fs::path file = temp.path() / "a_patches.h5";

  write(write_trident_patches(file, full_info()));

  const Subject subject{"patches", ErrorKind::input};
  const Handle store = hdf5::open_file(file, subject);
  CHECK(hdf5::root_names(store, subject) == std::vector<std::string>{"coords"});
  const hdf5::Table coords = hdf5::open_table(store, "coords", hdf5::Number::int64, subject);
  CHECK(coords.shape.rows == rows);
  const auto integer = [&](const char* name) {
    return hdf5::read_integer(coords.dataset, name, subject).value_or(-1);
  };
  CHECK(integer("patch_size") == 256);
  CHECK(integer("level0_magnification") == 20);
  CHECK(integer("target_magnification") == 10);
  CHECK(integer("patch_size_level0") == 512);
}

TEST_CASE("trident: places that its extraction cannot use are said to be so") {
  CHECK(trident_patches_obstacle(full_info()).empty());
  FeatureInfo info = full_info();
  info.tile_size.height = 256;
  CHECK(trident_patches_obstacle(info) == "the tiles are no squares");
  info.target_magnification.reset();
  CHECK(trident_patches_obstacle(info) == "the tiles' magnification is not known");
  info.level0_magnification.reset();
  CHECK(trident_patches_obstacle(info) == "the slide's magnification is not known");
  info.patch_size = 0;
  CHECK(trident_patches_obstacle(info) == "the tiles' size is not known");
}

TEST_CASE("clam: features and int32 places without attributes, the tiles' size from patches/") {
  const TempFolder temp;
  const fs::path file = temp.path() / clam_features_path("a");
  const fs::path patches = temp.path() / clam_patches_path("a");
  fs::create_directories(file.parent_path());
  fs::create_directories(patches.parent_path());
  FeatureInfo info = full_info();
  info.patch_size = 256;
  SlideRecord record;
  record.level = 1;
  record.level_downsample = {2.0, 2.0};

  write(write_clam_features(file, dim));
  ForeignFeatures alone = read_clam(file);
  write(write_clam_patches(patches, info, record));
  ForeignFeatures found = read_clam(file);

  CHECK(alone.places->front() == Rect{-512, 0, 0, 0});
  CHECK(found.info.patch_size == 256);
  CHECK(*found.places == places(rows));
  CHECK(all_of(found) == ramp(rows, dim));
  const Subject subject{"clam", ErrorKind::input};
  const Handle store = hdf5::open_file(file, subject);
  CHECK(hdf5::root_names(store, subject) == std::vector<std::string>{"coords", "features"});
  const hdf5::Table coords = hdf5::open_table(store, "coords", hdf5::Number::int64, subject);
  CHECK(H5Tget_size(Handle(H5Dget_type(coords.dataset.get()), H5Tclose).get()) == 4);
  CHECK(H5Aget_num_attrs(coords.dataset.get()) == 0);
}

TEST_CASE("clam: places that its extraction cannot use are said to be so") {
  SlideRecord record;
  CHECK(clam_patches_obstacle(full_info(), record).empty());
  CHECK(clam_patches_obstacle(full_info(), std::nullopt) ==
        "there is no properties.json that names the tiles' level");
  FeatureInfo info = full_info();
  info.tile_size.height = 256;
  CHECK(clam_patches_obstacle(info, record) == "the tiles are no squares");
  info.patch_size = 0;
  CHECK(clam_patches_obstacle(info, record) == "the tiles' size is not known");
  record.resampled = true;
  CHECK(clam_patches_obstacle(info, record) == "the tiles are no level's own pixels");
}

TEST_CASE("clam: a place beyond int32 is an error, and leaves no file") {
  const TempFolder temp;
  const auto error = error_of([&] {
    const auto writer = write_clam_features(temp.path() / "a.h5", 1);
    const float feature = 0.0F;
    writer->append(&feature, {{std::int64_t{1} << 31U, 0, 1, 1}});
  });
  REQUIRE(error);
  CHECK(contains(error->what(), "the place 2147483648 is more than CLAM's int32 can hold"));
  CHECK(files_in(temp.path()) == 0);
}

TEST_CASE("clam: a scale of three numbers is no scale") {
  const TempFolder temp;
  fs::create_directories(temp.path() / "h5_files");
  fs::create_directories(temp.path() / "patches");
  const fs::path file = temp.path() / clam_features_path("a");
  const fs::path patches = temp.path() / clam_patches_path("a");
  write(write_clam_features(file, dim));
  write(write_trident_patches(patches, full_info()));
  {
    const Handle store(H5Fopen(patches.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose);
    const Handle coords(H5Dopen2(store.get(), "coords", H5P_DEFAULT), H5Dclose);
    const hsize_t three = 3;
    const Handle space(H5Screate_simple(1, &three, nullptr), H5Sclose);
    Handle(H5Acreate2(coords.get(), "downsample", H5T_IEEE_F64LE, space.get(), H5P_DEFAULT,
                      H5P_DEFAULT),
           H5Aclose);
  }

  const auto error = error_of([&] { read_clam(file); });

  REQUIRE(error);
  CHECK(contains(error->what(), "attribute 'downsample' cannot be read"));
}

TEST_CASE("stamp: values are rounded to the nearest float16, places are micrometres") {
  const TempFolder temp;
  const fs::path file = temp.path() / "a.h5";
  // A half to even, below and above; the largest; the smallest; half of that, which becomes 0; and
  // the next larger one, which does not.
  const std::vector<float> given = {1.0F + 0x1p-11F, 1.0F + 0x3p-11F, -65504.0F, 0x1p-24F,
                                    0x1p-25F,        0x1.8p-25F,      0.0F,      0x1.004p-14F};
  const std::vector<float> wanted = {1.0F, 1.0F + 0x1p-9F, -65504.0F, 0x1p-24F,
                                     0.0F, 0x1p-24F,       0.0F,      0x1.004p-14F};
  const auto writer = write_stamp(file, given.size(), stamp_info());
  writer->append(given.data(), {{1000, 3, 512, 512}});
  writer->commit();

  ForeignFeatures found = read_stamp(file, std::nullopt);

  std::vector<float> values(given.size());
  found.read(1, values.data());
  CHECK(values == wanted);
  const Subject subject{"stamp", ErrorKind::input};
  const Handle store = hdf5::open_file(file, subject);
  const hdf5::Table feats = hdf5::open_table(store, "feats", hdf5::Number::float32, subject);
  CHECK(H5Tget_size(Handle(H5Dget_type(feats.dataset.get()), H5Tclose).get()) == 2);
  const hdf5::Table coords = hdf5::open_table(store, "coords", hdf5::Number::float32, subject);
  std::array<float, 2> place{};
  hdf5::read_rows(coords, hdf5::Number::float32, 0, {1, 2}, place.data(), subject);
  CHECK(place == std::array<float, 2>{500.0F, 1.5F});
}

TEST_CASE("stamp: the root says what its trainer and its heatmaps ask for, and no version") {
  const TempFolder temp;
  const fs::path file = temp.path() / "a.h5";

  write(write_stamp(file, dim, stamp_info()));

  const Subject subject{"stamp", ErrorKind::input};
  const Handle root = hdf5::open_file(file, subject);
  CHECK(hdf5::root_names(root, subject) == std::vector<std::string>{"coords", "feats"});
  CHECK(hdf5::read_text(root, "extractor", subject) == "toy");
  CHECK(hdf5::read_text(root, "unit", subject) == "um");
  CHECK(hdf5::read_text(root, "feat_type", subject) == "tile");
  CHECK(hdf5::read_number(root, "tile_size_um", subject) == 256.0);
  CHECK(hdf5::read_integer(root, "tile_size_px", subject) == 256);
  CHECK_FALSE(hdf5::read_text(root, "stamp_version", subject));
  CHECK_FALSE(hdf5::read_text(root, "encoder", subject));
}

TEST_CASE("stamp: level-0 places come back through micrometres, the resolution from the file") {
  const TempFolder temp;
  const fs::path file = temp.path() / "a.h5";
  FeatureInfo info = full_info();
  info.mpp_level0 = 0.2527;
  write(write_stamp(file, dim, info));

  const ForeignFeatures found = read_stamp(file, std::nullopt);

  CHECK(*found.places == places(rows));
  CHECK(found.info.tile_size == Size{512, 512});
  CHECK(found.info.encoder == "toy");
  CHECK(found.info.mpp_effective.value() == Approx(0.2527 * 512 / 256));
  // What is asked for wins over what the file says.
  CHECK(read_stamp(file, 0.5054).info.tile_size == Size{256, 256});
}

TEST_CASE("stamp: a slide that it cannot hold is an error that says why") {
  const TempFolder temp;
  const auto sentence = [&](const FeatureInfo& info) {
    return refusal(temp.path() / "a.h5",
                   [&](const fs::path& file) { write_stamp(file, dim, info); });
  };
  FeatureInfo info = stamp_info();
  info.tile_size.height = 256;
  CHECK(sentence(info) == "STAMP knows squares only, and the tiles are 512 x 256");
  info.tile_size = {};
  CHECK(sentence(info) == "STAMP wants the tiles' size, and it is not known");
  info.mpp_level0.reset();
  CHECK(contains(sentence(info), "the slide's resolution is not known; --slide-mpp states it"));
  CHECK(files_in(temp.path()) == 0);
}

TEST_CASE("stamp: a value beyond float16 is an error that names its row; infinity is kept") {
  const TempFolder temp;
  const auto writer = write_stamp(temp.path() / "a.h5", 2, stamp_info());
  const std::vector<float> good = {0.0F, std::numeric_limits<float>::infinity()};
  const std::vector<float> bad = {0.0F, 70000.0F};
  writer->append(good.data(), places(1));

  const auto error = error_of([&] { writer->append(bad.data(), places(1)); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::input);
  CHECK(contains(error->what(), "row 1 holds 70000, which is more than STAMP's float16 can hold"));
}

TEST_CASE("stamp: a file that is not one of tiles in micrometres is an error that says so") {
  const Subject subject{"made", ErrorKind::internal};
  {
    StampMade made;
    hdf5::write_text(made.store, "feat_type", "patient", subject);
    CHECK(made.sentence() == "holds features of a patient, and features of tiles are wanted");
  }
  {
    StampMade made;
    hdf5::write_text(made.store, "unit", "px", subject);
    CHECK(made.sentence() == "its places are in 'px', and micrometres ('um') are wanted");
  }
  {
    StampMade made;
    made.table("feats", {3, 2});
    made.table("coords", {2, 2});
    CHECK(made.sentence() == "/feats has 3 rows, and /coords is 2 x 2");
  }
  {
    StampMade made;
    made.table("feats", {3, 2});
    made.table("coords", {3, 2});
    CHECK(made.sentence() == "has no attribute tile_size_um");
  }
  {
    StampMade made;
    made.table("feats", {3, 2});
    made.table("coords", {3, 2}, std::numeric_limits<float>::quiet_NaN());
    hdf5::write_number(made.store, "tile_size_um", 256.0, subject);
    CHECK(made.sentence() == "the place in row 0 is no number of micrometres");
  }
}

TEST_CASE("stamp: a file of its own, which says nothing of level 0, needs the resolution") {
  StampMade made;
  made.table("feats", {3, 2});
  made.table("coords", {3, 2}, 512.0F);
  hdf5::write_number(made.store, "tile_size", 256.0, made.subject);
  made.store.close();

  CHECK(contains(refusal(made.file, [](const fs::path& file) { read_stamp(file, std::nullopt); }),
                 "the slide's resolution is not known; --slide-mpp states it"));
  CHECK(read_stamp(made.file, 0.5).places->front() == Rect{1024, 1024, 512, 512});
}

TEST_CASE("foreign files: a slide without tiles is a file without rows") {
  const TempFolder temp;
  write(write_trident_features(temp.path() / "t.h5", dim, full_info()), 0);
  write(write_stamp(temp.path() / "s.h5", dim, stamp_info()), 0);

  const ForeignFeatures trident = read_trident(temp.path() / "t.h5");
  const ForeignFeatures stamp = read_stamp(temp.path() / "s.h5", std::nullopt);

  CHECK(trident.rows == 0);
  CHECK(stamp.rows == 0);
  CHECK(stamp.dim == dim);
}

TEST_CASE("foreign files: a writer that is given up leaves nothing") {
  const TempFolder temp;
  const std::vector<float> features = ramp(10, dim);
  for (const auto& open : {write_trident_features(temp.path() / "t.h5", dim, full_info()),
                           write_trident_patches(temp.path() / "p.h5", full_info()),
                           write_clam_features(temp.path() / "c.h5", dim),
                           write_stamp(temp.path() / "s.h5", dim, stamp_info())}) {
    open->append(features.data(), places(10));
    CHECK(files_in(temp.path()) > 0);
  }
  CHECK(files_in(temp.path()) == 0);
}
