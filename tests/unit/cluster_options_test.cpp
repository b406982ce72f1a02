#include <limits>
#include <string>

#include "histo/kmeans.hpp"

#include "support/catch.hpp"

using histo::ErrorKind;
using histo::KMeansOptions;
using histo::test::contains;
using histo::test::error_of;

namespace {

KMeansOptions into(std::vector<std::size_t> clusters) {
  KMeansOptions options;
  options.clusters = std::move(clusters);
  return options;
}

std::string usage_error(const KMeansOptions& options) {
  const auto error = error_of([&] { histo::validate(options); });
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::usage);
  return error->what();
}

}  // namespace

TEST_CASE("k-means: the default options are valid") {
  CHECK_FALSE(error_of([] { histo::validate(KMeansOptions{}); }));
}

TEST_CASE("k-means: options out of range are refused with their value") {
  CHECK(usage_error(into({})) == "--num-clusters must name at least one number, got none");
  CHECK(usage_error(into({1})) == "--num-clusters must be at least 2, got 1");
  CHECK(usage_error(into({8, 4})) ==
        "--num-clusters must rise from one number to the next, got 8 before 4");
  CHECK(usage_error(into({8, 8})) ==
        "--num-clusters must rise from one number to the next, got 8 before 8");

  KMeansOptions options;
  options.max_iterations = 0;
  CHECK(usage_error(options) == "--max-iter must be at least 1, got 0");
  options = {};
  options.tolerance = -0.5;
  CHECK(usage_error(options) == "--tol must be at least 0, got -0.5");
  options.tolerance = std::numeric_limits<double>::quiet_NaN();
  CHECK(contains(usage_error(options), "--tol must be at least 0, got"));
  options = {};
  options.threads = 0;
  CHECK(usage_error(options) == "--threads must be at least 1, got 0");
  options = {};
  options.starts = 0;
  CHECK(usage_error(options) == "--n-init must be at least 1, got 0");
  options = {};
  options.sample = 100;
  CHECK(usage_error(options) ==
        "--sample must be at least the largest number of clusters, 128, got 100");
}

TEST_CASE("k-means: the linear algebra takes kernels that fit, or says what would help") {
  const bool old_kernels = contains(histo::linear_algebra_version(), "(Prescott)");
  const std::string warning = histo::linear_algebra_warning();

  // A processor that is as old as that would be neither: none is left that runs the tests.
  if (!old_kernels) CHECK(warning.empty());
  if (!warning.empty()) CHECK(contains(warning, "OPENBLAS_CORETYPE="));
}

TEST_CASE("k-means: the linear algebra names itself, its version and its kernels") {
  const std::string version = histo::linear_algebra_version();

  CHECK(version.rfind("OpenBLAS ", 0) == 0);
  CHECK(version.back() == ')');
}
