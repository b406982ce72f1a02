#include <atomic>
#include <set>
#include <string>

#include "histo/plan_job.hpp"

#include "core/files.hpp"
#include "jobs/jobs_fixture.hpp"
#include "jobs/shares.hpp"
#include "support/catch.hpp"

using namespace histo;
using histo::test::Listener;
using histo::test::Workplace;

TEST_CASE("plan table: slides to come are expected to be as those that are done") {
  const Workplace place(3);
  Listener listener;
  TileJobOptions options = place.tile_options();
  const std::atomic<bool> stop{false};
  TileJobOptions one = options;
  one.slides = {options.slides.front()};
  const RunReport report = run_tile_job(one, listener, stop);

  const PlanTable table = tabulate(options, listener, stop);

  REQUIRE(table.rows.size() == 3);
  CHECK(table.count(PlanState::done) == 1);
  CHECK(table.count(PlanState::work) == 2);
  CHECK(table.rows[0].tiles_done == report.tiles());
  CHECK(table.rows[1].tiles_done == 0);
  CHECK(table.tiles() == table.rows[1].tiles + table.rows[2].tiles);
  CHECK(table.bytes() == table.rows[1].bytes + table.rows[2].bytes);
  CHECK(table.inodes() == table.rows[1].inodes + table.rows[2].inodes);
  CHECK(table.free_bytes.value_or(0) > 0);
  CHECK(!table.will_fail());
  CHECK(!table.interrupted);
}

TEST_CASE("plan table: one that was stopped says that slides are missing") {
  const Workplace place(2);
  Listener listener;
  const std::atomic<bool> stop{true};

  const PlanTable table = tabulate(place.tile_options(), listener, stop);

  CHECK(table.rows.empty());
  CHECK(table.interrupted);
}

TEST_CASE("plan table: the shares of any number are all slides, each once") {
  const Workplace place(5);
  Listener listener;
  const std::atomic<bool> stop{false};
  for (const std::size_t count : std::set<std::size_t>{1, 2, 3, 7}) {
    std::multiset<std::string> seen;
    for (std::size_t i = 0; i < count; ++i) {
      TileJobOptions options = place.tile_options();
      options.sharing.shard = {i, count};
      for (const PlanRow& row : tabulate(options, listener, stop).rows) {
        seen.insert(row.input.string());
      }
    }
    CHECK(seen.size() == 5);
    CHECK(std::set<std::string>(seen.begin(), seen.end()).size() == 5);
  }
}

TEST_CASE("shares: a slide whose name is no folder's goes by its path") {
  const std::vector<Candidate> slides{{"a/..svs", {}, 10, "no name", {}},
                                      {"b/..svs", {}, 10, "no name", {}}};

  const Share first = share_of(slides, {0, 2});
  const Share second = share_of(slides, {1, 2});

  REQUIRE(first.slides.size() == 1);
  REQUIRE(second.slides.size() == 1);
  CHECK(first.slides[0].input != second.slides[0].input);
  CHECK(first.manifest == second.manifest);
}

TEST_CASE("shares: a MIRAX slide weighs what its folder holds") {
  const test::TempFolder folder;
  std::filesystem::create_directories(folder.path() / "a");
  write_file(folder.path() / "a.mrxs", std::vector<std::uint8_t>(10));
  write_file(folder.path() / "a" / "Data0000.dat", std::vector<std::uint8_t>(500));

  CHECK(bytes_of_slide(folder.path() / "a.mrxs") == 510);
  CHECK(bytes_of_slide(folder.path() / "b.mrxs") == 0);
}
