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

TEST_CASE(
    "feature store: before commit there is nothing under the name, and after a stop nothing at "
    "all") {
  const test::TempFolder temp;
  const fs::path file = temp.path() / "features.h5";
  {
    FeatureWriter writer(file, 4, full_info());
    writer.append(ramp(300, 4).data(), places(300));
    CHECK_FALSE(fs::exists(file));
    CHECK(files_in(temp.path()) == 1);
  }
  CHECK(files_in(temp.path()) == 0);
}

TEST_CASE("feature store: a writer that stops leaves an older store as it was") {
  const test::TempFolder temp;
  const fs::path file = temp.path() / "features.h5";
  write_store(file, 3, 2);
  const auto before = read_file(file);
  {
    FeatureWriter writer(file, 4, full_info());
    writer.append(ramp(1, 4).data(), places(1));
  }
  CHECK(read_file(file) == before);
  CHECK(files_in(temp.path()) == 1);
}

TEST_CASE("feature store: commit replaces an older store") {
  const test::TempFolder temp;
  const fs::path file = temp.path() / "features.h5";
  write_store(file, 3, 2);
  write_store(file, 5, 4);
  CHECK(FeatureReader(file).rows() == 5);
  CHECK(files_in(temp.path()) == 1);
}

TEST_CASE("feature store: a writer can be moved") {
  const test::TempFolder temp;
  FeatureWriter writer(temp.path() / "a.h5", 2, full_info());
  FeatureWriter other(temp.path() / "b.h5", 2, full_info());
  other = std::move(writer);
  other.append(ramp(3, 2).data(), places(3));
  other.commit();

  CHECK(files_in(temp.path()) == 1);
  FeatureReader reader(temp.path() / "a.h5");
  const FeatureReader moved(std::move(reader));
  CHECK(moved.rows() == 3);
}

TEST_CASE("feature store: a complete store takes no more rows and no second commit") {
  const test::TempFolder temp;
  FeatureWriter writer(temp.path() / "features.h5", 2, full_info());
  writer.commit();
  const auto append = error_of([&] { writer.append(ramp(1, 2).data(), places(1)); });
  const auto commit = error_of([&] { writer.commit(); });
  for (const auto& error : {append, commit}) {
    REQUIRE(error);
    CHECK(error->kind() == ErrorKind::internal);
    CHECK(contains(error->what(), "features.h5: is complete"));
  }
}

TEST_CASE("feature store: features of no length are an internal error") {
  const test::TempFolder temp;
  const auto error =
      error_of([&] { const FeatureWriter writer(temp.path() / "features.h5", 0, full_info()); });
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::internal);
  CHECK(contains(error->what(), "features of no length"));
  CHECK(files_in(temp.path()) == 0);
}

TEST_CASE("feature store: a tile of another size is refused") {
  const test::TempFolder temp;
  FeatureWriter writer(temp.path() / "features.h5", 1, full_info());
  const auto error = error_of([&] { writer.append(ramp(1, 1).data(), {{7, 9, 512, 256}}); });
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::input);
  CHECK(contains(error->what(),
                 "the tile at x 7, y 9 has 512 x 256 pixels, not 512 x 512 as the others"));
}

TEST_CASE("feature store: a folder that is not there is an output error under the final name") {
  const test::TempFolder temp;
  const fs::path file = temp.path() / "none" / "features.h5";
  const auto error = error_of([&] { const FeatureWriter writer(file, 2, full_info()); });
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::output);
  CHECK(error->what() == file.string() + ": cannot be created: No such file or directory");
}

TEST_CASE("feature store: a full disk is an output error and leaves nothing") {
  const test::TempFolder temp;
  const fs::path file = temp.path() / "features.h5";
  std::optional<Error> error;
  {
    const SmallDisk disk(300000);  // the attributes fit, the rows do not
    error = error_of([&] { write_store(file, 2000, 64); });
  }
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::output);
  CHECK(error->what() == file.string() + ": cannot be written: File too large");
  CHECK(files_in(temp.path()) == 0);

  write_store(file, 2000, 64);  // and the next attempt is none the worse for it
  CHECK(FeatureReader(file).rows() == 2000);
}

TEST_CASE("feature store: a disk that fills up at the last moment is an output error") {
  const test::TempFolder temp;
  const fs::path file = temp.path() / "features.h5";
  FeatureWriter writer(file, 64, full_info());
  writer.append(ramp(200, 64).data(), places(200));  // still in memory
  std::optional<Error> error;
  {
    const SmallDisk disk(1000);
    error = error_of([&] { writer.commit(); });
  }
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::output);
  CHECK(error->what() == file.string() + ": cannot be written: File too large");
  CHECK_FALSE(fs::exists(file));
}

TEST_CASE("feature store: what is no HDF5 file is refused by name") {
  const test::TempFolder temp;
  const fs::path file = temp.path() / "features.h5";
  write_file(file, std::vector<std::uint8_t>(5000, 'x'));
  CHECK(complaint(file) == "cannot be opened as an HDF5 file: file signature not found");
  write_file(file, {});
  CHECK(contains(complaint(file), "cannot be opened as an HDF5 file: "));
  CHECK(contains(complaint(temp.path()), "cannot be opened as an HDF5 file: "));
  CHECK(complaint(temp.path() / "none.h5") ==
        "cannot be opened as an HDF5 file: No such file or directory");
}

TEST_CASE("feature store: a file that is cut off is refused") {
  const test::TempFolder temp;
  const fs::path file = temp.path() / "features.h5";
  write_store(file, 600, 5);
  fs::resize_file(file, fs::file_size(file) / 2);
  CHECK(contains(complaint(file), "cannot be opened as an HDF5 file: truncated file"));
}

TEST_CASE("feature store: rows whose index is damaged are refused, not guessed") {
  const test::TempFolder temp;
  const fs::path file = temp.path() / "features.h5";
  write_store(file, 600, 5);
  std::vector<std::uint8_t> bytes = read_file(file);
  const std::string mark = "TREE";  // begins each index; the first is the root's
  auto at = std::search(bytes.begin(), bytes.end(), mark.begin(), mark.end());
  REQUIRE(at != bytes.end());
  while ((at = std::search(at + 1, bytes.end(), mark.begin(), mark.end())) != bytes.end())
    *at = 'X';
  write_file(file, bytes);

  const FeatureReader reader(file);
  std::vector<float> values(600 * 5);
  const auto error = error_of([&] { reader.read(0, 600, values.data()); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::input);
  CHECK(contains(error->what(), file.string() + ": rows from 0 cannot be read: "));
}

TEST_CASE("feature store: a store without one of the tables is refused") {
  ForeignStore no_features;
  no_features.add("coords", H5T_STD_I64LE, {3, 2});
  CHECK(complaint(no_features.finish()) == "has no dataset /features");

  ForeignStore no_coords;
  no_coords.add("features", H5T_IEEE_F32LE, {3, 2});
  CHECK(complaint(no_coords.finish()) == "has no dataset /coords");
}

TEST_CASE("feature store: a group in a table's place is refused") {
  ForeignStore foreign;
  H5Gclose(H5Gcreate2(foreign.root(), "features", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  CHECK(complaint(foreign.finish()) == "/features cannot be opened: not a dataset");
}

TEST_CASE("feature store: tables of another shape or type are refused") {
  struct Case {
    hid_t features_type;
    std::vector<hsize_t> features;
    hid_t coords_type;
    std::vector<hsize_t> coords;
    std::string sentence;
  };
  hdf5::start_library();
  const hid_t real = H5T_IEEE_F32LE;
  const hid_t whole = H5T_STD_I64LE;
  const std::vector<Case> cases = {
      {real, {8}, whole, {3, 2}, "/features has 1 dimensions, and 2 are wanted"},
      {real, {1, 3, 8}, whole, {3, 2}, "/features has 3 dimensions, and 2 are wanted"},
      {whole, {3, 8}, whole, {3, 2}, "/features does not hold floating-point numbers"},
      {real, {3, 8}, real, {3, 2}, "/coords does not hold whole numbers"},
      {real, {3, 0}, whole, {3, 2}, "/features has no columns"},
      {real, {3, 8}, whole, {3, 5}, "/coords has 5 columns, and 2 are wanted"},
      {real, {3, 8}, whole, {4, 2}, "/features has 3 rows, and /coords has 4"},
  };
  for (const Case& each : cases) {
    ForeignStore foreign;
    foreign.add("features", each.features_type, each.features);
    foreign.add("coords", each.coords_type, each.coords);
    CHECK(complaint(foreign.finish()) == each.sentence);
  }
}

TEST_CASE("feature store: other widths of numbers are read") {
  ForeignStore foreign;
  const std::vector<double> values = {1.5, 2.5, 3.5, 4.5, 5.5, 6.5};
  const std::vector<std::int32_t> coords = {0, 1, 2, 3, 4, 5};
  {
    const Handle features = foreign.add("features", H5T_IEEE_F64LE, {3, 2});
    H5Dwrite(features.get(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
    const Handle places_table = foreign.add("coords", H5T_STD_I32LE, {3, 2});
    H5Dwrite(places_table.get(), H5T_NATIVE_INT32, H5S_ALL, H5S_ALL, H5P_DEFAULT, coords.data());
  }

  const FeatureReader reader(foreign.finish());

  std::vector<float> row(2);
  reader.read(2, 1, row.data());
  CHECK(row == std::vector<float>{5.5F, 6.5F});
  CHECK(reader.read_rects()[1] == Rect{2, 3, 0, 0});
  CHECK(reader.info().encoder.empty());
}

TEST_CASE("feature store: other tools' attributes are read in the forms that they use") {
  ForeignStore foreign;
  foreign.add_good();
  const double half_size = 256.0;
  const std::int32_t magnification = 40;
  foreign.attach("patch_size", H5T_IEEE_F64LE, {}, &half_size);
  foreign.attach("level0_magnification", H5T_STD_I32LE, {1}, &magnification);

  SECTION("text that ends with a zero byte") {
    foreign.attach_text("savetodir", std::string("out\0?", 5), H5T_STR_NULLTERM);
    CHECK(FeatureReader(foreign.finish()).info().savetodir == "out");
  }
  SECTION("text that fills its place") {
    foreign.attach_text("savetodir", "out", H5T_STR_NULLPAD);
    CHECK(FeatureReader(foreign.finish()).info().savetodir == "out");
  }
  SECTION("text that is filled up with spaces") {
    foreign.attach_text("savetodir", "out  ", H5T_STR_SPACEPAD);
    CHECK(FeatureReader(foreign.finish()).info().savetodir == "out");
  }
  SECTION("text of no length at all") {
    const Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
    H5Tset_size(type.get(), H5T_VARIABLE);
    const char* nothing = nullptr;
    foreign.attach("savetodir", type.get(), {}, &nothing);
    CHECK(FeatureReader(foreign.finish()).info().savetodir.empty());
  }
  SECTION("an attribute without a value") {
    const float unused = 0.0F;
    foreign.attach("mpp_level0", H5T_IEEE_F32LE, {0}, &unused);
    CHECK_FALSE(FeatureReader(foreign.finish()).info().mpp_level0);
  }
  SECTION("numbers of another type") {
    const FeatureReader reader(foreign.finish());
    CHECK(reader.info().patch_size == 256);
    CHECK(reader.info().level0_magnification == 40.0);
  }
}

TEST_CASE("feature store: an attribute of another type is named") {
  hdf5::start_library();
  const double fraction = 0.5;
  const std::array<std::int64_t, 2> pair = {1, 2};
  const auto attach = [](const char* name, hid_t type, const std::vector<hsize_t>& size,
                         const void* value) {
    ForeignStore foreign;
    foreign.add_good();
    foreign.attach(name, type, size, value);
    return complaint(foreign.finish());
  };
  const auto attach_text = [](const char* name) {
    ForeignStore foreign;
    foreign.add_good();
    foreign.attach_text(name, "text", H5T_STR_NULLPAD);
    return complaint(foreign.finish());
  };
  CHECK(attach("savetodir", H5T_IEEE_F64LE, {}, &fraction) ==
        "attribute 'savetodir' is not a single text");
  CHECK(attach("patch_size", H5T_IEEE_F64LE, {}, &fraction) ==
        "attribute 'patch_size' is not a single whole number");
  CHECK(attach("patch_size", H5T_STD_I64LE, {2}, pair.data()) ==
        "attribute 'patch_size' is not a single whole number");
  CHECK(attach_text("patch_size") == "attribute 'patch_size' is not a single whole number");
  CHECK(attach_text("mpp_level0") == "attribute 'mpp_level0' is not a single number");
}

TEST_CASE("feature store: the library's version is three numbers") {
  const std::string text = hdf5_version();
  CHECK(std::count(text.begin(), text.end(), '.') == 2);
  CHECK(text.find_first_not_of("0123456789.") == std::string::npos);
}
