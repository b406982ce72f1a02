// Scores by LibTorch, on the processor: the code that a GPU runs.
#include <string>

#include "histo/open_scores.hpp"

#include "encoder/module.hpp"
#include "support/catch.hpp"
#include "unit/cluster_engine_cases.hpp"

using histo::ErrorKind;
using histo::open_module;
using histo::OpenedScores;
using histo::SharedModule;
using histo::test::contains;
using histo::test::engine_cases;
using histo::test::EngineCase;
using histo::test::error_of;
using histo::test::results_of;
using histo::test::same_bytes;

namespace {

OpenedScores scores_of(const std::string& device) {
  const SharedModule module = open_module(HISTO_MODULE_DIR, histo::torch_module, "to be tested");
  OpenedScores opened;
  module.function<decltype(histo::histo_torch_scores)>("histo_torch_scores")(device, opened);
  return opened;
}

}  // namespace

TEST_CASE("scores: LibTorch's products give OpenBLAS's clusters, to the byte") {
  const OpenedScores opened = scores_of("cpu");
  REQUIRE(opened.engine);
  CHECK(opened.device == "cpu");

  for (const EngineCase& each : engine_cases()) {
    INFO(each.name);
    CHECK(same_bytes(results_of(each, opened.engine.get()), results_of(each, nullptr)));
  }
  CHECK(opened.engine->take_warnings().empty());
}

TEST_CASE("scores: each group's two smallest come row by row, and a group of one has no second") {
  const OpenedScores opened = scores_of("cpu");
  REQUIRE(opened.engine);
  const std::vector<float> centres{1, 0, 0, 1, 2, 2, 3, -1};
  const std::vector<float> offsets{1, 1, 8, 10};
  const std::vector<float> shift{1, 1};
  const std::vector<float> first{1, 1, 2, 1};
  const std::vector<float> second{1, 3};
  histo::ScoreRows rows;
  rows.parts = {{first.data(), 2}, {second.data(), 1}};
  std::vector<histo::TwoSmallest> found(6);

  // Rows less the shift: (0, 0), (1, 0), (0, 2).
  opened.engine->set_centres({centres.data(), offsets.data(), shift.data(), {3, 1}, 2});
  opened.engine->two_smallest(rows, found.data());

  const std::vector<float> best{1, 10, -1, 4, -3, 14};
  const std::vector<float> others{1, 0, 1, 0, 0, 0};
  for (std::size_t i = 0; i < 6; ++i) {
    CHECK(found[i].best == best[i]);
    if (i % 2 == 0) CHECK(found[i].second == others[i]);
    if (i % 2 == 1) CHECK(found[i].second == std::numeric_limits<float>::infinity());
  }
  CHECK(found[2].place == 0);
  CHECK(found[4].place == 1);
}

TEST_CASE("scores: rows that stay are not read again until they are to be forgotten") {
  const OpenedScores opened = scores_of("cpu");
  REQUIRE(opened.engine);
  const std::vector<float> centres{1, 2};
  const std::vector<float> offsets{0, 0};
  std::vector<float> values{1, 1};
  histo::ScoreRows rows;
  rows.parts = {{values.data(), 2}};
  rows.first = 7;
  rows.stay = true;
  std::vector<histo::TwoSmallest> found(2);
  const auto best = [&] {
    opened.engine->two_smallest(rows, found.data());
    return found[0].best;
  };
  opened.engine->set_centres({centres.data(), offsets.data(), nullptr, {2}, 1});
  CHECK(best() == -4.0F);

  values = {5, 5};
  CHECK(best() == -4.0F);
  opened.engine->forget_rows();
  CHECK(best() == -20.0F);
}

TEST_CASE("scores: a GPU that is asked for and is not there is an error, for auto a warning") {
  const OpenedScores automatic = scores_of("auto");
  if (automatic.device != "cpu") return;  // there is one

  const auto error = error_of([&] { histo::open_scores("cuda", HISTO_MODULE_DIR); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::usage);
  CHECK(contains(error->what(), "--device cuda: this "));
  CHECK(contains(error->what(), "; use --device cpu or auto"));
  CHECK_FALSE(automatic.engine);
  REQUIRE(automatic.warnings.size() == 1);
  CHECK(contains(automatic.warnings[0], ", so clustering runs on the CPU"));
}
