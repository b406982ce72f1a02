#include "histo/convert_job.hpp"

#include <atomic>

#include "histo/feature_store.hpp"
#include "histo/tile_table.hpp"

#include "core/files.hpp"
#include "jobs/jobs_fixture.hpp"
#include "store/clam_files.hpp"
#include "store/npy_files.hpp"

using namespace histo;
using histo::test::contains;
using histo::test::contents;
using histo::test::error_of;
using histo::test::Listener;
using histo::test::mean_card;
using histo::test::never_stop;
using histo::test::Workplace;

namespace {

namespace fs = std::filesystem;

/// Slides with features, and a folder for another tool's files.
struct Extracted : Workplace {
  explicit Extracted(int count = 2) : Workplace(count) {
    cut();
    Listener listener;
    extract(extract_options(), listener);
  }

  fs::path foreign() const { return path() / "foreign"; }
  fs::path back() const { return path() / "back"; }

  ConvertJobOptions to(ForeignFormat format) const {
    ConvertJobOptions options;
    options.inputs = {output().string()};
    options.output = foreign();
    options.to = format;
    return options;
  }

  ConvertJobOptions from(ForeignFormat format, const fs::path& files) const {
    ConvertJobOptions options;
    options.inputs = {files.string()};
    options.output = back();
    options.from = format;
    return options;
  }
};

RunReport run(const ConvertJobOptions& options, Listener& listener) {
  return run_convert_job(options, listener, never_stop());
}

RunReport run(const ConvertJobOptions& options) {
  Listener listener;
  return run(options, listener);
}

std::vector<float> features(const fs::path& folder) {
  const FeatureReader reader(folder / "features.h5");
  std::vector<float> all(reader.rows() * reader.dim());
  reader.read(0, reader.rows(), all.data());
  return all;
}

std::vector<Rect> rects(const fs::path& folder) {
  std::vector<Rect> all;
  for (const TileRow& row : read_tile_table(folder / "metadata.csv").rows) all.push_back(row.rect);
  return all;
}

std::string only_failure(const RunReport& report) {
  REQUIRE(report.slides.size() == 1);
  CHECK(report.slides.front().outcome == Outcome::failed);
  return report.slides.front().reason;
}

}  // namespace

TEST_CASE("convert job: features and places come back from every format") {
  const Extracted place;
  struct Case {
    ForeignFormat format;
    fs::path files;
    std::optional<double> mpp;
  };
  const auto check = [&](const Case& test) {
    fs::remove_all(place.foreign());
    fs::remove_all(place.back());
    ConvertJobOptions out = place.to(test.format);
    out.slide_mpp = test.mpp;
    CHECK(run(out).count(Outcome::done) == 2);
    CHECK(run(place.from(test.format, place.foreign() / test.files)).count(Outcome::done) == 2);
    for (const std::string slide : {"s0", "s1"}) {
      CHECK(rects(place.back() / slide) == rects(place.output() / slide));
      if (test.format == ForeignFormat::stamp) continue;  // rounds
      CHECK(features(place.back() / slide) == features(place.output() / slide));
    }
  };
  SECTION("TRIDENT") { check({ForeignFormat::trident, "features_mean", {}}); }
  SECTION("STAMP") { check({ForeignFormat::stamp, "", 0.25}); }
  SECTION("NumPy") { check({ForeignFormat::npy, "", {}}); }
  SECTION("CSV") { check({ForeignFormat::csv, "", {}}); }
}

TEST_CASE("convert job: what comes back can be clustered") {
  const Extracted place;
  run(place.to(ForeignFormat::csv));
  run(place.from(ForeignFormat::csv, place.foreign()));
  ClusterJobOptions options = place.cluster_options({2});
  options.inputs = {place.back()};
  Listener listener;

  const RunReport report = run_cluster_job(options, listener, never_stop());

  CHECK(report.count(Outcome::done) == 2);
  CHECK(fs::exists(place.back() / "s0" / "clusters.csv"));
}

TEST_CASE("convert job: another tool's folder gets its files alone, ours a diary") {
  const Extracted place;

  run(place.to(ForeignFormat::csv));
  run(place.from(ForeignFormat::csv, place.foreign()));

  CHECK(contents(place.foreign()).size() == 2);
  CHECK_FALSE(fs::exists(place.foreign() / "run.json"));
  CHECK(fs::exists(place.back() / "run.json"));
}

TEST_CASE("convert job: nothing that is there is replaced unless it is asked for") {
  const Extracted place(1);
  ConvertJobOptions out = place.to(ForeignFormat::npy);
  run(out);
  const auto before = contents(place.foreign());

  CHECK(
      contains(only_failure(run(out)), "s0.coords.npy is there already; --overwrite replaces it"));
  CHECK(contents(place.foreign()) == before);
  out.overwrite = Overwrite::always;
  CHECK(plan_convert_job(out).front().reason == "replaces what is there");
  CHECK(run(out).count(Outcome::done) == 1);

  ConvertJobOptions back = place.from(ForeignFormat::npy, place.foreign());
  run(back);
  CHECK(contains(only_failure(run(back)), "features.h5 is there already; --overwrite replaces it"));
  back.overwrite = Overwrite::always;
  CHECK(run(back).count(Outcome::done) == 1);
}

TEST_CASE(
    "convert job: a slide of unknown resolution is refused for STAMP, and no other slide is") {
  const Extracted place;

  const std::vector<PlannedSlide> plan = plan_convert_job(place.to(ForeignFormat::stamp));

  REQUIRE(plan.size() == 2);
  CHECK(plan[0].action == Action::refuse);
  CHECK(contains(plan[0].reason, "the slide's resolution is not known; --slide-mpp states it"));
}

TEST_CASE("convert job: a slide whose name leaves no room for the extension is refused") {
  const Extracted place(1);
  fs::rename(place.folder(0), place.output() / std::string(250, 'l'));

  CHECK(contains(only_failure(run(place.to(ForeignFormat::npy))), ".npy: the name is too long"));
}

TEST_CASE("convert job: a damaged store fails its slide and no other") {
  const Extracted place;
  replace_file(place.folder(0) / "features.h5", "no HDF5");
  Listener listener;

  const RunReport report = run(place.to(ForeignFormat::csv), listener);

  CHECK(report.count(Outcome::done) == 1);
  CHECK(report.count(Outcome::failed) == 1);
  CHECK(fs::exists(place.foreign() / "s1.csv"));
  REQUIRE(listener.failures.size() == 1);
  CHECK(contains(listener.failures[0], "cannot be opened as an HDF5 file"));
}

TEST_CASE("convert job: a damaged file fails its slide and leaves no folder") {
  const Extracted place;
  run(place.to(ForeignFormat::csv));
  replace_file(place.foreign() / "s0.csv", "x,y,w,h,f0\n1,2,3,4,five\n");
  Listener listener;

  const RunReport report = run(place.from(ForeignFormat::csv, place.foreign()), listener);

  CHECK(report.count(Outcome::done) == 1);
  REQUIRE(listener.failures.size() == 1);
  CHECK(contains(listener.failures[0], "line 2: column f0: 'five' is not a number"));
  CHECK_FALSE(fs::exists(place.back() / "s0" / "features.h5"));
}

TEST_CASE(
    "convert job: values that are no finite numbers are refused, and nothing is left of them") {
  const Extracted place(1);
  run(place.to(ForeignFormat::csv));
  const auto refusal = [&](const std::string& value) {
    replace_file(place.foreign() / "s0.csv",
                 "x,y,w,h,f0,f1\n1,2,3,4,1,2\n5,2,3,4,1," + value + "\n");
    return only_failure(run(place.from(ForeignFormat::csv, place.foreign())));
  };

  CHECK(contains(refusal("nan"), "row 1, column 1 is not a number"));
  CHECK(contains(refusal("-inf"), "row 1, column 1 is infinite"));

  CHECK_FALSE(fs::exists(place.back() / "s0"));
}

TEST_CASE("convert job: an import that is stopped leaves no table") {
  const Extracted place(1);
  run(place.to(ForeignFormat::csv));
  const std::atomic<bool> stop{true};
  Listener listener;

  run_convert_job(place.from(ForeignFormat::csv, place.foreign()), listener, stop);

  CHECK_FALSE(fs::exists(place.back() / "s0"));
}

TEST_CASE("convert job: slides without features are left out with a warning") {
  const Extracted place;
  fs::remove(place.folder(0) / "features.h5");
  Listener listener;

  const RunReport report = run(place.to(ForeignFormat::csv), listener);

  CHECK(report.count(Outcome::done) == 1);
  CHECK(listener.warned_of("1 slide without features left out; 'histoencoder extract' makes them"));
  fs::remove(place.folder(1) / "features.h5");
  const auto error = error_of([&] { run(place.to(ForeignFormat::csv)); });
  REQUIRE(error);
  CHECK(contains(error->what(), "no slide with features; 'histoencoder extract' makes them"));
}

TEST_CASE("convert job: what TRIDENT and CLAM cannot use is left out and said once") {
  const Extracted place;
  Listener listener;

  run(place.to(ForeignFormat::trident), listener);

  REQUIRE(listener.warnings.size() == 1);
  CHECK(contains(listener.warnings[0], "2 slides (first: "));
  CHECK(contains(listener.warnings[0],
                 " without TRIDENT's patches/, since the slide's magnification is not known"));
}

TEST_CASE("convert job: places come from the slide's own table where a file has none") {
  const Extracted place(1);
  run(place.to(ForeignFormat::npy));
  fs::remove(place.foreign() / "s0.coords.npy");
  ConvertJobOptions back = place.from(ForeignFormat::npy, place.foreign());

  const std::string alone = only_failure(run(back));
  CHECK(contains(alone, "there are no places beside it, and "));
  CHECK(contains(alone, "has no metadata.csv of this slide to take them from"));

  fs::create_directories(place.back() / "s0");
  fs::copy(place.folder(0) / "metadata.csv", place.back() / "s0");
  CHECK(run(back).count(Outcome::done) == 1);
  CHECK(features(place.back() / "s0") == features(place.folder(0)));
}

TEST_CASE("convert job: features of other tiles than the folder has are refused") {
  const Extracted place(1);
  run(place.to(ForeignFormat::csv));
  fs::create_directories(place.back() / "s0");
  const fs::path table = place.back() / "s0" / "metadata.csv";
  TileTable tiles = read_tile_table(place.folder(0) / "metadata.csv");
  const ConvertJobOptions back = place.from(ForeignFormat::csv, place.foreign());

  tiles.rows[1].rect.x += 1;
  write_tile_table(table, tiles);
  CHECK(contains(only_failure(run(back)), "row 1 is of a tile at x "));

  tiles.rows.pop_back();
  write_tile_table(table, tiles);
  const std::string count = only_failure(run(back));
  CHECK(contains(count, " rows, and "));
  CHECK(contains(count, "metadata.csv has " + std::to_string(tiles.rows.size()) + " tiles"));
  CHECK_FALSE(fs::exists(place.back() / "s0" / "features.h5"));
}

TEST_CASE("convert job: the tiles' size is asked for where nobody says it") {
  const Extracted place(1);
  const auto writer = [&] {
    fs::create_directories(place.foreign() / "h5_files");
    return write_clam_features(place.foreign() / clam_features_path("a"), 2);
  }();
  const std::vector<float> two = {1.0F, 2.0F};
  writer->append(two.data(), {{10, 20, 0, 0}});
  writer->commit();
  ConvertJobOptions back = place.from(ForeignFormat::clam, place.foreign());

  CHECK(contains(only_failure(run(back)),
                 "does not say how large its tiles are; --tile-size states it"));

  back.tile_size = 256;
  CHECK(run(back).count(Outcome::done) == 1);
  CHECK(rects(place.back() / "a") == std::vector<Rect>{{10, 20, 256, 256}});
  CHECK(features(place.back() / "a") == two);
}

TEST_CASE("convert job: more rows than places, features of no length") {
  const Extracted place(1);
  fs::create_directories(place.foreign());
  const fs::path file = place.foreign() / "a.npy";
  const std::vector<float> two = {1.0F, 2.0F};
  const auto write = [&](std::size_t rows, std::size_t dim) {
    const auto writer = write_npy_features(file, rows, dim);
    writer->append(two.data(), std::vector<Rect>(rows));
    writer->commit();
  };
  const auto places = write_npy_places(npy_places_path(file), 1);
  places->append(nullptr, {{0, 0, 8, 8}});
  places->commit();
  const ConvertJobOptions back = place.from(ForeignFormat::npy, place.foreign());

  write(2, 1);
  CHECK(contains(only_failure(run(back)), "has 2 rows, and there are 1 place for them"));
  write(1, 0);
  CHECK(contains(only_failure(run(back)), "has features of no length"));
}

TEST_CASE("convert job: inputs that stand for nothing, or for one slide twice, are errors") {
  const Extracted place(1);
  run(place.to(ForeignFormat::npy));
  const auto sentence = [](const ConvertJobOptions& options) {
    const auto error = error_of([&] { plan_convert_job(options); });
    REQUIRE(error);
    CHECK(error->kind() == ErrorKind::input);
    return std::string(error->what());
  };
  ConvertJobOptions back = place.from(ForeignFormat::npy, place.foreign());

  fs::create_directories(place.path() / "more");
  fs::copy(place.foreign() / "s0.npy", place.path() / "more");
  back.inputs.push_back((place.path() / "more").string());
  CHECK(contains(sentence(back), "would both become the slide s0; convert them to two folders"));

  fs::remove(place.foreign() / "s0.npy");
  back.inputs.pop_back();
  CHECK(contains(sentence(back), "foreign: holds places, and no features"));
  CHECK(contains(sentence(place.from(ForeignFormat::csv, place.foreign())),
                 "the folder holds no file with one of .csv"));
}

TEST_CASE("convert job: a file that is called as something of ours is refused") {
  const Extracted place(1);
  run(place.to(ForeignFormat::csv));
  fs::rename(place.foreign() / "s0.csv", place.foreign() / "clustering.csv");

  CHECK(contains(only_failure(run(place.from(ForeignFormat::csv, place.foreign()))),
                 "the name 'clustering' is needed in the output folder"));
}

TEST_CASE("convert job: one that is stopped leaves no half of a file") {
  const Extracted place;
  const std::atomic<bool> stop{true};
  Listener listener;

  const RunReport report = run_convert_job(place.to(ForeignFormat::csv), listener, stop);

  CHECK(report.interrupted);
  CHECK(report.count(Outcome::interrupted) == 2);
  CHECK_FALSE(fs::exists(place.foreign() / "s0.csv"));
}

TEST_CASE("convert job: options out of range are usage errors") {
  const auto sentence = [](const ConvertJobOptions& options) {
    const auto error = error_of([&] { validate(options); });
    REQUIRE(error);
    CHECK(error->kind() == ErrorKind::usage);
    return std::string(error->what());
  };
  ConvertJobOptions options;
  CHECK(sentence(options) == "--input must name something");
  options.inputs = {"tiles"};
  CHECK(sentence(options) == "--output must name a folder");
  options.output = "out";
  CHECK(sentence(options) == "one of --to and --from must be given, and not both");
  options.to = ForeignFormat::csv;
  CHECK_FALSE(error_of([&] { validate(options); }));
  options.slide_mpp = 0.0;
  CHECK(sentence(options) == "--slide-mpp must be a positive number of micrometres, got 0");
  options.slide_mpp.reset();
  options.tile_size = 0;
  CHECK(sentence(options) == "--tile-size must be at least 1, got 0");
}
