#include <algorithm>

#include "histo/feature_store.hpp"

#include "core/files.hpp"
#include "jobs/measured_slides.hpp"

using namespace histo;
using histo::test::contains;
using histo::test::error_of;
using histo::test::Listener;
using histo::test::Measured;
using histo::test::never_stop;
using histo::test::table_of;

namespace {

void run(const OutlierJobOptions& options) {
  Listener listener;
  run_outlier_job(options, listener, never_stop());
}

}  // namespace

TEST_CASE("dropped tiles: extraction leaves the dropped tiles out, and clustering follows it") {
  const Measured place;
  OutlierJobOptions options = place.options();
  options.drop = {0};
  run(options);
  Listener listener;

  REQUIRE(place.extract(place.extract_options(), listener).count(Outcome::done) == 2);

  const std::size_t tiles = table_of(place.folder(1)).rows.size();
  const FeatureReader reader(place.folder(1) / "features.h5");
  CHECK(reader.rows() == tiles - 4);
  for (const Rect& rect : reader.read_rects()) CHECK((rect.x >= 256 || rect.y >= 256));
  CHECK(FeatureReader(place.folder(0) / "features.h5").rows() ==
        table_of(place.folder(0)).rows.size());
  const RunReport report = run_cluster_job(place.cluster_options({2}), listener, never_stop());
  CHECK(report.count(Outcome::done) == 2);
  const std::string clusters = read_text(place.folder(1) / "clusters.csv");
  CHECK(static_cast<std::size_t>(std::count(clusters.begin(), clusters.end(), '\n')) == tiles - 3);
}

TEST_CASE(
    "dropped tiles: features of all tiles are refused once some are dropped, and not before") {
  const Measured place;
  Listener listener;
  place.extract(place.extract_options(), listener);
  run(place.options());
  CHECK(place.extract(place.extract_options(), listener).count(Outcome::skipped) == 2);
  OutlierJobOptions options = place.options();
  options.drop = {0};

  run(options);

  Listener after;
  const RunReport report = place.extract(place.extract_options(), after);
  CHECK(report.count(Outcome::skipped) == 1);
  REQUIRE(after.failures.size() == 1);
  CHECK(contains(after.failures[0], "has features made otherwise (tiles was "));
  const auto error =
      error_of([&] { run_cluster_job(place.cluster_options({2}), listener, never_stop()); });
  REQUIRE(error);
  CHECK(contains(error->what(), "extract the slide again with --overwrite"));
}

TEST_CASE("dropped tiles: a slide all of whose tiles are dropped has features of none") {
  const Measured place;
  OutlierJobOptions options = place.options(2);
  options.drop = {0, 1};
  run(options);
  Listener listener;

  CHECK(place.extract(place.extract_options(), listener).count(Outcome::done) == 2);

  CHECK(FeatureReader(place.folder(0) / "features.h5").rows() == 0);
}
