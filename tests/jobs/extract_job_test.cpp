#include <cmath>

#include "histo/feature_store.hpp"
#include "histo/tile_table.hpp"

#include "core/files.hpp"
#include "jobs/jobs_fixture.hpp"
#include "support/slides.hpp"

using namespace histo;
using histo::test::contains;
using histo::test::contents;
using histo::test::error_of;
using histo::test::Listener;
using histo::test::mean_card;
using histo::test::MeanEncoder;
using histo::test::never_stop;
using histo::test::Workplace;

namespace {

std::vector<float> features(const std::filesystem::path& folder) {
  const FeatureReader reader(folder / "features.h5");
  std::vector<float> all(reader.rows() * reader.dim());
  reader.read(0, reader.rows(), all.data());
  return all;
}

std::function<LoadedEncoder()> loader(std::vector<std::size_t>* batches) {
  return [batches] {
    LoadedEncoder loaded;
    loaded.encoder = std::make_unique<MeanEncoder>(32, batches);
    loaded.device = "cpu";
    loaded.warnings = {"no GPU was found"};
    return loaded;
  };
}

}  // namespace

TEST_CASE("extract job: each slide gets a feature for each row of its table, in that order") {
  const Workplace place;
  place.cut();
  Listener listener;

  const RunReport report = place.extract(place.extract_options(), listener);

  CHECK(report.count(Outcome::done) == 2);
  for (int i = 0; i < 2; ++i) {
    const auto rows = read_tile_table(place.folder(i) / "metadata.csv").rows;
    const FeatureReader reader(place.folder(i) / "features.h5");
    const std::vector<Rect> rects = reader.read_rects();
    REQUIRE(reader.rows() == rows.size());
    REQUIRE(reader.dim() == 7);
    const std::vector<float> found = features(place.folder(i));
    MeanEncoder encoder(32);
    for (std::size_t row = 0; row < rows.size(); ++row) {
      REQUIRE(rects[row] == rows[row].rect);
      const auto bytes = read_file(place.folder(i) / rows[row].path);
      const Image pixels =
          preprocess(decode_image(bytes.data(), bytes.size(), "tile"), mean_card());
      float wanted[7];
      const ModelCard card = mean_card();
      encoder.encode(pixels.data(), &*card.normalisation, 1, wanted);
      REQUIRE(std::equal(wanted, wanted + 7, found.begin() + static_cast<std::ptrdiff_t>(row) * 7));
    }
  }
}

TEST_CASE("extract job: batches are full and span slides; only the first and last are smaller") {
  const Workplace place(3);
  place.cut();
  ExtractJobOptions options = place.extract_options();
  options.threads = 3;
  std::vector<std::size_t> batches;
  Listener listener;

  const RunReport report =
      run_extract_job(options, mean_card(), loader(&batches), listener, never_stop());

  // One image a thread first, so that a row is soon on the disk.
  REQUIRE(batches.size() == 1 + (report.tiles() - 3 + 7) / 8);
  CHECK(batches.front() == 3);
  for (std::size_t i = 1; i + 1 < batches.size(); ++i) CHECK(batches[i] == 8);
  CHECK(listener.warnings == std::vector<std::string>{"no GPU was found"});
}

TEST_CASE("extract job: the files do not depend on threads or on the batch size") {
  const Workplace place(3);
  place.cut();
  std::vector<std::vector<std::pair<std::string, std::string>>> results;
  for (const auto& [threads, batch] :
       std::vector<std::pair<std::size_t, std::size_t>>{{1, 8}, {2, 8}, {8, 3}, {2, 1000}}) {
    ExtractJobOptions options = place.extract_options();
    options.threads = threads;
    options.batch_size = batch;
    options.overwrite = Overwrite::always;
    Listener listener;
    place.extract(options, listener);
    results.push_back(contents(place.output()));
  }

  for (const auto& result : results) CHECK(result == results.front());
}

TEST_CASE("extract job: a second run does nothing and loads no model") {
  const Workplace place;
  place.cut();
  Listener listener;
  place.extract(place.extract_options(), listener);

  const auto load = []() -> LoadedEncoder { throw Error(ErrorKind::model, "was loaded"); };
  const RunReport report =
      run_extract_job(place.extract_options(), mean_card(), load, listener, never_stop());

  CHECK(report.count(Outcome::skipped) == 2);
}

TEST_CASE("extract job: features of another model are refused, with the difference") {
  const Workplace place(1);
  place.cut();
  Listener listener;
  place.extract(place.extract_options(), listener);
  ModelCard other = mean_card();
  other.sha256 = std::string(64, '1');

  const RunReport report =
      run_extract_job(place.extract_options(), other, loader(nullptr), listener, never_stop());

  CHECK(report.count(Outcome::failed) == 1);
  CHECK(contains(listener.failures.at(0), "model was 0000"));
}

TEST_CASE("extract job: features are stale once the slide has been cut otherwise") {
  const Workplace place(1);
  place.cut();
  Listener listener;
  place.extract(place.extract_options(), listener);
  TileJobOptions cut = place.tile_options();
  cut.tiling.width = 64;
  cut.overwrite = Overwrite::always;
  run_tile_job(cut, listener, never_stop());

  place.extract(place.extract_options(), listener);

  CHECK(contains(listener.failures.at(0), "tiles was "));
}

TEST_CASE("extract job: a slide with a damaged tile fails alone and leaves no store") {
  const Workplace place(3);
  place.cut();
  const auto rows = read_tile_table(place.folder(1) / "metadata.csv").rows;
  replace_file(place.folder(1) / rows.at(2).path, "not a picture");
  ExtractJobOptions options = place.extract_options();
  options.threads = 2;
  Listener listener;

  const RunReport report = place.extract(options, listener);

  CHECK(report.count(Outcome::done) == 2);
  CHECK(report.count(Outcome::failed) == 1);
  CHECK(contains(listener.failures.at(0), rows[2].path));
  CHECK_FALSE(std::filesystem::exists(place.folder(1) / "features.h5"));
}

TEST_CASE("extract job: a failed slide does not disturb the rows of its neighbours") {
  const Workplace place(3);
  place.cut();
  Listener listener;
  place.extract(place.extract_options(), listener);
  const std::vector<float> undisturbed = features(place.folder(2));
  const auto rows = read_tile_table(place.folder(1) / "metadata.csv").rows;
  std::filesystem::remove(place.folder(1) / rows.at(rows.size() - 1).path);
  ExtractJobOptions options = place.extract_options();
  options.overwrite = Overwrite::always;

  CHECK(place.extract(options, listener).count(Outcome::failed) == 1);

  CHECK(features(place.folder(2)) == undisturbed);
}

TEST_CASE("extract job: a slide without tiles gets an empty store") {
  const Workplace place(2);
  test::write_slide(place.slide(0), test::tissue_image({700, 640}, {0, 0, 3, 3}));
  place.cut();
  Listener listener;

  CHECK(place.extract(place.extract_options(), listener).count(Outcome::done) == 2);

  const FeatureReader reader(place.folder(0) / "features.h5");
  CHECK(reader.rows() == 0);
  CHECK(reader.dim() == 7);
}

TEST_CASE("extract job: stopped in the middle it keeps finished slides and no half ones") {
  const Workplace place(3);
  place.cut();
  std::atomic<bool> stop{false};
  Listener listener;
  listener.on_progress = [&](std::size_t, std::size_t, const std::string& unit) {
    if (contains(unit, "s1")) stop = true;
  };

  const RunReport report =
      run_extract_job(place.extract_options(), mean_card(), loader(nullptr), listener, stop);

  CHECK(report.interrupted);
  CHECK(std::filesystem::exists(place.folder(0) / "features.h5"));
  CHECK_FALSE(std::filesystem::exists(place.folder(2) / "features.h5"));
  Listener next;
  const RunReport rest = place.extract(place.extract_options(), next);
  CHECK(rest.count(Outcome::failed) == 0);
  CHECK(rest.count(Outcome::skipped) >= 1);
  CHECK(std::filesystem::exists(place.folder(2) / "features.h5"));
}

TEST_CASE("extract job: one slide's folder may be given by itself") {
  const Workplace place(2);
  place.cut();
  ExtractJobOptions options = place.extract_options();
  options.inputs = {place.folder(1).string() + "/"};
  Listener listener;

  CHECK(place.extract(options, listener).count(Outcome::done) == 1);
  CHECK(FeatureReader(place.folder(1) / "features.h5").info().slide == "s1");
  CHECK_FALSE(std::filesystem::exists(place.folder(0) / "features.h5"));
}

TEST_CASE("extract job: a folder without slides is named") {
  const Workplace place(1);
  ExtractJobOptions options = place.extract_options();
  options.inputs = {place.path()};
  Listener listener;

  CHECK(contains(error_of([&] { place.extract(options, listener); })->what(),
                 "no slide folder with a metadata.csv"));
  options.inputs = {place.path() / "none"};
  CHECK(contains(error_of([&] { place.extract(options, listener); })->what(),
                 "there is no such folder"));
}

TEST_CASE("extract job: options out of range are named") {
  ExtractJobOptions options;
  CHECK(contains(error_of([&] { validate(options); })->what(), "--input must name a folder"));
  options.inputs = {"a"};
  options.threads = 0;
  CHECK(contains(error_of([&] { validate(options); })->what(), "--threads must be at least 1"));
}

TEST_CASE("extract job: features that cannot be read are refused until they may be overwritten") {
  const Workplace place(1);
  place.cut();
  replace_file(place.folder(0) / "features.h5", "damaged");
  ExtractJobOptions options = place.extract_options();
  Listener listener;

  CHECK(place.extract(options, listener).count(Outcome::failed) == 1);
  CHECK(contains(listener.failures.at(0), "features.h5"));
  CHECK(contains(listener.failures.at(0), "--overwrite does it again"));
  options.overwrite = Overwrite::always;
  CHECK(place.extract(options, listener).count(Outcome::done) == 1);
}

TEST_CASE("extract job: a folder that is spelled in two ways is done once") {
  const Workplace place(1);
  place.cut();
  ExtractJobOptions options = place.extract_options();
  options.inputs = {place.folder(0), place.output() / "." / "s0", place.output()};
  Listener listener;

  CHECK(place.extract(options, listener).slides.size() == 1);
}

TEST_CASE("extract job: a slide whose first tile is damaged lets go of tiles that workers have") {
  const Workplace place(3);
  TileJobOptions cut = place.tile_options();
  cut.tiling.width = 32;
  Listener listener;
  run_tile_job(cut, listener, never_stop());
  const auto rows = read_tile_table(place.folder(1) / "metadata.csv").rows;
  replace_file(place.folder(1) / rows.front().path, "not a picture");
  ExtractJobOptions options = place.extract_options();
  options.threads = 4;

  const RunReport report = place.extract(options, listener);

  CHECK(report.count(Outcome::done) == 2);
  CHECK(report.count(Outcome::failed) == 1);
}

TEST_CASE("extract job: more slides than a process keeps open are all done, in batches over many") {
  const Workplace place(1);
  TileJobOptions cut = place.tile_options();
  Listener listener;
  run_tile_job(cut, listener, never_stop());
  // 300 slides of two tiles each.
  TileTable table = read_tile_table(place.folder(0) / "metadata.csv");
  table.rows.resize(2);
  for (int i = 0; i < 300; ++i) {
    const auto folder = place.output() / ("copy" + std::to_string(i));
    std::filesystem::create_directories(folder / "tiles");
    for (const TileRow& row : table.rows) {
      std::filesystem::copy_file(place.folder(0) / row.path, folder / row.path);
    }
    write_tile_table(folder / "metadata.csv", table);
  }
  ExtractJobOptions options = place.extract_options();
  options.batch_size = 5000;
  options.threads = 2;

  CHECK(place.extract(options, listener).count(Outcome::done) == 301);
}
