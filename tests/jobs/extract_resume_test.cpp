// What is left of a run that ended in the middle, and what the next one makes of it.

#include "histo/feature_store.hpp"
#include "histo/tile_table.hpp"

#include "core/files.hpp"
#include "jobs/jobs_fixture.hpp"

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

/// Ends as a process does that is killed: before the `last` batch its rows go nowhere.
class DyingEncoder : public MeanEncoder {
 public:
  DyingEncoder(std::size_t last, std::vector<std::size_t>* batches)
      : MeanEncoder(32, batches), last_(last) {}

  void encode(const std::uint8_t* pixels, const Normalisation* normalisations, std::size_t n,
              float* features) override {
    if (done_++ == last_) throw Error(ErrorKind::model, "the device is gone");
    MeanEncoder::encode(pixels, normalisations, n, features);
  }

 private:
  std::size_t last_;
  std::size_t done_ = 0;
};

/// Extracts until the device goes after this many batches; how many images were encoded.
std::size_t extract_until(const ExtractJobOptions& options, std::size_t last) {
  std::vector<std::size_t> batches;
  const auto load = [&] {
    LoadedEncoder loaded;
    loaded.encoder = std::make_unique<DyingEncoder>(last, &batches);
    loaded.device = "cpu";
    return loaded;
  };
  Listener listener;
  error_of([&] { run_extract_job(options, mean_card(), load, listener, never_stop()); });
  std::size_t images = 0;
  for (const std::size_t n : batches) images += n;
  return images;
}

std::size_t tiles_of(const Workplace& place, int slides) {
  std::size_t sum = 0;
  for (int i = 0; i < slides; ++i) {
    sum += read_tile_table(place.folder(i) / "metadata.csv").rows.size();
  }
  return sum;
}

constexpr std::size_t endless = 1000000;

}  // namespace

TEST_CASE("extract resume: wherever the run ended, the next one gives the bytes of one run") {
  const Workplace undisturbed(3);
  undisturbed.cut();
  Listener listener;
  ExtractJobOptions options = undisturbed.extract_options();
  options.batch_size = 4;
  undisturbed.extract(options, listener);
  const std::size_t tiles = tiles_of(undisturbed, 3);

  for (std::size_t last = 0; last <= tiles / 4 + 1; ++last) {
    const Workplace place(3);
    place.cut();
    options = place.extract_options();
    options.batch_size = 4;
    options.threads = last % 3 + 1;
    const std::size_t before = extract_until(options, last);
    const std::size_t after = extract_until(options, endless);

    CHECK(before + after == tiles);  // nothing is encoded twice
    for (int slide = 0; slide < 3; ++slide) {
      CHECK(read_file(place.folder(slide) / "features.h5").size() ==
            read_file(undisturbed.folder(slide) / "features.h5").size());
      const FeatureReader found(place.folder(slide) / "features.h5");
      const FeatureReader wanted(undisturbed.folder(slide) / "features.h5");
      std::vector<float> a(found.rows() * 7);
      std::vector<float> b(wanted.rows() * 7);
      found.read(0, found.rows(), a.data());
      wanted.read(0, wanted.rows(), b.data());
      CHECK(a == b);
      CHECK_FALSE(std::filesystem::exists(place.folder(slide) / "features.h5.part"));
    }
  }
}

TEST_CASE("extract resume: the same folder gets the very bytes again") {
  const Workplace place(2);
  place.cut();
  ExtractJobOptions options = place.extract_options();
  options.batch_size = 4;
  Listener listener;
  place.extract(options, listener);
  const auto wanted = contents(place.output());
  for (int slide = 0; slide < 2; ++slide) {
    std::filesystem::remove(place.folder(slide) / "features.h5");
  }

  extract_until(options, 2);
  CHECK(contents(place.output()) != wanted);
  extract_until(options, endless);

  CHECK(contents(place.output()) == wanted);
}

TEST_CASE("extract resume: it says where it goes on") {
  const Workplace place(1);
  place.cut();
  ExtractJobOptions options = place.extract_options();
  options.batch_size = 4;
  const std::string rows = std::to_string(extract_until(options, 2));
  Listener listener;

  place.extract(options, listener);

  const std::string tiles = std::to_string(tiles_of(place, 1));
  CHECK(std::any_of(listener.notes.begin(), listener.notes.end(), [&](const std::string& note) {
    return contains(note, "goes on after " + rows + " tiles of " + tiles);
  }));
}

TEST_CASE("extract resume: rows of another model are not gone on with") {
  const Workplace place(1);
  place.cut();
  ExtractJobOptions options = place.extract_options();
  options.batch_size = 4;
  extract_until(options, 2);
  ModelCard other = mean_card();
  other.sha256 = std::string(64, '1');
  std::vector<std::size_t> batches;
  Listener listener;
  const auto load = [&] {
    LoadedEncoder loaded;
    loaded.encoder = std::make_unique<MeanEncoder>(32, &batches);
    loaded.device = "cpu";
    return loaded;
  };

  run_extract_job(options, other, load, listener, never_stop());

  std::size_t images = 0;
  for (const std::size_t n : batches) images += n;
  CHECK(images == tiles_of(place, 1));
}

TEST_CASE("extract resume: rows that other libraries multiplied are not gone on with") {
  const Workplace place(1);
  place.cut();
  ExtractJobOptions options = place.extract_options();
  options.batch_size = 4;
  REQUIRE(extract_until(options, 2) > 0);
  std::vector<std::size_t> batches;
  Listener listener;
  const auto load = [&] {
    LoadedEncoder loaded;
    loaded.encoder = std::make_unique<MeanEncoder>(32, &batches);
    loaded.device = "cpu";
    loaded.arithmetic = "libtorch 9, onednn 9";
    return loaded;
  };

  run_extract_job(options, mean_card(), load, listener, never_stop());

  std::size_t images = 0;
  for (const std::size_t n : batches) images += n;
  CHECK(images == tiles_of(place, 1));
}

TEST_CASE(
    "extract resume: with --overwrite too, since nothing else than the same can be gone on with") {
  const Workplace place(1);
  place.cut();
  ExtractJobOptions options = place.extract_options();
  options.batch_size = 4;
  const std::size_t rows = extract_until(options, 2);
  REQUIRE(rows > 0);
  options.overwrite = Overwrite::always;

  CHECK(extract_until(options, endless) + rows == tiles_of(place, 1));
}

TEST_CASE("extract resume: a slide that failed goes on once its tile can be read") {
  const Workplace place(1);
  place.cut();
  const auto rows = read_tile_table(place.folder(0) / "metadata.csv").rows;
  const std::string tile = read_text(place.folder(0) / rows.back().path);
  replace_file(place.folder(0) / rows.back().path, "not a picture");
  ExtractJobOptions options = place.extract_options();
  options.batch_size = 4;
  Listener listener;

  CHECK(place.extract(options, listener).count(Outcome::failed) == 1);

  CHECK_FALSE(std::filesystem::exists(place.folder(0) / "features.h5"));
  replace_file(place.folder(0) / rows.back().path, tile);
  CHECK(extract_until(options, endless) < rows.size());
  CHECK(FeatureReader(place.folder(0) / "features.h5").rows() == rows.size());
}

TEST_CASE("extract resume: what a process left that was killed after its last row goes away") {
  const Workplace place(1);
  place.cut();
  Listener listener;
  place.extract(place.extract_options(), listener);
  replace_file(place.folder(0) / "features.h5.part", "left");

  place.extract(place.extract_options(), listener);

  CHECK_FALSE(std::filesystem::exists(place.folder(0) / "features.h5.part"));
}

TEST_CASE("extract resume: a slide that another process finished meanwhile is not done again") {
  const Workplace place(2);
  place.cut();
  Listener listener;
  bool nested = false;
  Listener outer;
  std::vector<std::size_t> batches;
  const auto load = [&] {
    // Between the plan and the first slide: another process does all of them.
    if (!nested) {
      nested = true;
      place.extract(place.extract_options(), listener);
    }
    LoadedEncoder loaded;
    loaded.encoder = std::make_unique<MeanEncoder>(32, &batches);
    loaded.device = "cpu";
    return loaded;
  };

  const RunReport report =
      run_extract_job(place.extract_options(), mean_card(), load, outer, never_stop());

  CHECK(report.count(Outcome::skipped) == 2);
  CHECK(batches.empty());
}

TEST_CASE("extract resume: tiles of several sizes fail their slide before any is encoded") {
  const Workplace place(2);
  place.cut();
  TileTable table = read_tile_table(place.folder(0) / "metadata.csv");
  table.rows.back().rect.width += 1;
  write_tile_table(place.folder(0) / "metadata.csv", table);
  Listener listener;

  const RunReport report = place.extract(place.extract_options(), listener);

  CHECK(report.count(Outcome::done) == 1);
  CHECK(contains(listener.failures.at(0), "its tiles are not all of one size"));
}

TEST_CASE("extract resume: unfinished files of a killed process go away") {
  const Workplace place(1);
  place.cut();
  const auto leftover = place.folder(0) / ".features.h5.node-123-456.part";
  replace_file(leftover, "half a file");
  Listener listener;

  place.extract(place.extract_options(), listener);

  CHECK_FALSE(std::filesystem::exists(leftover));
}

TEST_CASE("extract resume: a slide that another process has in hand is left to it") {
  const Workplace place(2);
  place.cut();
  // Another process, as far as the claim knows.
  const auto load = [&] {
    LoadedEncoder loaded;
    loaded.encoder = std::make_unique<MeanEncoder>(32);
    loaded.device = "cpu";
    return loaded;
  };
  ExtractJobOptions options = place.extract_options();
  options.inputs = {place.folder(0)};
  options.batch_size = 4;
  std::atomic<bool> stop{false};
  Listener listener;
  // The first slide is not free before this ends; so it must not be waited for.
  listener.on_progress = [&](std::size_t done, std::size_t total, const std::string& unit) {
    if (contains(unit, "s1") && done == total) stop = true;
  };
  Listener outer;
  bool nested = false;
  outer.on_progress = [&](std::size_t, std::size_t, const std::string&) {
    if (nested) return;
    nested = true;
    const RunReport inner =
        run_extract_job(place.extract_options(), mean_card(), load, listener, stop);
    CHECK(inner.count(Outcome::interrupted) == 1);
    CHECK(inner.count(Outcome::done) == 1);
  };

  const RunReport report = run_extract_job(options, mean_card(), load, outer, never_stop());

  CHECK(nested);
  CHECK(std::any_of(listener.notes.begin(), listener.notes.end(), [](const std::string& note) {
    return contains(note, "s0: is being worked on by process ");
  }));
  CHECK(report.count(Outcome::done) == 1);
}
