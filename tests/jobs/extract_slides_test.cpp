// Slides to features in one pass, no tile ever on disk.

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
using histo::test::Workplace;

namespace {

ExtractJobOptions from_slides(const Workplace& place) {
  ExtractJobOptions options;
  options.batch_size = 8;
  options.tiling = place.tile_options();
  return options;
}

std::vector<float> features(const std::filesystem::path& folder) {
  const FeatureReader reader(folder / "features.h5");
  std::vector<float> all(reader.rows() * reader.dim());
  reader.read(0, reader.rows(), all.data());
  return all;
}

}  // namespace

TEST_CASE("extract slides: the features are those of saved tiles, to the last bit") {
  const Workplace place(3);
  Listener listener;
  ExtractJobOptions options = from_slides(place);
  options.threads = 2;
  CHECK(place.extract(options, listener).count(Outcome::done) == 3);

  const Workplace saved(3);
  saved.cut();
  saved.extract(saved.extract_options(), listener);
  for (int slide = 0; slide < 3; ++slide) {
    CHECK(features(place.folder(slide)) == features(saved.folder(slide)));
    CHECK_FALSE(features(place.folder(slide)).empty());
    CHECK(std::filesystem::exists(place.folder(slide) / "metadata.csv"));
    CHECK_FALSE(std::filesystem::exists(place.folder(slide) / "tiles"));
  }
}

TEST_CASE("extract slides: the files depend on neither threads nor the batch size") {
  const Workplace place(4);
  std::vector<std::vector<std::pair<std::string, std::string>>> results;
  for (const auto& [threads, batch] :
       std::vector<std::pair<std::size_t, std::size_t>>{{1, 8}, {2, 3}, {5, 8}, {3, 1000}}) {
    ExtractJobOptions options = from_slides(place);
    options.threads = threads;
    options.batch_size = batch;
    options.overwrite = Overwrite::always;
    Listener listener;
    CHECK(place.extract(options, listener).count(Outcome::done) == 4);
    results.push_back(contents(place.output()));
  }
  for (const auto& result : results) CHECK(result == results.front());
}

TEST_CASE("extract slides: what is done is skipped, and tiles that are there are not cut again") {
  const Workplace place(2);
  Listener listener;
  place.extract(from_slides(place), listener);
  CHECK(place.extract(from_slides(place), listener).count(Outcome::skipped) == 2);
  const auto before = std::filesystem::last_write_time(place.folder(0) / "metadata.csv");
  std::filesystem::remove(place.folder(0) / "features.h5");

  CHECK(place.extract(from_slides(place), listener).count(Outcome::done) == 1);

  CHECK(std::filesystem::last_write_time(place.folder(0) / "metadata.csv") == before);
}

TEST_CASE("extract slides: tiles of other options are refused") {
  const Workplace place(1);
  Listener listener;
  place.extract(from_slides(place), listener);
  ExtractJobOptions options = from_slides(place);
  options.tiling->tiling.width = 64;

  CHECK(place.extract(options, listener).count(Outcome::failed) == 1);

  CHECK(contains(listener.failures.at(0), "width was 128 and is now 64"));
}

TEST_CASE("extract slides: a slide that cannot be read fails alone") {
  const Workplace place(3);
  replace_file(place.slide(1), "not a slide");
  Listener listener;

  const RunReport report = place.extract(from_slides(place), listener);

  CHECK(report.count(Outcome::done) == 2);
  REQUIRE(listener.failures.size() == 1);
  CHECK(contains(listener.failures[0], "s1.tiff"));
}

TEST_CASE("extract slides: tiles that do not fit the card are refused before they are encoded") {
  const Workplace place(1);
  ModelCard card = mean_card();
  card.tile_size_px = 256;
  Listener listener;

  place.extract(from_slides(place), listener, card);

  CHECK(contains(listener.failures.at(0), "has tiles of 128 x 128 pixels"));
  CHECK(contains(listener.failures.at(0), "'histoencoder extract --width 256' cuts such tiles"));
  CHECK_FALSE(std::filesystem::exists(place.folder(0) / "features.h5"));
}

TEST_CASE("extract slides: tiles that histoprep is saving are not taken away") {
  const Workplace place(1);
  std::filesystem::create_directories(place.folder(0) / "tiles");
  replace_file(place.folder(0) / "tiles" / "x0_y0_w128_h128.png", "a tile");
  Listener listener;

  CHECK(place.extract(from_slides(place), listener).count(Outcome::failed) == 1);

  CHECK(contains(listener.failures.at(0), "holds tiles of a histoprep that has not ended"));
  CHECK(std::filesystem::exists(place.folder(0) / "tiles" / "x0_y0_w128_h128.png"));
}

TEST_CASE("extract slides: where all slides fail there is a report all the same") {
  const Workplace place(1);
  replace_file(place.slide(0), "not a slide");
  Listener listener;

  CHECK(place.extract(from_slides(place), listener).count(Outcome::failed) == 1);

  CHECK(std::filesystem::exists(place.output() / "run.json"));
}

TEST_CASE("extract slides: what tiling warns of is passed on") {
  const Workplace place(1);
  test::write_slide(place.slide(0), test::tissue_image({700, 640}, {0, 0, 3, 3}));
  Listener listener;

  CHECK(place.extract(from_slides(place), listener).count(Outcome::done) == 1);

  CHECK_FALSE(listener.warnings.empty());
  CHECK(FeatureReader(place.folder(0) / "features.h5").rows() == 0);
}

TEST_CASE("extract slides: more slides than anybody looks ahead are all done, in order") {
  const Workplace place(7);
  ExtractJobOptions options = from_slides(place);
  options.threads = 2;
  Listener listener;

  const RunReport report = place.extract(options, listener);

  CHECK(report.count(Outcome::done) == 7);
  for (std::size_t i = 0; i < 7; ++i) {
    CHECK(report.slides[i].input == place.slide(static_cast<int>(i)));
  }
}

TEST_CASE("extract slides: options of the tiling are checked, too") {
  const Workplace place(1);
  ExtractJobOptions options = from_slides(place);
  options.tiling->tiling.overlap = 1.0;
  CHECK(contains(error_of([&] { validate(options); })->what(), "--overlap"));
}

TEST_CASE("extract slides: reports are in the order of the plan, whichever slide fails first") {
  const Workplace place(5);
  replace_file(place.slide(1), "not a slide");
  replace_file(place.slide(4), "not a slide");
  for (const std::size_t threads : std::vector<std::size_t>{1, 2, 8}) {
    ExtractJobOptions options = from_slides(place);
    options.threads = threads;
    options.overwrite = Overwrite::always;
    Listener listener;

    const RunReport report = place.extract(options, listener);

    REQUIRE(report.slides.size() == 5);
    CHECK(report.count(Outcome::failed) == 2);
    for (std::size_t i = 0; i < 5; ++i) {
      CHECK(report.slides[i].input == place.slide(static_cast<int>(i)));
    }
  }
}

TEST_CASE("extract slides: a single thread does not begin a slide while it has tiles of another") {
  const Workplace place(2);
  ExtractJobOptions options = from_slides(place);
  options.threads = 1;
  options.batch_size = 1;
  Listener listener;
  std::size_t seen = 0;
  listener.on_progress = [&](std::size_t done, std::size_t total, const std::string& unit) {
    if (!contains(unit, "s0") || done == total) return;
    ++seen;
    CHECK_FALSE(std::filesystem::exists(place.folder(1)));
  };

  CHECK(place.extract(options, listener).count(Outcome::done) == 2);

  CHECK(seen > 0);
}

TEST_CASE("extract slides: what states a slide's resolution is extract's own option") {
  const Workplace place(1);
  ModelCard card = mean_card();
  card.tile_mpp = 0.5;
  Listener listener;

  CHECK(place.extract(from_slides(place), listener, card).count(Outcome::done) == 1);

  CHECK(listener.warned_of("whether it fits; --slide-mpp states it"));
}
