#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "histo/feature_store.hpp"
#include "histo/version.hpp"

#include "core/files.hpp"
#include "store/hdf5.hpp"
#include "store_feature_fixture.hpp"
#include "support/catch.hpp"

using namespace histo;
using namespace histo::test;
using hdf5::Number;

TEST_CASE("feature store: rows and places come back in their order, whatever the batches were") {
  const test::TempFolder temp;
  const fs::path file = temp.path() / "features.h5";
  const std::size_t rows = 600;  // more than two chunks
  const std::size_t dim = 5;
  const std::vector<float> values = ramp(rows, dim);
  const std::vector<Rect> rects = places(rows);
  {
    FeatureWriter writer(file, dim, full_info());
    std::size_t first = 0;
    for (const std::size_t count : {1U, 0U, 254U, 2U, 300U, 43U}) {
      const auto begin = rects.begin() + static_cast<std::ptrdiff_t>(first);
      writer.append(values.data() + first * dim,
                    {begin, begin + static_cast<std::ptrdiff_t>(count)});
      first += count;
    }
    writer.commit();
  }

  const FeatureReader reader(file);

  REQUIRE(reader.rows() == rows);
  REQUIRE(reader.dim() == dim);
  std::vector<float> again(rows * dim);
  reader.read(0, rows, again.data());
  CHECK(again == values);
  CHECK(reader.read_rects() == rects);
}

TEST_CASE("feature store: a part of the rows can be read") {
  const test::TempFolder temp;
  write_store(temp.path() / "features.h5", 600, 3);
  const FeatureReader reader(temp.path() / "features.h5");
  std::vector<float> part(2 * 3);

  reader.read(255, 2, part.data());

  const std::vector<float> all = ramp(600, 3);
  CHECK(std::equal(part.begin(), part.end(), all.begin() + 255 * 3));
}

TEST_CASE("feature store: no rows can be read from anywhere inside, none from outside") {
  const test::TempFolder temp;
  write_store(temp.path() / "features.h5", 4, 3);
  const FeatureReader reader(temp.path() / "features.h5");
  std::vector<float> part(4 * 3);

  CHECK_FALSE(error_of([&] { reader.read(4, 0, nullptr); }));
  for (const auto& [first, count] : {std::pair<std::size_t, std::size_t>{4, 1},
                                     {0, 5},
                                     {5, 0},
                                     {1, std::numeric_limits<std::size_t>::max()}}) {
    const auto error = error_of([&, f = first, c = count] { reader.read(f, c, part.data()); });
    REQUIRE(error);
    CHECK(error->kind() == ErrorKind::internal);
    CHECK(contains(error->what(), "of only 4"));
  }
}

TEST_CASE("feature store: special values keep their bits") {
  const test::TempFolder temp;
  const fs::path file = temp.path() / "features.h5";
  const std::vector<float> values = {-0.0F, std::numeric_limits<float>::denorm_min(),
                                     std::numeric_limits<float>::max(),
                                     std::numeric_limits<float>::quiet_NaN()};
  {
    FeatureWriter writer(file, 4, full_info());
    writer.append(values.data(), places(1));
    writer.commit();
  }

  std::vector<float> again(4);
  FeatureReader(file).read(0, 1, again.data());

  CHECK(std::memcmp(values.data(), again.data(), 4 * sizeof(float)) == 0);
}

TEST_CASE("feature store: a slide without tiles gives no rows of full length") {
  const test::TempFolder temp;
  write_store(temp.path() / "features.h5", 0, 384);

  const FeatureReader reader(temp.path() / "features.h5");

  CHECK(reader.rows() == 0);
  CHECK(reader.dim() == 384);
  CHECK(reader.read_rects().empty());
}

TEST_CASE("feature store: all that is known of the features comes back") {
  const test::TempFolder temp;
  write_store(temp.path() / "features.h5", 1, 2);
  const FeatureInfo info = full_info();

  const FeatureReader reader(temp.path() / "features.h5");

  const FeatureInfo& again = reader.info();
  CHECK(again.slide == info.slide);
  CHECK(again.encoder == info.encoder);
  CHECK(again.model_sha256 == info.model_sha256);
  CHECK(again.precision == info.precision);
  CHECK(again.device == info.device);
  CHECK(again.normalization == info.normalization);
  CHECK(again.card == info.card);
  CHECK(again.fingerprint == info.fingerprint);
  CHECK(again.fingerprint_parts == info.fingerprint_parts);
  CHECK(again.savetodir == info.savetodir);
  CHECK(again.tile_size == info.tile_size);
  CHECK(again.patch_size == info.patch_size);
  CHECK(again.overlap == info.overlap);
  CHECK(again.slide_size == info.slide_size);
  CHECK(again.mpp_level0 == info.mpp_level0);
  CHECK(again.mpp_effective == info.mpp_effective);
  CHECK(again.level0_magnification == info.level0_magnification);
  CHECK(again.target_magnification == info.target_magnification);
}

TEST_CASE("feature store: what is unknown has no attribute") {
  const test::TempFolder temp;
  const fs::path file = temp.path() / "features.h5";
  FeatureInfo nothing;
  {
    FeatureWriter writer(file, 2, nothing);
    writer.commit();
  }

  const Subject subject{"store", ErrorKind::internal};
  const Handle store = hdf5::open_file(file, subject);
  const hdf5::Table features = hdf5::open_table(store, "features", Number::float32, subject);
  const hdf5::Table coords = hdf5::open_table(store, "coords", Number::int64, subject);
  CHECK(H5Aget_num_attrs(coords.dataset.get()) == 0);
  CHECK(H5Aget_num_attrs(features.dataset.get()) == 2);
  CHECK(hdf5::read_text(features.dataset, "tool_version", subject) == version());
  CHECK(hdf5::read_integer(features.dataset, "format_version", subject) == 1);
  CHECK_FALSE(FeatureReader(file).info().mpp_level0);
}

TEST_CASE("feature store: the overlap is stored in pixels of the tile image, a half to even") {
  const test::TempFolder temp;
  const fs::path file = temp.path() / "features.h5";
  FeatureInfo info = full_info();
  const Subject subject{"store", ErrorKind::internal};
  for (const auto& [share, pixels] :
       {std::pair<double, std::int64_t>{0.1, 26}, {0.001953125, 0}, {0.005859375, 2}}) {
    info.overlap = share;
    write_store(file, 1, 2, info);

    const Handle store = hdf5::open_file(file, subject);
    const hdf5::Table coords = hdf5::open_table(store, "coords", Number::int64, subject);
    CHECK(hdf5::read_integer(coords.dataset, "overlap", subject) == pixels);
  }
}

TEST_CASE("feature store: magnifications are whole numbers where they can be") {
  const test::TempFolder temp;
  const fs::path file = temp.path() / "features.h5";
  FeatureInfo info = full_info();
  info.target_magnification = 2.5;
  write_store(file, 1, 2, info);

  const Subject subject{"store", ErrorKind::internal};
  const Handle store = hdf5::open_file(file, subject);
  const hdf5::Table coords = hdf5::open_table(store, "coords", Number::int64, subject);
  const auto class_of = [&](const char* name) {
    const Handle attribute(H5Aopen(coords.dataset.get(), name, H5P_DEFAULT), H5Aclose);
    const Handle type(H5Aget_type(attribute.get()), H5Tclose);
    return H5Tget_class(type.get());
  };
  CHECK(class_of("level0_magnification") == H5T_INTEGER);
  CHECK(class_of("target_magnification") == H5T_FLOAT);
  CHECK(FeatureReader(file).info().target_magnification == 2.5);
}

TEST_CASE("feature store: tiles that are no squares keep their height") {
  const test::TempFolder temp;
  const fs::path file = temp.path() / "features.h5";
  FeatureInfo info = full_info();
  info.tile_size = {512, 256};
  {
    FeatureWriter writer(file, 1, info);
    writer.append(ramp(2, 1).data(), places(2, {512, 256}));
    writer.commit();
  }
  CHECK(FeatureReader(file).read_rects() == places(2, {512, 256}));
}

TEST_CASE("feature store: the root holds the two tables and nothing else") {
  const test::TempFolder temp;
  write_store(temp.path() / "features.h5", 3, 2);

  const Subject subject{"store", ErrorKind::internal};
  const Handle store = hdf5::open_file(temp.path() / "features.h5", subject);
  CHECK(hdf5::root_names(store, subject) == std::vector<std::string>{"coords", "features"});
  const Handle root(H5Gopen2(store.get(), "/", H5P_DEFAULT), H5Gclose);
  CHECK(H5Aget_num_attrs(root.get()) == 0);
}

TEST_CASE("feature store: chunks have 256 rows and no filter") {
  const test::TempFolder temp;
  write_store(temp.path() / "features.h5", 3, 7);

  const Subject subject{"store", ErrorKind::internal};
  const Handle store = hdf5::open_file(temp.path() / "features.h5", subject);
  const hdf5::Table features = hdf5::open_table(store, "features", Number::float32, subject);
  const Handle creation(H5Dget_create_plist(features.dataset.get()), H5Pclose);
  std::array<hsize_t, 2> chunk{};
  H5Pget_chunk(creation.get(), 2, chunk.data());
  CHECK(chunk == std::array<hsize_t, 2>{256, 7});
  CHECK(H5Pget_nfilters(creation.get()) == 0);
}

TEST_CASE("feature store: equal content gives equal bytes") {
  const test::TempFolder temp;
  write_store(temp.path() / "a.h5", 300, 5);
  write_store(temp.path() / "b.h5", 300, 5);
  CHECK(read_file(temp.path() / "a.h5") == read_file(temp.path() / "b.h5"));
}

TEST_CASE("feature store: batches do not change the bytes") {
  const test::TempFolder temp;
  write_store(temp.path() / "a.h5", 300, 5);
  const std::vector<float> values = ramp(300, 5);
  const std::vector<Rect> rects = places(300);
  {
    FeatureWriter writer(temp.path() / "b.h5", 5, full_info());
    for (std::size_t i = 0; i < 300; ++i) writer.append(values.data() + 5 * i, {rects[i]});
    writer.commit();
  }
  CHECK(read_file(temp.path() / "a.h5") == read_file(temp.path() / "b.h5"));
}

TEST_CASE("feature store: no time of creation is in the file") {
  const test::TempFolder temp;
  write_store(temp.path() / "features.h5", 3, 2);

  const Subject subject{"store", ErrorKind::internal};
  const Handle store = hdf5::open_file(temp.path() / "features.h5", subject);
  for (const char* name : {"features", "coords"}) {
    H5G_stat_t info{};
    REQUIRE(H5Gget_objinfo(store.get(), name, true, &info) >= 0);
    CHECK(info.mtime == 0);
  }
}
