// Whether tiles are such as the model was trained on.

#include "histo/feature_store.hpp"

#include "jobs/jobs_fixture.hpp"

using namespace histo;
using histo::test::contains;
using histo::test::Listener;
using histo::test::mean_card;
using histo::test::Workplace;

namespace {

/// Slides of 0.5 um a pixel, cut into tiles of 128 pixels, unless told otherwise.
struct Scaled : Workplace {
  explicit Scaled(std::optional<double> mpp = 0.5, std::int64_t height = 128) : Workplace(1) {
    TileJobOptions options = tile_options();
    options.resolution.slide_mpp = mpp;
    options.tiling.height = height;
    Listener listener;
    run_tile_job(options, listener, test::never_stop());
  }

  /// Why the slide was not done; empty if it was.
  std::string failure(const ModelCard& card, bool force = false) const {
    ExtractJobOptions options = extract_options();
    options.force = force;
    options.overwrite = Overwrite::always;
    Listener listener;
    extract(options, listener, card);
    return listener.failures.empty() ? "" : listener.failures.front();
  }
};

ModelCard card_for(std::optional<double> mpp, std::optional<std::int64_t> size) {
  ModelCard card = mean_card();
  card.tile_mpp = mpp;
  card.tile_size_px = size;
  return card;
}

}  // namespace

TEST_CASE("extract fit: tiles of the card's size and resolution are taken") {
  const Scaled place;
  CHECK(place.failure(card_for(0.5, 128)).empty());
  CHECK(place.failure(card_for(0.5, std::nullopt)).empty());
  CHECK(place.failure(card_for(std::nullopt, 128)).empty());
}

TEST_CASE("extract fit: tiles of another size are refused with both sizes and what cuts others") {
  const std::string reason = Scaled().failure(card_for(std::nullopt, 256));
  CHECK(contains(reason, "has tiles of 128 x 128 pixels at 0.5 um a pixel"));
  CHECK(contains(reason, "model mean was trained on 256 x 256 pixels, 10 % either way"));
  CHECK(contains(reason, "'histoprep --width 256' cuts such tiles, --force takes these"));
}

TEST_CASE("extract fit: tiles of another resolution are refused with both resolutions") {
  const std::string reason = Scaled().failure(card_for(1.0, 128));
  CHECK(contains(reason, "128 x 128 pixels at 0.5 um a pixel"));
  CHECK(contains(reason, "trained on 128 x 128 pixels at 1 um a pixel"));
  CHECK(contains(reason, "'histoprep --mpp 1 --width 128'"));
}

TEST_CASE("extract fit: the tolerance is relative to the card's value, both ends included") {
  ModelCard card = card_for(0.5, std::nullopt);
  card.tile_tolerance = 0.02;
  CHECK(Scaled(0.51).failure(card).empty());
  CHECK(Scaled(0.49).failure(card).empty());
  CHECK_FALSE(Scaled(0.5101).failure(card).empty());
  CHECK_FALSE(Scaled(0.4899).failure(card).empty());
}

TEST_CASE("extract fit: a tile that is too high is refused as one that is too wide") {
  const Scaled place(0.5, 64);
  CHECK(contains(place.failure(card_for(std::nullopt, 128)), "has tiles of 128 x 64 pixels"));
}

TEST_CASE("extract fit: --force takes tiles that do not fit") {
  CHECK(Scaled().failure(card_for(1.0, 512), true).empty());
}

TEST_CASE("extract fit: features that are done already are not looked at again") {
  const Scaled place;
  ExtractJobOptions options = place.extract_options();
  options.force = true;
  Listener listener;
  place.extract(options, listener, card_for(1.0, 512));
  options.force = false;

  CHECK(place.extract(options, listener, card_for(1.0, 512)).count(Outcome::skipped) == 1);
}

TEST_CASE("extract fit: a slide that states no resolution is done, with one warning") {
  const Scaled place(std::nullopt);
  Listener listener;

  const RunReport report =
      place.extract(place.extract_options(), listener, card_for(0.5, std::nullopt));

  CHECK(report.count(Outcome::done) == 1);
  REQUIRE(listener.warnings.size() == 1);
  CHECK(contains(listener.warnings[0], "model mean was trained at 0.5 um a pixel, and 1 slide"));
  CHECK(contains(listener.warnings[0], "'histoprep --slide-mpp' states it"));
}

TEST_CASE("extract fit: the warning comes only where the card wants a resolution") {
  const Scaled place(std::nullopt);
  Listener listener;
  place.extract(place.extract_options(), listener, card_for(std::nullopt, 128));
  CHECK(listener.warnings.empty());
}
