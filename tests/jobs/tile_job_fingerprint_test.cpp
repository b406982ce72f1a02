#include <functional>
#include <utility>
#include <vector>

#include "histo/codec.hpp"

#include "core/files.hpp"
#include "jobs/tile_checks.hpp"
#include "support/slides.hpp"

using namespace histo;
using histo::test::contains;
using histo::test::contents;
using histo::test::cut_tiles;
using histo::test::differing;
using histo::test::failure_of;
using histo::test::Listener;
using histo::test::record_of;
using histo::test::Workplace;

namespace {

using Change = std::function<void(TileJobOptions&)>;

/// A slide with everything that may be given beside it.
struct Equipped : Workplace {
  Equipped() : Workplace(0) {
    test::write_stated_slide(slide(0), test::stained_tissue({800, 700}, {96, 96, 600, 500}),
                             "0.25");
    Mask mask(400, 350);
    for (std::int64_t y = 50; y < 300; ++y) std::fill_n(mask.row(y) + 50, 300, std::uint8_t{1});
    std::filesystem::create_directories(path() / "masks");
    write_file(path() / "masks/s0.png", encode_png(mask.view()));
    write_rois(700);
    write_file(path() / "target.png",
               encode_png(test::stained_tissue({300, 300}, {32, 32, 200, 200})));
  }

  void write_rois(int right) const {
    const std::string edge = std::to_string(right);
    replace_file(path() / "rois.geojson",
                 R"({"type":"Feature","properties":{"classification":{"name":"Tumor"}},)"
                 R"("geometry":{"type":"Polygon","coordinates":[[[0,0],[)" +
                     edge + R"(,0],[)" + edge + R"(,700],[0,700],[0,0]]]}})");
  }

  TileJobOptions changed(const Change& change) const {
    TileJobOptions options = tile_options();
    change(options);
    return options;
  }

  /// Why a run with the second options refuses what the first has made.
  std::string refusal(const Change& before, const Change& now) const {
    TileJobOptions first = changed(before);
    first.overwrite = Overwrite::always;
    REQUIRE(cut_tiles(first).count(Outcome::done) == 1);
    CHECK(cut_tiles(changed(before)).count(Outcome::skipped) == 1);
    return failure_of(changed(now));
  }
};

/// Each option on its own, and the sentence about it.
std::vector<std::pair<Change, std::string>> changes(const Equipped& place) {
  return {
      {[](TileJobOptions& o) { o.resolution.mpp = 0.5; }, "mpp was not known and is now 0.5"},
      {[](TileJobOptions& o) { o.saving.metrics = true; }, "metrics was not known and is now yes"},
      {[](TileJobOptions& o) { o.saving.masks = true; }, "masks was not known and is now yes"},
      {[](TileJobOptions& o) { o.saving.save = SaveTiles::tar; },
       "save was not known and is now tar"},
      {[](TileJobOptions& o) { o.saving.save = SaveTiles::none; },
       "save was not known and is now none"},
      {[](TileJobOptions& o) { o.saving.image.compression = 6; },
       "compression was not known and is now 6"},
      {[](TileJobOptions& o) { o.saving.absolute_paths = true; },
       "absolute-paths was not known and is now yes"},
      {[](TileJobOptions& o) { o.tma = true; }, "tma was not known and is now yes"},
      {[](TileJobOptions& o) { o.stain.normalize = StainMethod::reinhard; },
       "stain-normalize was not known and is now reinhard"},
      {[](TileJobOptions& o) { o.stain.separate = true; },
       "stain-separate was not known and is now yes"},
      {[](TileJobOptions& o) { o.tissue.min_area = 100; }, "min-area was not known and is now 100"},
      {[](TileJobOptions& o) { o.tissue.fill_holes = 200; },
       "fill-holes was not known and is now 200"},
      {[](TileJobOptions& o) { o.tissue.method = TissueMethod::hsv; },
       "tissue was not known and is now hsv"},
      {[&](TileJobOptions& o) { o.rois.path = place.path() / "rois.geojson"; },
       "rois was not known and is now "},
      {[&](TileJobOptions& o) { o.tissue_masks = place.path() / "masks"; },
       "tissue-mask was not known and is now "},
  };
}

}  // namespace

TEST_CASE("fingerprint: each new option that changed is named in the refusal") {
  const Equipped place;
  REQUIRE(cut_tiles(place.tile_options()).count(Outcome::done) == 1);
  for (const auto& [change, sentence] : changes(place)) {
    const std::string failure = failure_of(place.changed(change));
    INFO(failure);
    CHECK(contains(failure, "has tiles made otherwise (" + sentence));
    CHECK(contains(failure, "--overwrite does them again"));
  }
}

TEST_CASE("fingerprint: what was made with an option is refused without it, and done with it") {
  const Equipped place;
  const Change nothing = [](TileJobOptions&) {};
  for (const auto& [change, sentence] : changes(place)) {
    const std::string failure = place.refusal(change, nothing);
    INFO(failure);
    CHECK(contains(failure, "made otherwise ("));
    CHECK((contains(failure, "no longer applies") || contains(failure, "was not known")));
  }
}

TEST_CASE("fingerprint: an option within another that changed is named with both values") {
  const Equipped place;
  const auto mpp = [](double wanted, const Change& more) {
    return [wanted, more](TileJobOptions& options) {
      options.resolution.mpp = wanted;
      more(options);
    };
  };
  const Change nothing = [](TileJobOptions&) {};
  CHECK(
      contains(place.refusal(mpp(0.5, nothing), mpp(0.6, nothing)), "mpp was 0.5 and is now 0.6"));
  CHECK(contains(
      place.refusal(mpp(0.5, nothing),
                    mpp(0.5, [](TileJobOptions& o) { o.resolution.mpp_tolerance = 0.02; })),
      "mpp-tolerance was 0.004 and is now 0.02"));
  CHECK(contains(place.refusal(mpp(0.5, nothing),
                               mpp(0.5, [](TileJobOptions& o) { o.resolution.slide_mpp = 0.2; })),
                 "slide-mpp was not known and is now 0.2"));
  CHECK(contains(place.refusal(mpp(0.5, nothing), mpp(0.5,
                                                      [](TileJobOptions& o) {
                                                        o.slide_mpp = {{"s0", 0.2}};
                                                      })),
                 "slide-mpp was not known and is now 0.2"));
  CHECK(contains(place.refusal(mpp(0.5, nothing),
                               mpp(0.5, [](TileJobOptions& o) { o.resolution.upsample = true; })),
                 "upsample was not known and is now yes"));
}

TEST_CASE("fingerprint: regions' classes and sides, and the stains' target, are named") {
  const Equipped place;
  const Change rois = [&](TileJobOptions& options) {
    options.rois.path = place.path() / "rois.geojson";
  };
  CHECK(contains(place.refusal(rois,
                               [&](TileJobOptions& options) {
                                 rois(options);
                                 options.rois.labels = {"Tumor"};
                               }),
                 "roi-labels was not known and is now Tumor;"));
  CHECK(contains(place.refusal(rois,
                               [&](TileJobOptions& options) {
                                 rois(options);
                                 options.rois.outside = true;
                               }),
                 "outside-rois was not known and is now yes"));
  const Change macenko = [](TileJobOptions& options) {
    options.stain.normalize = StainMethod::macenko;
  };
  CHECK(contains(place.refusal(macenko,
                               [&](TileJobOptions& options) {
                                 macenko(options);
                                 options.stain.target = place.path() / "target.png";
                               }),
                 "stain-target was not known and is now "));
  CHECK(contains(place.refusal(macenko,
                               [](TileJobOptions& options) {
                                 options.stain.normalize = StainMethod::vahadane;
                               }),
                 "stain-normalize was macenko and is now vahadane"));
}

TEST_CASE("fingerprint: files beside the slides count by what they are now") {
  const Equipped place;
  const auto rois = place.changed(
      [&](TileJobOptions& options) { options.rois.path = place.path() / "rois.geojson"; });
  cut_tiles(rois);
  CHECK(cut_tiles(rois).count(Outcome::skipped) == 1);

  place.write_rois(1000);

  CHECK(contains(failure_of(rois), "has tiles made otherwise (rois was "));
}

TEST_CASE("fingerprint: only options that were used are written into it") {
  const Equipped place;
  cut_tiles(place.tile_options());

  const std::string text = record_of(place.folder(0)).fingerprint.text();

  // Those of the releases before the new options: what they made is still done already.
  CHECK(contains(text, "width=128\n"));
  for (const char* key : {"mpp", "upsample", "slide-mpp", "metrics", "masks", "save", "compression",
                          "absolute-paths", "tma", "stain-", "min-area", "fill-holes",
                          "tissue=", "rois", "roi-labels", "tissue-mask"}) {
    INFO(key);
    CHECK_FALSE(contains("\n" + text, "\n" + std::string(key)));
  }
}

TEST_CASE("fingerprint: without --mpp what the slides' micrometres are changes no tile") {
  const Equipped place;
  cut_tiles(place.tile_options());

  const RunReport report = cut_tiles(place.changed([](TileJobOptions& options) {
    options.slide_mpp = {{"s0", 0.3}};
    options.resolution.mpp_tolerance = 0.1;
  }));

  CHECK(report.count(Outcome::skipped) == 1);
}

TEST_CASE("fingerprint: the whole tree is the same on 1, 2 and 4 threads, whatever is asked for") {
  const Equipped place;
  std::filesystem::copy(place.slide(0), place.slide(1));
  std::filesystem::copy(place.path() / "masks/s0.png", place.path() / "masks/s1.png");
  const auto everything = [&](SaveTiles save) {
    return [&place, save](TileJobOptions& options) {
      options.saving.save = save;
      options.saving.metrics = true;
      options.saving.masks = save != SaveTiles::none;
      options.stain.separate = save != SaveTiles::none;
      options.stain.normalize = StainMethod::macenko;
      options.stain.target = place.path() / "target.png";
      options.resolution.mpp = 0.6;
      options.tiling.width = 64;
      options.tiling.overlap = 0.25;
      options.tma = true;
      options.rois.path = place.path() / "rois.geojson";
    };
  };
  for (const Change& change :
       {Change(everything(SaveTiles::files)), Change(everything(SaveTiles::tar)),
        Change(everything(SaveTiles::none)), Change([&](TileJobOptions& options) {
          options.tissue_masks = place.path() / "masks";
          options.stain.normalize = StainMethod::reinhard;
          options.saving.image.format = ImageFormat::jpeg;
        })}) {
    std::vector<std::vector<std::pair<std::string, std::string>>> results;
    for (const std::size_t threads : std::vector<std::size_t>{1, 2, 4}) {
      TileJobOptions options = place.changed(change);
      // ISA-L, which makes the fastest PNGs, very rarely lets their bytes, though never
      // their pixels, depend on where in memory its state lies.
      options.saving.image.compression = 2;
      options.threads = threads;
      options.overwrite = Overwrite::always;
      REQUIRE(cut_tiles(options).count(Outcome::done) == 2);
      results.push_back(contents(place.output()));
    }
    CHECK(results[0].size() >= 12);
    CHECK(differing(results[0], results[1]) == std::vector<std::string>());
    CHECK(differing(results[0], results[2]) == std::vector<std::string>());
  }
}
