#include "histo/verify_job.hpp"

#include <algorithm>
#include <atomic>
#include <limits>

#include "histo/feature_list.hpp"
#include "histo/feature_store.hpp"
#include "histo/tile_table.hpp"

#include "core/files.hpp"
#include "core/fingerprint.hpp"
#include "jobs/jobs_fixture.hpp"

using namespace histo;
using histo::test::contains;
using histo::test::error_of;
using histo::test::Listener;
using histo::test::mean_card;
using histo::test::never_stop;
using histo::test::Workplace;

namespace {

namespace fs = std::filesystem;

struct Extracted : Workplace {
  explicit Extracted(int count = 2) : Workplace(count) {
    cut();
    Listener listener;
    extract(extract_options(), listener);
  }

  VerifyReport verify(Listener& listener) const {
    return run_verify_job({{output()}, {}}, listener, never_stop());
  }

  /// What is said of the first slide.
  std::string reason() const {
    Listener listener;
    const VerifyReport report = verify(listener);
    const CheckedStore& store = report.stores.front();
    CHECK((store.state == StoreState::sound) == store.reason.empty());
    CHECK(listener.failures.size() == (store.reason.empty() ? 0 : 1));
    return store.reason;
  }

  /// Writes the first slide's store again, changed.
  template <class Change>
  void rewrite(const Change& change) const {
    const fs::path file = folder(0) / "features.h5";
    FeatureInfo info;
    std::vector<float> values;
    std::vector<Rect> rects;
    std::size_t dim = 0;
    {
      const FeatureReader reader(file);
      info = reader.info();
      dim = reader.dim();
      values.resize(reader.rows() * dim);
      reader.read(0, reader.rows(), values.data());
      rects = reader.read_rects();
    }
    change(info, values, rects);
    FeatureWriter writer(file, dim, info);
    writer.append(values.data(), rects);
    writer.commit();
  }
};

using Values = std::vector<float>;
using Rects = std::vector<Rect>;

}  // namespace

TEST_CASE("verify job: what extract wrote is sound") {
  const Extracted place;
  Listener listener;

  const VerifyReport report = place.verify(listener);

  CHECK(report.count(StoreState::sound) == 2);
  CHECK(report.tiles() == FeatureReader(place.folder(0) / "features.h5").rows() +
                              FeatureReader(place.folder(1) / "features.h5").rows());
  CHECK(listener.failures.empty());
  CHECK(listener.warnings.empty());
  CHECK_FALSE(report.interrupted);
}

TEST_CASE("verify job: a slide without features is missing them") {
  const Extracted place;
  fs::remove(place.folder(0) / "features.h5");
  Listener listener;

  const VerifyReport report = place.verify(listener);

  CHECK(report.count(StoreState::missing) == 1);
  CHECK(report.count(StoreState::sound) == 1);
  CHECK(report.stores.front().reason == "has no features; 'histoencoder extract' makes them");
}

TEST_CASE("verify job: a store that is no store, or cut off, is named with the reason") {
  const Extracted place;
  const std::string whole = read_text(place.folder(0) / "features.h5");

  replace_file(place.folder(0) / "features.h5", whole.substr(0, whole.size() / 2));
  CHECK(contains(place.reason(), "features.h5: cannot be opened as an HDF5 file"));
  replace_file(place.folder(0) / "features.h5", "");
  CHECK(contains(place.reason(), "features.h5: cannot be opened as an HDF5 file"));
}

TEST_CASE("verify job: a value that is not finite is named by its row") {
  const Extracted place;
  for (const float odd :
       {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()}) {
    place.rewrite([odd](FeatureInfo&, Values& values, Rects&) { values[2 * 7 + 3] = odd; });
    CHECK(place.reason() == "row 2 holds a value that is not finite");
  }
}

TEST_CASE("verify job: rows that are all alike are no features") {
  const Extracted place;
  place.rewrite(
      [](FeatureInfo&, Values& values, Rects&) { std::fill(values.begin(), values.end(), 0.0F); });
  CHECK(contains(place.reason(), "rows are alike"));

  place.rewrite([](FeatureInfo&, Values& values, Rects&) { values.back() = 1.0F; });
  CHECK(place.reason().empty());
}

TEST_CASE("verify job: rows of other tiles than metadata.csv has are named") {
  const Extracted place;
  place.rewrite([](FeatureInfo&, Values&, Rects& rects) { std::swap(rects[0], rects[1]); });
  CHECK(contains(place.reason(), "row 0 is of a tile at x "));
  place.rewrite([](FeatureInfo&, Values&, Rects& rects) { rects.pop_back(); });
  CHECK(contains(place.reason(), "; extract the slide again with --overwrite"));
  CHECK(contains(place.reason(), " rows, and metadata.csv has "));
}

TEST_CASE("verify job: tiles of another size are named") {
  const Extracted place;
  place.rewrite([](FeatureInfo& info, Values&, Rects& rects) {
    info.tile_size = {64, 128};
    for (Rect& rect : rects) rect.width = 64;
  });
  CHECK(contains(place.reason(),
                 "row 0 is of a tile of 64 x 128 pixels, and metadata.csv has one of 128 x 128"));
}

TEST_CASE("verify job: a fingerprint that is not that of its parts is named") {
  const Extracted place;
  place.rewrite([](FeatureInfo& info, Values&, Rects&) { info.fingerprint = "0123"; });
  CHECK(contains(place.reason(), "its fingerprint is 0123, and that of its parts is "));
}

TEST_CASE("verify job: features that were made of something else are named with the difference") {
  const Extracted place;
  const auto with_parts = [&](const std::string& key, const std::string& value) {
    place.rewrite([&](FeatureInfo& info, Values&, Rects&) {
      Fingerprint print = Fingerprint::parse(info.fingerprint_parts);
      print.set(key, value);
      info.fingerprint = print.digest();
      info.fingerprint_parts = print.text();
    });
    const std::string reason = place.reason();
    CHECK(contains(reason, "was made of something else than is there now (" + key));
    ExtractJobOptions again = place.extract_options();
    again.overwrite = Overwrite::always;
    Listener listener;
    place.extract(again, listener);
  };
  with_parts("tiles", "other");
  with_parts("tiling", "other");
  with_parts("model", "other");
  with_parts("card", "other");
  CHECK(place.reason().empty());
}

TEST_CASE("verify job: a path that changed in the table makes the features stale") {
  const Extracted place;
  TileTable table = read_tile_table(place.folder(0) / "metadata.csv");
  table.rows[0].path = "tiles/another.png";
  write_tile_table(place.folder(0) / "metadata.csv", table);

  CHECK(contains(place.reason(), "was made of something else than is there now (tiles"));
}

TEST_CASE("verify job: another tool's file without a fingerprint may be sound") {
  const Extracted place;
  place.rewrite([](FeatureInfo& info, Values&, Rects&) {
    info.fingerprint.clear();
    info.fingerprint_parts.clear();
  });
  CHECK(place.reason().empty());
}

TEST_CASE("verify job: a mix of models is reported against what most slides have") {
  const Extracted place(3);
  place.rewrite([](FeatureInfo& info, Values&, Rects&) {
    info.encoder = "other";
    info.model_sha256 = "";
    info.fingerprint.clear();
    info.fingerprint_parts.clear();
  });
  Listener listener;

  const VerifyReport report = place.verify(listener);

  CHECK(report.count(StoreState::wrong) == 1);
  const std::string& reason = report.stores.front().reason;
  CHECK(contains(reason, "features of other "));
  CHECK(contains(reason, "s1 has those of mean"));
}

TEST_CASE("verify job: one model's features of another pooling or precision are a mix, too") {
  for (const bool is_pooling : {true, false}) {
    const Extracted place(3);
    place.rewrite([is_pooling](FeatureInfo& info, Values&, Rects&) {
      (is_pooling ? info.pooling : info.precision) = "something else";
    });
    Listener listener;

    const VerifyReport report = place.verify(listener);

    CHECK(report.count(StoreState::wrong) == 1);
    CHECK(contains(report.stores.front().reason, "something else"));
  }
}

TEST_CASE("verify job: unfinished files are warned of, and change nothing") {
  const Extracted place;
  replace_file(place.folder(1) / ".features.h5.host-1-2.part", "");
  Listener listener;

  const VerifyReport report = place.verify(listener);

  CHECK(report.count(StoreState::sound) == 2);
  REQUIRE(listener.warnings.size() == 1);
  CHECK(contains(listener.warnings[0], ".features.h5.host-1-2.part: an unfinished file"));
}

TEST_CASE("verify job: one that is stopped leaves out what it has not looked at") {
  const Extracted place;
  const std::atomic<bool> stop{true};
  Listener listener;

  const VerifyReport report = run_verify_job({{place.output()}, {}}, listener, stop);

  CHECK(report.interrupted);
  CHECK(report.stores.empty());
}

TEST_CASE("verify job: without an input it is a usage error") {
  const auto error = error_of([] { validate(VerifyJobOptions{}); });
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::usage);
  CHECK(contains(error->what(), "--input must name a folder"));
}

TEST_CASE("feature list: a line for each store, and the reason where there is no reading it") {
  const Extracted place(3);
  fs::remove(place.folder(1) / "features.h5");
  replace_file(place.folder(2) / "features.h5", "no HDF5");

  const std::vector<ListedFeatures> listed = list_features({place.output()});

  REQUIRE(listed.size() == 2);
  CHECK(listed[0].folder == place.folder(0));
  CHECK(listed[0].dim == 7);
  CHECK(listed[0].rows == read_tile_table(place.folder(0) / "metadata.csv").rows.size());
  CHECK(listed[0].bytes == fs::file_size(place.folder(0) / "features.h5"));
  CHECK(listed[0].info.encoder == mean_card().name);
  CHECK(listed[0].problem.empty());
  CHECK(contains(listed[1].problem, "features.h5: cannot be opened as an HDF5 file"));
}

TEST_CASE("feature list: no features at all is an error, no input a usage error") {
  const Extracted place(1);
  fs::remove(place.folder(0) / "features.h5");
  const auto none = error_of([&] { list_features({place.output()}); });
  REQUIRE(none);
  CHECK(none->kind() == ErrorKind::input);
  CHECK(contains(none->what(), "no slide with features; 'histoencoder extract' makes them"));

  const auto usage = error_of([] { list_features({}); });
  REQUIRE(usage);
  CHECK(usage->kind() == ErrorKind::usage);
  CHECK(contains(usage->what(), "--input must name a folder"));
}
