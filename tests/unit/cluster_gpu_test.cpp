// Needs a GPU and a LibTorch that was built for it.
#include <iostream>

#include "histo/open_scores.hpp"

#include "support/catch.hpp"
#include "unit/cluster_engine_cases.hpp"

using histo::test::engine_cases;
using histo::test::EngineCase;
using histo::test::results_of;
using histo::test::same_bytes;

TEST_CASE("cluster: a GPU gives the CPU's clusters, to the byte") {
  const histo::OpenedScores opened = histo::open_scores("auto", HISTO_MODULE_DIR);
  if (!opened.engine) {
    std::cout << "SKIPPED: there is no GPU\n";
    return;
  }

  for (const EngineCase& each : engine_cases()) {
    INFO(each.name);
    CHECK(same_bytes(results_of(each, opened.engine.get()), results_of(each, nullptr)));
  }
  CHECK(opened.engine->take_warnings().empty());
}
