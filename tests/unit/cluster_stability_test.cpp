#include <string>

#include "histo/kmeans.hpp"

#include "support/catch.hpp"
#include "unit/cluster_rows.hpp"

using histo::ErrorKind;
using histo::KMeansOptions;
using histo::Team;
using histo::test::Approx;
using histo::test::cloud_rows;
using histo::test::error_of;
using histo::test::MemoryRows;

TEST_CASE("stability: clouds that lie apart are found from any seed, one cloud is cut anyhow") {
  const MemoryRows rows = cloud_rows(4000, 6, 4, 0.5);
  KMeansOptions options;
  options.clusters = {4, 9};
  Team alone;

  const std::vector<double> found = histo::stability(rows, options, 4, alone);

  REQUIRE(found.size() == 2);
  CHECK(found[0] == Approx(1.0));
  CHECK(found[1] < 0.95);
  CHECK(found[1] > 0.2);
}

TEST_CASE("stability: threads and other k change nothing") {
  const MemoryRows rows = cloud_rows(4000, 6, 4, 6.0);
  KMeansOptions options;
  options.clusters = {3, 6};
  Team alone;
  const std::vector<double> expected = histo::stability(rows, options, 3, alone);

  options.threads = 3;
  CHECK(histo::stability(rows, options, 3, alone) == expected);
  options.clusters = {6};
  CHECK(histo::stability(rows, options, 3, alone)[0] == expected[1]);
}

TEST_CASE("stability: the caller may stop") {
  const MemoryRows rows = cloud_rows(500, 6, 4, 6.0);
  KMeansOptions options;
  options.clusters = {3};
  Team alone;

  CHECK(histo::stability(rows, options, 2, alone, [](std::size_t) { return false; }).empty());
}

TEST_CASE("stability: one repeat has nothing to agree with") {
  const MemoryRows rows = cloud_rows(500, 6, 4, 6.0);
  Team alone;
  const auto error = error_of([&] { histo::stability(rows, {}, 1, alone); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::usage);
  CHECK(std::string(error->what()) == "--stability must be at least 2, got 1");
}
