#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "histo/error.hpp"

#include "core/files.hpp"
#include "jobs/jobs_fixture.hpp"
#include "jobs/staging_area.hpp"
#include "support/catch.hpp"

using namespace histo;
using histo::test::contains;
using histo::test::contents;
using histo::test::error_of;
using histo::test::Listener;
using histo::test::never_stop;
using histo::test::TempFolder;
using histo::test::Workplace;

namespace {

void write(const std::filesystem::path& file, const std::string& text) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file) << text;
}

std::size_t entries(const std::filesystem::path& folder) {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder)) ++count;
  return count;
}

/// A MIRAX set of 9 bytes, and a place for copies.
struct Fixture {
  Fixture() {
    write(slide, "mirax");
    write(folder.path() / "in" / "a" / "deep" / "Data.dat", "data");
    options.folder = folder.path() / "fast";
  }

  TempFolder folder;
  std::filesystem::path slide = folder.path() / "in" / "a.mrxs";
  Staging options;
  std::atomic<bool> stop{false};
};

}  // namespace

TEST_CASE("staging: a whole set is copied, and gone when it is no longer needed") {
  Fixture fixture;
  {
    StagingArea area(fixture.options);
    Staged staged = area.stage(fixture.slide, fixture.stop);
    REQUIRE(staged.copy);
    const std::filesystem::path copy = staged.copy->slide();
    CHECK(copy.filename() == "a.mrxs");
    CHECK(read_text(copy) == "mirax");
    CHECK(read_text(copy.parent_path() / "a" / "deep" / "Data.dat") == "data");
    staged.copy.reset();
    CHECK(!std::filesystem::exists(copy.parent_path()));
  }
  CHECK(entries(*fixture.options.folder) == 0);
  CHECK(read_text(fixture.slide) == "mirax");
}

TEST_CASE("staging: the folder is private, and two runs have two") {
  Fixture fixture;
  const StagingArea one(fixture.options);
  const StagingArea other(fixture.options);
  CHECK(entries(*fixture.options.folder) == 2);
  for (const auto& entry : std::filesystem::directory_iterator(*fixture.options.folder)) {
    struct stat info {};
    REQUIRE(stat(entry.path().c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0700);
  }
}

TEST_CASE("staging: copies take no more room than they may, and give it back") {
  Fixture fixture;
  fixture.options.most_bytes = 17;
  StagingArea area(fixture.options);
  Staged first = area.stage(fixture.slide, fixture.stop);
  REQUIRE(first.copy);
  const Staged second = area.stage(fixture.slide, fixture.stop);
  CHECK(!second.copy);
  CHECK(second.reason == "the copies there leave no room for it");
  first.copy.reset();
  CHECK(area.stage(fixture.slide, fixture.stop).copy);
}

TEST_CASE("staging: a stop leaves nothing half copied, and its room is free again") {
  Fixture fixture;
  fixture.options.most_bytes = 9;
  StagingArea area(fixture.options);
  fixture.stop = true;
  const Staged stopped = area.stage(fixture.slide, fixture.stop);
  CHECK(!stopped.copy);
  CHECK(stopped.reason == "stopped");
  fixture.stop = false;
  CHECK(area.stage(fixture.slide, fixture.stop).copy);
}

TEST_CASE("staging: a slide that cannot be copied is left to be read where it is") {
  Fixture fixture;
  StagingArea area(fixture.options);
  const Staged staged = area.stage(fixture.folder.path() / "none.svs", fixture.stop);
  CHECK(!staged.copy);
  CHECK(contains(staged.reason, "none.svs: there is no such file"));
}

TEST_CASE("staging: what a killed run left is deleted; a living one's and others' are not") {
  Fixture fixture;
  const std::filesystem::path fast = *fixture.options.folder;
  write(fast / "histo-stage-dead00" / "owner", "");
  write(fast / "histo-stage-dead00" / "0" / "a.svs", "left behind");
  write(fast / "histo-stage-alive0" / "owner", "");
  write(fast / "histo-stage-nobody" / "precious", "has no owner's file");
  write(fast / "precious" / "owner", "");
  write(fixture.folder.path() / "away" / "owner", "");
  std::filesystem::create_directory_symlink(fixture.folder.path() / "away",
                                            fast / "histo-stage-linked");
  const int lock = open((fast / "histo-stage-alive0" / "owner").c_str(), O_RDWR | O_CLOEXEC);
  REQUIRE(flock(lock, LOCK_EX | LOCK_NB) == 0);
  { const StagingArea area(fixture.options); }
  CHECK(!std::filesystem::exists(fast / "histo-stage-dead00"));
  CHECK(std::filesystem::exists(fast / "histo-stage-alive0" / "owner"));
  CHECK(std::filesystem::exists(fast / "histo-stage-nobody" / "precious"));
  CHECK(std::filesystem::exists(fast / "precious" / "owner"));
  CHECK(std::filesystem::exists(fixture.folder.path() / "away" / "owner"));
  close(lock);
}

TEST_CASE("staging: a place that is no folder ends the run") {
  Fixture fixture;
  fixture.options.folder = fixture.slide;
  const auto error = error_of([&] { const StagingArea area(fixture.options); });
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::output);
  CHECK(contains(error->what(), "a.mrxs: the folder cannot be made"));
}

TEST_CASE("staging: nobody who did not ask for it has an area") {
  CHECK(open_staging(Staging()) == nullptr);
}

TEST_CASE("staging: errors name the slide, not its copy") {
  Fixture fixture;
  StagingArea area(fixture.options);
  const Staged staged = area.stage(fixture.slide, fixture.stop);
  REQUIRE(staged.copy);
  const Error error(ErrorKind::input, staged.copy->slide().string() + ": damaged");
  CHECK(std::string(in_words_of_the_slide(error, staged.copy).what()) ==
        fixture.slide.string() + ": damaged");
  CHECK(std::string(in_words_of_the_slide(error, nullptr).what()) == error.what());
}

namespace {

/// Copies of slides that lie in the place for them at this moment.
std::size_t copies_in(const std::filesystem::path& place) {
  std::size_t copies = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(place)) {
    if (entry.path().extension() == ".tiff") ++copies;
  }
  return copies;
}

/// What the slides' folders hold, less the records of the run.
std::vector<std::pair<std::string, std::string>> results(const Workplace& place, int count) {
  std::vector<std::pair<std::string, std::string>> all;
  for (int slide = 0; slide < count; ++slide) {
    for (const auto& [name, content] : contents(place.folder(slide))) {
      all.emplace_back(std::to_string(slide) + "/" + name, content);
    }
  }
  return all;
}

}  // namespace

TEST_CASE(
    "staging: tiles are those of slides that are read where they are, copies gone at the end") {
  const Workplace place(3);
  place.cut();
  const auto wanted = results(place, 3);
  CHECK(wanted.size() > 10);
  TileJobOptions options = place.tile_options();
  options.overwrite = Overwrite::always;
  options.threads = 2;
  options.staging.folder = place.path() / "fast";
  std::size_t most = 0;
  Listener listener;
  listener.on_progress = [&](std::size_t, std::size_t, const std::string&) {
    most = std::max(most, copies_in(place.path() / "fast"));
  };
  CHECK(run_tile_job(options, listener, never_stop()).count(Outcome::done) == 3);
  CHECK(most > 0);
  CHECK(results(place, 3) == wanted);
  CHECK(entries(place.path() / "fast") == 0);
}

TEST_CASE("staging: features of slides are the same from copies, tiled on the way or before") {
  const Workplace place(3);
  Listener listener;
  ExtractJobOptions options;
  options.batch_size = 8;
  options.threads = 2;
  options.tiling = place.tile_options();
  place.extract(options, listener);
  const auto wanted = results(place, 3);
  std::size_t most = 0;
  listener.on_progress = [&](std::size_t, std::size_t, const std::string&) {
    most = std::max(most, copies_in(place.path() / "fast"));
  };
  options.staging.folder = place.path() / "fast";
  options.overwrite = Overwrite::always;
  CHECK(place.extract(options, listener).count(Outcome::done) == 3);
  CHECK(most > 0);
  CHECK(results(place, 3) == wanted);

  most = 0;
  ExtractJobOptions tiled_before = place.extract_options();
  tiled_before.batch_size = 8;
  tiled_before.overwrite = Overwrite::always;
  tiled_before.staging = options.staging;
  CHECK(place.extract(tiled_before, listener).count(Outcome::done) == 3);
  CHECK(most > 0);
  CHECK(results(place, 3) == wanted);
  CHECK(entries(place.path() / "fast") == 0);
}

TEST_CASE(
    "staging: a slide that fails is called by its own name, and the note says who was not copied") {
  const Workplace place(2);
  std::filesystem::resize_file(place.slide(0), std::filesystem::file_size(place.slide(0)) / 2);
  TileJobOptions options = place.tile_options();
  options.staging.folder = place.path() / "fast";
  Listener listener;
  const RunReport report = run_tile_job(options, listener, never_stop());
  CHECK(report.count(Outcome::failed) == 1);
  REQUIRE(listener.failures.size() == 1);
  CHECK(!contains(listener.failures[0], "histo-stage"));
  CHECK(contains(listener.failures[0], place.slide(0).string()));

  options.overwrite = Overwrite::always;
  options.staging.most_bytes = 1;
  Listener small;
  run_tile_job(options, small, never_stop());
  const std::string note =
      place.slide(1).string() + ": read where it is, the copies there leave no room for it";
  CHECK(std::count(small.notes.begin(), small.notes.end(), note) == 1);
}
