#include <limits>

#include "analysis/checks.hpp"
#include "support/catch.hpp"

using histo::DoubleMatrix;
using histo::ErrorKind;
using histo::analysis::check_count;
using histo::analysis::check_finite;
using histo::analysis::check_labels;
using histo::analysis::class_count;
using histo::analysis::label_counts;
using histo::test::contains;
using histo::test::error_of;

TEST_CASE("analysis: a value that is not finite is named with its place") {
  DoubleMatrix matrix(2, 3);
  matrix.at(1, 2) = std::numeric_limits<double>::quiet_NaN();

  const auto error = error_of([&] { check_finite(matrix.view(), "the covariates"); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::input);
  CHECK(contains(error->what(), "value 2 of row 1 of the covariates is nan, not a finite number"));
}

TEST_CASE("analysis: float values are looked at too") {
  const std::vector<float> values{1.0F, std::numeric_limits<float>::infinity()};

  const auto error = error_of([&] { check_finite({values.data(), 2, 1}, "the features"); });

  REQUIRE(error);
  CHECK(contains(error->what(), "value 0 of row 1 of the features is inf"));
}

TEST_CASE("analysis: a count that does not fit is told with the wanted one") {
  const auto error = error_of([] { check_count(3, 5, "the labels"); });

  REQUIRE(error);
  CHECK(contains(error->what(), "the labels are 3 for 5 rows"));
}

TEST_CASE("analysis: a label outside the classes is named") {
  const auto error = error_of([] { check_labels({0, 1, 9}, 3); });

  REQUIRE(error);
  CHECK(contains(error->what(), "the label of row 2 is 9, not one of the 3 classes"));
}

TEST_CASE("analysis: classes are counted from the labels") {
  CHECK(class_count({0, 4, 1}) == 5);
  CHECK(label_counts({0, 1, 1}, 3) == std::vector<std::size_t>{1, 2, 0});
}

TEST_CASE("analysis: no labels, or one below 0, count no classes") {
  const auto none = error_of([] { class_count({}); });
  const auto below = error_of([] { class_count({0, -1}); });

  REQUIRE(none);
  REQUIRE(below);
  CHECK(contains(none->what(), "there are no labels"));
  CHECK(contains(below->what(), "the label of row 1 is -1, below 0"));
}
