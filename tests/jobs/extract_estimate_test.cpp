// Mean and deviation that are estimated from a slide's own tiles.

#include <cmath>

#include "histo/codec.hpp"
#include "histo/feature_store.hpp"
#include "histo/tile_table.hpp"

#include "core/files.hpp"
#include "jobs/estimate.hpp"
#include "jobs/jobs_fixture.hpp"

using namespace histo;
using histo::test::Approx;
using histo::test::contains;
using histo::test::error_of;
using histo::test::Listener;
using histo::test::mean_card;
using histo::test::never_stop;
using histo::test::Workplace;

namespace {

ModelCard estimating_card() {
  ModelCard card = mean_card();
  card.normalisation.reset();
  return card;
}

std::vector<TileRow> rows_of(const Workplace& place, int slide) {
  return read_tile_table(place.folder(slide) / "metadata.csv").rows;
}

Normalisation estimate(const Workplace& place, std::size_t samples, std::size_t threads) {
  const std::vector<TileRow> rows = rows_of(place, 0);
  return *estimate_normalisation(StoredTiles(place.folder(0), rows), rows, samples, threads,
                                 never_stop());
}

std::vector<float> features(const Workplace& place, int slide) {
  const FeatureReader reader(place.folder(slide) / "features.h5");
  std::vector<float> all(reader.rows() * reader.dim());
  reader.read(0, reader.rows(), all.data());
  return all;
}

std::string normalisation(const Workplace& place, int slide) {
  return FeatureReader(place.folder(slide) / "features.h5").info().normalization;
}

float deviation_of_red(const Workplace& place, int slide) {
  const std::string text = normalisation(place, slide);
  return std::stof(text.substr(text.find("std=") + 4));
}

}  // namespace

TEST_CASE("extract estimate: it is the average of the tiles' means and of their deviations") {
  const Workplace place(1);
  place.cut();
  double mean = 0.0;
  double deviation = 0.0;
  const std::vector<TileRow> rows = rows_of(place, 0);
  for (const TileRow& row : rows) {
    const auto bytes = read_file(place.folder(0) / row.path);
    const Image tile = decode_image(bytes.data(), bytes.size(), "tile");
    double green = 0.0;
    for (std::size_t i = 1; i < tile.bytes().size(); i += 3) green += tile.bytes()[i];
    const double n = static_cast<double>(tile.bytes().size() / 3);
    double squares = 0.0;
    for (std::size_t i = 1; i < tile.bytes().size(); i += 3) {
      squares += std::pow(tile.bytes()[i] - green / n, 2.0);
    }
    mean += green / n / 255.0;
    deviation += std::sqrt(squares / n) / 255.0;
  }

  const Normalisation found = estimate(place, 1000, 2);

  const auto count = static_cast<double>(rows.size());
  CHECK(found.mean[1] == Approx(mean / count).epsilon(1e-12));
  CHECK(found.deviation[1] == Approx(deviation / count).epsilon(1e-12));
}

TEST_CASE("extract estimate: a sample is the same each time and with any number of threads") {
  const Workplace place(1);
  place.cut();
  REQUIRE(rows_of(place, 0).size() > 6);
  const Normalisation one = estimate(place, 5, 1);
  const Normalisation three = estimate(place, 5, 3);
  CHECK(one.mean == three.mean);
  CHECK(one.deviation == three.deviation);
  CHECK(one.mean != estimate(place, 1000, 1).mean);
}

TEST_CASE("extract estimate: each slide's features are normalised by its own tiles") {
  const Workplace place(2);
  place.cut();
  Listener listener;

  place.extract(place.extract_options(), listener, estimating_card());

  CHECK(normalisation(place, 0) != normalisation(place, 1));
  for (int slide = 0; slide < 2; ++slide) {
    // The first three values are the tile's mean colour, normalised: over all tiles they average 0,
    // but for the resized pixels' rounding to whole grey levels, half a level at most.
    const std::vector<float> all = features(place, slide);
    float sum = 0.0F;
    for (std::size_t i = 0; i < all.size(); i += 7) sum += all[i];
    const float half_a_level = 0.5F / 255.0F / deviation_of_red(place, slide);
    CHECK(std::abs(sum / static_cast<float>(all.size() / 7)) < half_a_level);
    CHECK(std::abs(all.at(0)) > 1e-3F);
  }
}

TEST_CASE("extract estimate: a slide's features do not depend on the other slides of the run") {
  const Workplace place(2);
  place.cut();
  Listener listener;
  place.extract(place.extract_options(), listener, estimating_card());
  const std::vector<float> together = features(place, 1);
  ExtractJobOptions options = place.extract_options();
  options.inputs = {place.folder(1)};
  options.overwrite = Overwrite::always;

  place.extract(options, listener, estimating_card());

  CHECK(features(place, 1) == together);
}

TEST_CASE("extract estimate: features from another number of samples are refused") {
  const Workplace place(1);
  place.cut();
  Listener listener;
  ExtractJobOptions options = place.extract_options();
  place.extract(options, listener, estimating_card());
  options.num_samples = 3;

  place.extract(options, listener, estimating_card());

  CHECK(contains(listener.failures.at(0), "num-samples was 1000 and is now 3"));
}

TEST_CASE("extract estimate: the number of samples is of no meaning where the card has numbers") {
  const Workplace place(1);
  place.cut();
  Listener listener;
  ExtractJobOptions options = place.extract_options();
  place.extract(options, listener);
  options.num_samples = 3;
  CHECK(place.extract(options, listener).count(Outcome::skipped) == 1);
}

TEST_CASE("extract estimate: tiles of one colour have no deviation, and their slide fails") {
  const Workplace place(1);
  place.cut();
  const Image plain(128, 128, 200);
  for (const TileRow& row : rows_of(place, 0)) {
    const auto png = encode_png(plain, 2);
    replace_file(place.folder(0) / row.path, std::string(png.begin(), png.end()));
  }
  Listener listener;

  place.extract(place.extract_options(), listener, estimating_card());

  CHECK(contains(listener.failures.at(0), "its tiles have one colour only"));
  CHECK_FALSE(std::filesystem::exists(place.folder(0) / "features.h5"));
}

TEST_CASE("extract estimate: a tile that cannot be read fails its slide alone") {
  const Workplace place(2);
  place.cut();
  std::filesystem::remove(place.folder(0) / rows_of(place, 0).at(0).path);
  Listener listener;

  const RunReport report = place.extract(place.extract_options(), listener, estimating_card());

  CHECK(report.count(Outcome::failed) == 1);
  CHECK(report.count(Outcome::done) == 1);
}

TEST_CASE("extract estimate: a stop during it leaves no store, and the next run makes it") {
  const Workplace place(1);
  place.cut();
  const std::vector<TileRow> rows = rows_of(place, 0);
  const std::atomic<bool> stop{true};
  CHECK_FALSE(estimate_normalisation(StoredTiles(place.folder(0), rows), rows, 10, 2, stop));
}

TEST_CASE("extract estimate: at least one sample is wanted") {
  ExtractJobOptions options;
  options.inputs = {"a"};
  options.num_samples = 0;
  CHECK(contains(error_of([&] { validate(options); })->what(), "--num-samples must be at least 1"));
}

TEST_CASE("extract estimate: --normalize estimate overrules the card's numbers") {
  const Workplace place(1);
  place.cut();
  Listener listener;
  ExtractJobOptions options = place.extract_options();
  options.normalize.by = NormalizeOption::By::estimate;
  place.extract(options, listener);
  const std::vector<float> forced = features(place, 0);
  options.overwrite = Overwrite::always;
  options.normalize.by = NormalizeOption::By::model;
  place.extract(options, listener, estimating_card());

  CHECK(features(place, 0) == forced);
}

TEST_CASE("extract estimate: --normalize with numbers takes them, and says so in the store") {
  const Workplace place(1);
  place.cut();
  Listener listener;
  ExtractJobOptions options = place.extract_options();
  place.extract(options, listener);
  const float before = features(place, 0).at(0);
  options.normalize = {NormalizeOption::By::numbers, {{0.5, 0.5, 0.5}, {0.25, 0.25, 0.25}}};

  place.extract(options, listener);
  CHECK(contains(listener.failures.at(0), "normalize was not known and is now mean=0.5,0.5,0.5;"));

  options.overwrite = Overwrite::always;
  place.extract(options, listener);
  CHECK(normalisation(place, 0) == "mean=0.5,0.5,0.5;std=0.25,0.25,0.25");
  CHECK(features(place, 0).at(0) == Approx((before - 0.5F) / 0.25F).epsilon(1e-4));
}
