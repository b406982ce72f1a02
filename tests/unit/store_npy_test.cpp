#include <cmath>
#include <string>

#include "histo/error.hpp"

#include "core/files.hpp"
#include "store/feature_table.hpp"
#include "store/npy_files.hpp"
#include "support/catch.hpp"

using namespace histo;
using histo::test::contains;
using histo::test::error_of;
using histo::test::TempFolder;

namespace {

namespace fs = std::filesystem;

const std::vector<float> six = {0.1F, -2.0F, 3e-20F, 1e10F, 0.0F, 7.0F};
const std::vector<Rect> two = {{0, 5, 64, 32}, {-64, 1234567, 64, 32}};

void write(const std::unique_ptr<ForeignWriter>& writer) {
  writer->append(six.data(), {two[0]});
  writer->append(six.data() + 3, {two[1]});
  writer->commit();
}

/// A file as NumPy would write it, with any header.
std::string npy(const std::string& header, const std::string& numbers = "", char version = 1) {
  std::string text = "\x93NUMPY";
  text += {version, 0, static_cast<char>(header.size()), 0};
  if (version > 1) text += std::string(2, '\0');
  return text + header + numbers;
}

std::string header(const std::string& type, const std::string& shape) {
  return "{'descr': " + type + ", 'fortran_order': False, 'shape': " + shape + ", }\n";
}

struct Made : TempFolder {
  fs::path with(const std::string& bytes) const {
    const fs::path file = path() / "a.npy";
    replace_file(file, bytes);
    return file;
  }

  template <class Read>
  std::string complaint(const std::string& bytes, const Read& read) const {
    const fs::path file = with(bytes);
    const auto error = error_of([&] { read(file); });
    REQUIRE(error);
    CHECK(error->kind() == ErrorKind::input);
    const std::string sentence = error->what();
    REQUIRE(contains(sentence, file.string() + ": "));
    return sentence.substr(file.string().size() + 2);
  }

  std::string refusal(const std::string& bytes) const {
    return complaint(bytes, [](const fs::path& file) {
      ForeignFeatures features = read_npy(file);
      std::vector<float> values(features.rows * features.dim);
      features.read(features.rows, values.data());
    });
  }

  std::string table_refusal(const std::string& text) const {
    return complaint(text, [](const fs::path& file) {
      ForeignFeatures features = read_feature_table(file);
      std::vector<float> values(features.rows * features.dim);
      features.read(features.rows, values.data());
    });
  }
};

}  // namespace

TEST_CASE("npy: the bytes are those of NumPy's format, version 1.0") {
  const TempFolder temp;
  write(write_npy_features(temp.path() / "a.npy", 2, 3));

  const std::string bytes = read_text(temp.path() / "a.npy");

  REQUIRE(bytes.size() == 128 + 6 * 4);
  CHECK(bytes.substr(0, 10) == std::string("\x93NUMPY\x01\x00\x76\x00", 10));
  CHECK(contains(bytes, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), } "));
  CHECK(bytes[127] == '\n');
}

TEST_CASE("npy: features and places come back") {
  const TempFolder temp;
  const fs::path file = temp.path() / "a.b.npy";
  write(write_npy_features(file, 2, 3));
  CHECK_FALSE(read_npy(file).places);
  write(write_npy_places(npy_places_path(file), 2));

  ForeignFeatures found = read_npy(file);

  CHECK(npy_places_path(file).filename() == "a.b.coords.npy");
  CHECK(is_npy_places(npy_places_path(file)));
  CHECK_FALSE(is_npy_places(file));
  REQUIRE(found.places);
  CHECK(*found.places == two);
  std::vector<float> values(6);
  found.read(1, values.data());
  found.read(1, values.data() + 3);
  CHECK(values == six);
}

TEST_CASE("npy: float64 and float16, longer headers and places of two int32 are read too") {
  const Made made;
  const double eighth = 0.125;
  const std::string number(reinterpret_cast<const char*>(&eighth), sizeof eighth);
  ForeignFeatures wide = read_npy(made.with(npy(header("'<f8'", "(1, 1)"), number, 2)));
  float value = 0.0F;
  wide.read(1, &value);
  CHECK(value == 0.125F);

  // 1, the smallest, -2, infinity and no number.
  const std::string halves("\x00\x3c\x01\x00\x00\xc0\x00\x7c\x01\x7e", 10);
  ForeignFeatures narrow = read_npy(made.with(npy(header("'<f2'", "(1, 5)"), halves)));
  std::vector<float> values(5);
  narrow.read(1, values.data());
  CHECK(values[0] == 1.0F);
  CHECK(values[1] == 0x1p-24F);
  CHECK(values[2] == -2.0F);
  CHECK(std::isinf(values[3]));
  CHECK(std::isnan(values[4]));

  const std::string pair("\x07\x00\x00\x00\xff\xff\xff\xff", 8);
  CHECK(read_npy_places(made.with(npy(header("'<i4'", "(1, 2)"), pair))) ==
        std::vector<Rect>{{7, -1, 0, 0}});
}

TEST_CASE("npy: a file that cannot be used is an error that says why") {
  const Made made;
  CHECK(made.refusal("PK") == "is no file of NumPy");
  CHECK(made.refusal(npy(header("'<f4'", "(2, 3)"), "four")) == "ends before its last row");
  CHECK(made.refusal(npy(header("'<f4'", "(6,)"))) == "has 1 dimensions, and 2 are wanted");
  CHECK(made.refusal(npy(header("'<f4'", "(2, 99999999999999999999)"))) ==
        "its header names an absurd shape");
  CHECK(made.refusal(npy(header("'<f4'", "(4000000000, 2)"))) ==
        "is too short for the 4000000000 x 2 values of its header");
  CHECK(made.refusal(npy(header("[('x', '<f4')]", "(2, 3)"))) ==
        "its numbers are of no single type");
  CHECK(made.refusal(npy(header("'>f4'", "(2, 3)"))) ==
        "holds numbers of type '>f4', and '<f4', '<f8' or '<f2' is wanted");
  CHECK(made.refusal(npy("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }")) ==
        "is stored by columns; save it with numpy.ascontiguousarray");
  CHECK(made.refusal(npy("{'descr': '<f4', 'shape': (2, 3), }")) ==
        "its header has no key 'fortran_order':");
  std::string huge = npy("", "", 2);
  huge[11] = '\x7f';
  CHECK(made.refusal(huge) == "has a header of more than a mebibyte");

  const auto error = error_of([&] { read_npy(made.path() / "gone.npy"); });
  REQUIRE(error);
  CHECK(contains(error->what(), "gone.npy: cannot be opened"));
}

TEST_CASE("npy: places that cannot be used are an error that says why") {
  const Made made;
  const auto refusal = [&](const std::string& bytes) {
    return made.complaint(bytes, [](const fs::path& file) { read_npy_places(file); });
  };
  CHECK(refusal(npy(header("'<i8'", "(1, 3)"))) ==
        "has 3 columns, and x, y or x, y, width, height are wanted");
  CHECK(refusal(npy(header("'<f4'", "(1, 2)"))) ==
        "holds numbers of type '<f4', and '<i8' or '<i4' is wanted");
}

TEST_CASE("feature table: places and features come back to the last bit") {
  const TempFolder temp;
  const fs::path file = temp.path() / "a.csv";
  write(write_feature_table(file, 3));

  ForeignFeatures found = read_feature_table(file);

  CHECK(read_text(file) ==
        "x,y,w,h,f0,f1,f2\n0,5,64,32,0.1,-2,3e-20\n-64,1234567,64,32,1e+10,0,7\n");
  CHECK(*found.places == two);
  std::vector<float> values(6);
  found.read(1, values.data());
  found.read(1, values.data() + 3);
  CHECK(values == six);
}

TEST_CASE("feature table: columns may stand anywhere, and a path is no feature") {
  const Made made;
  ForeignFeatures found =
      read_feature_table(made.with("a,path,h,w,y,x,\"b,c\"\r\n1.5,tiles/x.png,4,3,2,1,-1e-3\r\n"));

  CHECK(found.dim == 2);
  CHECK(*found.places == std::vector<Rect>{{1, 2, 3, 4}});
  std::vector<float> values(2);
  found.read(1, values.data());
  CHECK(values == std::vector<float>{1.5F, -1e-3F});
}

TEST_CASE("feature table: a file that cannot be used is an error with line and column") {
  const Made made;
  CHECK(made.table_refusal("") == "the table is empty");
  CHECK(contains(made.table_refusal("x,y,w,f0\n"), "no column 'h', only: x, y, w, f0"));
  CHECK(made.table_refusal("x,y,w,h,f0\n\n") == "line 2: is empty");
  CHECK(made.table_refusal("x,y,w,h,f0\n1,2,3\n") == "line 2: 3 fields, and the header has 5");
  CHECK(made.table_refusal("x,y,w,h,f0\n1.5,2,3,4,5\n") ==
        "line 2: column x: '1.5' is not a whole number");
  CHECK(made.table_refusal("x,y,w,h,f0\n1,2,0,4,5\n") ==
        "line 2: column w: '0' must be at least 1");
  CHECK(made.table_refusal("x,y,w,h,f0\n1,2,3,0,5\n") ==
        "line 2: column h: '0' must be at least 1");
  CHECK(made.table_refusal("x,y,w,h,f0\n1,2,3,4,five\n") ==
        "line 2: column f0: 'five' is not a number");

  const auto error = error_of([&] { read_feature_table(made.path() / "gone.csv"); });
  REQUIRE(error);
  CHECK(contains(error->what(), "gone.csv: cannot be opened"));
}

TEST_CASE("feature table: one that shrinks while it is read is an error") {
  const Made made;
  ForeignFeatures found = read_feature_table(made.with("x,y,w,h,f0\n1,2,3,4,5\n"));
  float value = 0.0F;
  found.read(1, &value);

  const auto error = error_of([&] { found.read(1, &value); });

  REQUIRE(error);
  CHECK(contains(error->what(), "a.npy: became shorter while it was read"));
}

TEST_CASE("npy: a matrix is written by rows, and read back") {
  const TempFolder temp;
  const std::filesystem::path file = temp.path() / "raster.npy";

  write_npy_matrix(file, {1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F}, 2, 3);

  const ForeignFeatures read = read_npy(file);
  CHECK(read.rows == 2);
  CHECK(read.dim == 3);
  std::vector<float> values(6);
  read.read(2, values.data());
  CHECK(values == std::vector<float>{1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F});
  const auto error = error_of([&] { write_npy_matrix(file, {1.0F}, 2, 3); });
  REQUIRE(error);
  CHECK(contains(error->what(), "1 values are no matrix of 2 x 3"));
}
