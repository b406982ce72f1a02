// Two processes on one output: what the jobs leave, and what they do when a slide is taken away.

#include <atomic>
#include <filesystem>
#include <string>
#include <vector>

#include "histo/tile_table.hpp"

#include "core/files.hpp"
#include "jobs/jobs_fixture.hpp"
#include "store/claim.hpp"
#include "store/layout.hpp"

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

const std::string other_claim =
    "histo claim 1\nhost=elsewhere\nboot=b\npid_namespace=n\npid=1\nstart=1\njob=\nrestarts=0\n"
    "begun=t\ntoken=0123456789abcdef\n";

/// As another process does that takes a slide over while this one stands still.
void take_away(const std::filesystem::path& folder) {
  make_folders(folder);
  replace_file(claim_file(folder), other_claim);
}

std::vector<std::string> hidden_names(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name[0] == '.') names.push_back(name);
  }
  return names;
}

/// Stops a run as soon as it tells that a slide was taken over: the other process never ends.
class Stopper : public Listener {
 public:
  void warn(const std::string& sentence) override {
    Listener::warn(sentence);
    if (contains(sentence, "was taken over by")) stop = true;
  }
  std::atomic<bool> stop{false};
};

}  // namespace

TEST_CASE("shared slides: a run leaves no claim, no attempt and no empty folder") {
  const Workplace place(2);
  replace_file(place.path() / "s9.tiff", "no slide");
  Listener listener;

  const RunReport report = run_tile_job(place.tile_options(), listener, never_stop());

  CHECK(report.count(Outcome::done) == 2);
  CHECK(report.count(Outcome::failed) == 1);
  CHECK(hidden_names(place.output()).empty());
  CHECK_FALSE(std::filesystem::exists(place.folder(9)));
}

TEST_CASE("shared slides: while a slide is cut nothing of it has a name, and others are kept out") {
  const Workplace place(1);
  Listener listener;
  bool is_seen = false;
  listener.on_progress = [&](std::size_t, std::size_t, const std::string&) {
    is_seen = true;
    CHECK_FALSE(std::filesystem::exists(place.folder(0) / "tiles"));
    CHECK_FALSE(std::filesystem::exists(place.folder(0) / "thumbnail.jpeg"));
    CHECK_FALSE(Claims({"", 0, 300.0}).take(place.folder(0)).claim);
  };

  run_tile_job(place.tile_options(), listener, never_stop());

  CHECK(is_seen);
}

TEST_CASE("shared slides: tiles of a slide that was taken away get no name") {
  const Workplace place(2);
  Stopper listener;
  listener.on_progress = [&](std::size_t done, std::size_t, const std::string&) {
    if (done == 2 && !listener.stop) take_away(place.folder(0));
  };

  const RunReport report = run_tile_job(place.tile_options(), listener, listener.stop);

  CHECK(listener.warned_of("s0.tiff: was taken over by process 1 on elsewhere"));
  CHECK(report.count(Outcome::interrupted) == 2);
  CHECK_FALSE(std::filesystem::exists(place.folder(0) / "metadata.csv"));
  CHECK(hidden_names(place.output()) == std::vector<std::string>{".claim"});
  CHECK(read_text(claim_file(place.folder(0))) == other_claim);
}

TEST_CASE("shared slides: that its attempt is deleted is no broken disk to who lost the slide") {
  const Workplace place(1);
  Stopper listener;
  listener.on_progress = [&](std::size_t, std::size_t, const std::string&) {
    if (std::filesystem::exists(claim_file(place.folder(0)))) take_away(place.folder(0));
    for (const auto& entry : std::filesystem::directory_iterator(place.folder(0))) {
      if (is_attempt_folder(entry.path().filename().string())) {
        std::filesystem::remove_all(entry.path());
      }
    }
  };

  const RunReport report = run_tile_job(place.tile_options(), listener, listener.stop);

  CHECK(listener.warned_of("was taken over by"));
  CHECK(report.count(Outcome::interrupted) == 1);
}

TEST_CASE("shared slides: a broken disk is one while the slide is still ours") {
  const Workplace place(1);
  Listener listener;
  listener.on_progress = [&](std::size_t, std::size_t, const std::string&) {
    for (const auto& entry : std::filesystem::directory_iterator(place.folder(0))) {
      if (is_attempt_folder(entry.path().filename().string())) {
        std::filesystem::remove_all(entry.path());
      }
    }
  };

  const auto error = error_of([&] { run_tile_job(place.tile_options(), listener, never_stop()); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::output);
  CHECK_FALSE(std::filesystem::exists(claim_file(place.folder(0))));
}

TEST_CASE("shared slides: features of a slide that was taken away get no name") {
  const Workplace place(2);
  place.cut();
  Stopper listener;
  listener.on_progress = [&](std::size_t, std::size_t, const std::string& unit) {
    if (contains(unit, "tiles of s0") && !listener.stop) take_away(place.folder(0));
  };
  const auto load = [] {
    LoadedEncoder loaded;
    loaded.encoder = std::make_unique<MeanEncoder>(32);
    loaded.device = "cpu";
    return loaded;
  };

  run_extract_job(place.extract_options(), mean_card(), load, listener, listener.stop);

  CHECK(listener.warned_of("was taken over by process 1 on elsewhere"));
  CHECK_FALSE(std::filesystem::exists(place.folder(0) / "features.h5"));
  CHECK(read_text(claim_file(place.folder(0))) == other_claim);
}

TEST_CASE("shared slides: a slide that another process has in hand is waited for, not refused") {
  const Workplace place(2);
  Claims others({"", 0, 300.0});
  ClaimAnswer other = others.take(place.folder(0));
  std::filesystem::create_directory(attempt_folder(place.folder(0)));
  Listener listener;
  bool is_given_up = false;
  listener.on_progress = [&](std::size_t, std::size_t, const std::string& unit) {
    if (is_given_up || !contains(unit, "s1.tiff")) return;
    is_given_up = true;
    other.claim->release();
  };
  TileJobOptions options = place.tile_options();
  options.overwrite = Overwrite::unfinished;

  const RunReport report = run_tile_job(options, listener, never_stop());

  CHECK(report.count(Outcome::done) == 2);
  CHECK(report.slides[0].input.filename() == "s0.tiff");
  CHECK(contains(listener.notes.at(0), "s0.tiff: is being worked on by process "));
}

TEST_CASE("shared slides: what a killed process left is unfinished, its claim alone is nothing") {
  const Workplace place(2);
  take_away(place.folder(0));
  take_away(place.folder(1));
  std::filesystem::create_directory(attempt_folder(place.folder(1)));
  TileJobOptions options = place.tile_options();

  std::vector<PlannedSlide> plan = plan_tile_job(options);
  CHECK(plan[0].reason == "new");
  CHECK(plan[1].reason == "is being worked on by process 1 on elsewhere");

  std::filesystem::remove(claim_file(place.folder(1)));
  plan = plan_tile_job(options);
  CHECK(plan[1].action == Action::refuse);
  CHECK(contains(plan[1].reason, "--unfinished"));
}

TEST_CASE("shared slides: a clustering that another process works on is refused") {
  const Workplace place(2);
  place.cut();
  Listener listener;
  place.extract(place.extract_options(), listener);
  take_away(place.output() / "clustering");

  const auto error =
      error_of([&] { run_cluster_job(place.cluster_options({2}), listener, never_stop()); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::input);
  CHECK(contains(error->what(), "clustering: is being worked on by process 1 on elsewhere"));
}

TEST_CASE("shared slides: a clustering that was taken away writes nothing") {
  const Workplace place(2);
  place.cut();
  Listener listener;
  place.extract(place.extract_options(), listener);
  listener.on_progress = [&](std::size_t, std::size_t, const std::string&) {
    take_away(place.output() / "clustering");
  };

  const auto error =
      error_of([&] { run_cluster_job(place.cluster_options({2}), listener, never_stop()); });

  REQUIRE(error);
  CHECK(contains(error->what(), "clustering: was taken over by process 1 on elsewhere"));
  CHECK_FALSE(std::filesystem::exists(place.output() / "clustering" / "centroids.h5"));
  CHECK_FALSE(std::filesystem::exists(place.folder(0) / "clusters.csv"));
}
