// What the probe adds to what it shares with kNN and prototypes.

#include "histo/classify_job.hpp"

#include "jobs/classify_fixture.hpp"
#include "store/fitted_file.hpp"
#include "store/prediction_table.hpp"

using namespace histo;
using histo::test::Approx;
using histo::test::ClassedSlides;
using histo::test::contains;
using histo::test::error_of;
using histo::test::Listener;
using histo::test::never_stop;
using histo::test::summary_in;
using histo::test::table_in;

namespace {

ProbeJobOptions probe_of(const ClassedSlides& slides) {
  ProbeJobOptions options;
  options.common = slides.options();
  return options;
}

std::string refusal_of(const ProbeJobOptions& options) {
  Listener listener;
  const auto error = error_of([&] { run_probe_job(options, listener, never_stop()); });
  return error ? error->what() : "";
}

}  // namespace

TEST_CASE("probe job: the saved probe says again what it said of the tiles held out") {
  const ClassedSlides slides;
  slides.fill();
  ProbeJobOptions options = probe_of(slides);
  options.common.labels.split = "split";
  options.probe.standardisation = Standardisation::training;
  options.probe.class_weights = ClassWeights::balanced;
  Listener listener;
  run_probe_job(options, listener, never_stop());
  ProbeJobOptions applied;
  applied.common.inputs = {slides.input()};
  applied.common.model = slides.output() / "model.h5";
  applied.common.output = slides.path() / "applied";

  run_probe_job(applied, listener, never_stop());

  const PredictionTable before = read_predictions(slides.output() / "predictions.csv");
  const PredictionTable after = read_predictions(slides.path() / "applied/predictions.csv");
  for (std::size_t i = 0; i < 24; ++i) {
    for (std::size_t c = 0; c < 3; ++c) {
      CHECK(after.probabilities.at(120 + i, c) == Approx(before.probabilities.at(i, c)));
    }
  }
  const Json summary = summary_in(slides.output());
  CHECK(summary["trials"][0]["converged"] == true);
  CHECK(summary["trials"][0]["cost"].get<double>() == Approx(4 * 3 / 100.0));
}

TEST_CASE("probe job: a cost at the end of the grid is said") {
  const ClassedSlides slides;
  slides.fill();
  ProbeJobOptions options = probe_of(slides);
  options.costs = {1e-6, 1e-5};
  Listener listener;

  run_probe_job(options, listener, never_stop());

  CHECK(listener.warned_of("is the largest of the grid"));
}

TEST_CASE("probe job: a cost cannot be chosen within one patient, nor by losing a class") {
  const ClassedSlides slides;
  slides.fill();
  ProbeJobOptions options = probe_of(slides);
  options.costs = {0.1, 1.0};
  options.common.folds = 2;
  slides.write_labels("slide,label,patient\np0a,a,p0\np0b,b,p0\np1a,a,p1\np1b,b,p1\n");
  CHECK(contains(refusal_of(options), "--cost grid: all tiles to learn from are of one group"));

  slides.write_labels("slide,label,patient,split\np0a,a,p0,train\np1b,b,p1,train\np2a,a,p2,test\n");
  options.common.labels.split = "split";
  CHECK(contains(refusal_of(options), "without losing a class"));
}

TEST_CASE("probe job: one that does not settle says so, and how it may") {
  const ClassedSlides slides;
  slides.fill();
  ProbeJobOptions options = probe_of(slides);
  options.probe.max_iterations = 2;
  Listener listener;

  run_probe_job(options, listener, never_stop());

  CHECK(listener.warned_of("the probe did not settle in"));
  CHECK(listener.warned_of("--max-iter allows more of them"));
  CHECK(summary_in(slides.output())["trials"][0]["converged"] == false);
}

TEST_CASE("probe job: a constant feature does no harm") {
  const ClassedSlides slides;
  slides.fill();
  for (std::size_t p = 0; p < 6; ++p) {
    for (std::size_t c = 0; c < 3; ++c) {
      std::vector<float> rows = ClassedSlides::rows_of(c, 8, 100 * p + c);
      for (std::size_t i = 3; i < rows.size(); i += 4) rows[i] = 2.0F;
      slides.add("p" + std::to_string(p) + std::string(1, static_cast<char>('a' + c)), rows);
    }
  }
  ProbeJobOptions options = probe_of(slides);
  options.probe.standardisation = Standardisation::training;
  Listener listener;

  run_probe_job(options, listener, never_stop());

  CHECK(read_fitted(slides.output() / "model.h5", "probe").matrix("coefficients").at(0, 3) == 0.0);
}

TEST_CASE("probe job: the ladder has a step for each number of tiles that there are") {
  const ClassedSlides slides;
  slides.fill();
  ProbeJobOptions options = probe_of(slides);
  options.ladder = {48, 6, 6, 100};
  Listener listener;

  run_probe_job(options, listener, never_stop());

  const CsvTable ladder = table_in(slides.output() / "ladder.csv");
  CHECK(ladder.header ==
        std::vector<std::string>{"tiles", "figure", "value", "low", "high", "standard_error"});
  REQUIRE(ladder.rows.size() == 14);
  CHECK(ladder.rows[0][0] == "6");
  CHECK(ladder.rows[7][0] == "48");
  CHECK(std::stod(ladder.rows[7][2]) > std::stod(ladder.rows[0][2]));
  CHECK(listener.warned_of("--ladder 100: fold 0 has 96 tiles of 3 classes to learn from"));
  const Json summary = summary_in(slides.output());
  CHECK(summary["ladder"].size() == 3);
  CHECK(summary["ladder"][1]["rows"] == 144);
  CHECK(std::filesystem::file_size(slides.output() / "ladder.png") > 1000);
}

TEST_CASE("probe job: a probe whose parts do not go together is refused") {
  const ClassedSlides slides;
  slides.fill();
  Listener listener;
  run_probe_job(probe_of(slides), listener, never_stop());
  Fitted spoilt = read_fitted(slides.output() / "model.h5", "probe");
  spoilt.numbers["intercepts"] = row_of({0.0, 0.0});
  ProbeJobOptions applied;
  applied.common.inputs = {slides.input()};
  applied.common.model = slides.path() / "spoilt.h5";
  applied.common.output = slides.path() / "applied";
  write_fitted(applied.common.model, spoilt);

  CHECK(contains(refusal_of(applied), "do not have sizes that go together"));
}

TEST_CASE("probe job: options that have no meaning are refused by name") {
  const ClassedSlides slides;
  const auto refused = [](const ProbeJobOptions& options) -> std::string {
    const auto error = error_of([&] { validate(options); });
    return error ? error->what() : "";
  };
  ProbeJobOptions options = probe_of(slides);
  options.penalty = 0.0;
  CHECK(refused(options) == "--penalty must be above 0, got 0");
  options = probe_of(slides);
  options.ladder = {1};
  CHECK(refused(options) == "--ladder takes numbers of tiles from 2 on, got 1");
  options = probe_of(slides);
  options.regress = {"score", "score"};
  CHECK(refused(options) == "--regress must name each column once");
  options.regress = {"score"};
  options.ladder = {8};
  CHECK(contains(refused(options), "--ladder is of classes"));
  options.ladder.clear();
  options.costs = {1.0};
  CHECK(contains(refused(options), "--cost is of classes"));
}

TEST_CASE(
    "probe job: the grid's cost is chosen on validation tiles, or on groups held out inside") {
  const ClassedSlides slides;
  slides.fill();
  ProbeJobOptions options = probe_of(slides);
  options.costs = {0.01, 1.0, 100.0};
  Listener listener;
  run_probe_job(options, listener, never_stop());

  const Json folds = summary_in(slides.output());
  CHECK(folds["trials"][0]["learnt_from_tiles"] == 96);
  CHECK(folds["trials"][0]["cost_search"]["learnt_from_tiles"] == 72);
  CHECK(folds["trials"][0]["cost_search"]["validated_on_tiles"] == 24);
  CHECK(folds["model"]["cost_search"]["grid"].size() == 3);

  options.common.labels.split = "split";
  options.common.output = slides.path() / "split";
  run_probe_job(options, listener, never_stop());
  const Json trial = summary_in(slides.path() / "split")["trials"][0];
  CHECK(trial["cost_search"]["learnt_from_tiles"] == 96);
  CHECK(trial["cost_search"]["validated_on_tiles"] == 24);
  double least = 1e9;
  double best = 0.0;
  for (const Json& one : trial["cost_search"]["grid"]) {
    if (one["log_loss"].get<double>() >= least) continue;
    least = one["log_loss"].get<double>();
    best = one["cost"].get<double>();
  }
  CHECK(trial["cost"].get<double>() == best);
}
