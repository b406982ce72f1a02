#include <filesystem>

#include "histo/open_scores.hpp"

#include "encoder/float32_products.hpp"
#include "support/catch.hpp"

using histo::ErrorKind;
using histo::open_scores;
using histo::require_float32_products;
using histo::telling_factor;
using histo::test::contains;
using histo::test::error_of;
using histo::test::TempFolder;

TEST_CASE("scores: the processor alone needs no module") {
  const TempFolder folder;

  const histo::OpenedScores opened = open_scores("cpu", folder.path());

  CHECK_FALSE(opened.engine);
  CHECK(opened.device == "cpu");
  CHECK(opened.warnings.empty());
}

TEST_CASE("scores: auto without the module is the processor") {
  const TempFolder folder;

  const histo::OpenedScores opened = open_scores("auto", folder.path());

  CHECK_FALSE(opened.engine);
  CHECK(opened.device == "cpu");
}

TEST_CASE("scores: a GPU that is asked for needs the module") {
  const TempFolder folder;

  const auto error = error_of([&] { open_scores("cuda", folder.path()); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::model);
  CHECK(contains(error->what(), "that multiplies on GPUs"));
}

TEST_CASE("scores: a device of another name is a usage error") {
  const auto error = error_of([] { open_scores("abacus", {}); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::usage);
  CHECK(contains(error->what(), "--device must be auto, cpu, cuda or cuda:N, got \"abacus\""));
}

TEST_CASE("scores: a device that rounds factors to fewer bits is refused") {
  require_float32_products(telling_factor, telling_factor, "clustering on cuda:0");

  const auto error =
      error_of([] { require_float32_products(1.0F, telling_factor, "clustering on cuda:0"); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::model);
  CHECK(contains(error->what(),
                 "clustering on cuda:0: the device multiplies with fewer bits than float32 has"));
}
