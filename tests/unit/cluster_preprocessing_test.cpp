#include <array>
#include <cmath>
#include <limits>
#include <string>

#include "histo/preprocessing.hpp"

#include "support/catch.hpp"
#include "unit/cluster_iris.hpp"

using histo::ErrorKind;
using histo::fit_preprocessing;
using histo::HeldRows;
using histo::PreparedRows;
using histo::Preprocessing;
using histo::PreprocessingOptions;
using histo::Team;
using histo::test::Approx;
using histo::test::cloud_rows;
using histo::test::error_of;
using histo::test::iris_rows;
using histo::test::MemoryRows;

namespace {

Preprocessing fitted(const MemoryRows& rows, std::size_t components, bool whiten,
                     std::size_t threads = 1) {
  Team alone;
  PreprocessingOptions options;
  options.components = components;
  options.whiten = whiten;
  options.threads = threads;
  return fit_preprocessing(rows, options, alone);
}

std::string message(const MemoryRows& rows, std::size_t components, bool whiten, ErrorKind kind) {
  const auto error = error_of([&] { fitted(rows, components, whiten); });
  REQUIRE(error);
  CHECK(error->kind() == kind);
  return error->what();
}

}  // namespace

TEST_CASE("preprocessing: Iris has the published principal variances and whitened rows") {
  const MemoryRows rows = iris_rows();

  const Preprocessing axes = fitted(rows, 4, true);
  const PreparedRows prepared(rows, axes);

  const std::array<double, 4> variances{4.228241706034864, 0.24267074792863344, 0.07820950004291942,
                                        0.023835092973449434};
  const std::array<double, 4> first{1.3053378633, 0.6483693158, 0.0998171568, 0.0146544014};
  std::array<float, 4> row{};
  prepared.read(0, 1, row.data());
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(axes.variances[i] == Approx(variances[i]).epsilon(1e-6));
    CHECK(std::abs(static_cast<double>(row[i])) == Approx(first[i]).epsilon(1e-5));
  }
}

TEST_CASE("preprocessing: each axis points where its largest value is positive") {
  const Preprocessing axes = fitted(cloud_rows(500, 5, 3, 2.0), 5, false);

  for (std::size_t axis = 0; axis < 5; ++axis) {
    double most = 0.0;
    double squared = 0.0;
    for (std::size_t i = 0; i < 5; ++i) {
      const double value = axes.axes[axis * 5 + i];
      if (std::abs(value) > std::abs(most)) most = value;
      squared += value * value;
    }
    CHECK(most > 0.0);
    CHECK(squared == Approx(1.0));
  }
}

TEST_CASE("preprocessing: prepared rows have the axes' variances, or 1 if whitened") {
  const MemoryRows rows = cloud_rows(3000, 40, 3, 2.0);
  for (const bool whiten : {false, true}) {
    const Preprocessing axes = fitted(rows, 35, whiten, 3);
    const PreparedRows prepared(rows, axes);
    REQUIRE(prepared.dim() == 35);
    std::vector<float> values(3000 * 35);
    prepared.read(0, 3000, values.data());

    for (const std::size_t column : {0U, 7U, 34U}) {
      double sum = 0.0;
      double squares = 0.0;
      for (std::size_t i = 0; i < 3000; ++i) {
        const auto value = static_cast<double>(values[i * 35 + column]);
        sum += value;
        squares += value * value;
      }
      CHECK(sum / 3000 == Approx(0.0).margin(1e-5));
      CHECK(squares / 2999 == Approx(whiten ? 1.0 : axes.variances[column]).epsilon(1e-4));
    }
  }
}

TEST_CASE("preprocessing: a row is the same whichever rows are read with it") {
  const MemoryRows rows = cloud_rows(300, 40, 3, 2.0);
  const Preprocessing axes = fitted(rows, 33, false);
  const PreparedRows prepared(rows, axes);
  std::vector<float> together(300 * 33);
  prepared.read(0, 300, together.data());

  std::vector<float> alone(33);
  for (std::size_t i = 0; i < 300; ++i) {
    prepared.read(i, 1, alone.data());
    REQUIRE(std::equal(alone.begin(), alone.end(),
                       together.begin() + static_cast<std::ptrdiff_t>(i * 33)));
  }
}

TEST_CASE("preprocessing: none leaves the rows as they are, and where they are") {
  MemoryRows rows = cloud_rows(20, 3, 2, 1.0);
  rows.lend();
  const Preprocessing none = fitted(rows, 0, false);
  const PreparedRows prepared(rows, none);

  CHECK(prepared.dim() == 3);
  CHECK(prepared.rows() == 20);
  CHECK(prepared.held(4, 2) == rows.row(4));
  std::vector<float> values(3);
  prepared.read(7, 1, values.data());
  CHECK(std::equal(values.begin(), values.end(), rows.row(7)));
}

TEST_CASE("preprocessing: what cannot be done is refused") {
  const MemoryRows rows = cloud_rows(20, 3, 2, 1.0);
  CHECK(message(rows, 4, false, ErrorKind::usage) ==
        "--pca must be at most 3 for 20 rows of 3 values, got 4");
  CHECK(message(cloud_rows(3, 5, 2, 1.0), 3, false, ErrorKind::usage) ==
        "--pca must be at most 2 for 3 rows of 5 values, got 3");
  CHECK(message(rows, 0, true, ErrorKind::usage) == "--whiten needs --pca");

  MemoryRows flat = cloud_rows(20, 3, 2, 1.0);
  for (std::size_t i = 0; i < 20; ++i) flat.values()[i * 3 + 2] = 2.0F * flat.values()[i * 3];
  CHECK(message(flat, 3, true, ErrorKind::input) ==
        "the features do not vary along principal axis 3, and --whiten divides by how much they "
        "do; take --pca 2 or less");

  MemoryRows broken = cloud_rows(20, 3, 2, 1.0);
  broken.values()[7] = std::numeric_limits<float>::quiet_NaN();
  CHECK(message(broken, 2, false, ErrorKind::input) ==
        "row 2 of the features holds nan in column 1, all values must be finite");
}

TEST_CASE("preprocessing: rows of another length are refused") {
  const Preprocessing axes = fitted(cloud_rows(20, 3, 2, 1.0), 2, false);
  const MemoryRows longer = cloud_rows(20, 4, 2, 1.0);

  const auto error = error_of([&] { PreparedRows(longer, axes); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::input);
  CHECK(std::string(error->what()) ==
        "the features have 4 columns, and the preprocessing was fitted on 3");
}

TEST_CASE("held rows: rows keep their numbers, and others are refused") {
  const MemoryRows rows = cloud_rows(20, 3, 2, 1.0);
  const HeldRows held(rows, 5, 10);

  CHECK(held.rows() == 20);
  std::vector<float> values(6);
  held.read(13, 2, values.data());
  CHECK(std::equal(values.begin(), values.end(), rows.row(13)));
  for (const std::size_t first : {4U, 14U}) {
    const auto error = error_of([&] { held.read(first, 2, values.data()); });
    REQUIRE(error);
    CHECK(error->kind() == ErrorKind::internal);
    CHECK(std::string(error->what()) ==
          "rows " + std::to_string(first) + " to " + std::to_string(first + 2) + " are not held");
  }
}
