// What kNN and prototypes each add to what they share with the probe.

#include <cmath>
#include <set>

#include "histo/classify_job.hpp"

#include "core/files.hpp"
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

FewShotJobOptions few_of(const ClassedSlides& slides) {
  FewShotJobOptions options;
  options.common = slides.options();
  options.episodes.shots = {1, 4, 1000};
  options.episodes.episodes = 5;
  return options;
}

}  // namespace

TEST_CASE("knn job: zero vectors have no direction, unless a mean is taken away") {
  const ClassedSlides slides;
  slides.fill();
  std::vector<float> rows = ClassedSlides::rows_of(0, 2, 1);
  std::fill(rows.begin() + 4, rows.end(), 0.0F);
  slides.add("p0a", rows);
  KnnJobOptions options;
  options.common = slides.options();
  Listener listener;

  const auto error = error_of([&] { run_knn_job(options, listener, never_stop()); });
  CHECK(std::string(error->what()) ==
        "slide p0a: the features of the tile at 64, 0 are all 0, and have no direction");

  options.knn.centring = Centring::mean_of_references;
  run_knn_job(options, listener, never_stop());
  const Fitted model = read_fitted(slides.output() / "model.h5", "knn");
  CHECK(model.text("centring") == "mean_of_references");

  KnnJobOptions applied;
  applied.common.inputs = {slides.input()};
  applied.common.model = slides.output() / "model.h5";
  applied.common.output = slides.path() / "applied";
  run_knn_job(applied, listener, never_stop());
  CHECK(read_predictions(slides.path() / "applied/predictions.csv").rows() == 138);
}

TEST_CASE("knn job: more neighbours than tiles to learn from all vote, which is said") {
  const ClassedSlides slides;
  slides.fill();
  slides.write_labels("slide,label,patient\np0a,a,p0\np1b,b,p1\np2a,a,p2\np3b,b,p3\np4a,a,p4\n");
  KnnJobOptions options;
  options.common = slides.options();
  options.knn.neighbours = 200;
  Listener listener;

  run_knn_job(options, listener, never_stop());

  CHECK(listener.warned_of("and there are but"));
  CHECK(summary_in(slides.output())["model"]["neighbours"] == 40);
}

TEST_CASE("knn job: a file with words or numbers that are none is refused") {
  const ClassedSlides slides;
  slides.fill();
  KnnJobOptions options;
  options.common = slides.options();
  Listener listener;
  run_knn_job(options, listener, never_stop());
  const Fitted good = read_fitted(slides.output() / "model.h5", "knn");
  KnnJobOptions applied;
  applied.common.inputs = {slides.input()};
  applied.common.model = slides.path() / "spoilt.h5";
  applied.common.output = slides.path() / "applied";
  const auto refused = [&](const Fitted& spoilt) -> std::string {
    write_fitted(applied.common.model, spoilt);
    const auto error = error_of([&] { run_knn_job(applied, listener, never_stop()); });
    return error ? error->what() : "";
  };

  Fitted spoilt = good;
  spoilt.texts["weights"] = "heavy";
  CHECK(contains(refused(spoilt), "weights are 'heavy', neither 'uniform' nor 'temperature'"));
  spoilt = good;
  spoilt.texts["centring"] = "left";
  CHECK(contains(refused(spoilt), "centring is 'left', neither 'none' nor 'mean_of_references'"));
  spoilt = good;
  spoilt.numbers["labels"].values[0] = 3.0;
  CHECK(contains(refused(spoilt), "'labels' holds 3, which is no whole number from 0 to below 3"));
  spoilt = good;
  spoilt.numbers["neighbours"].values[0] = 2.5;
  CHECK(contains(refused(spoilt), "'neighbours' holds 2.5, which is no whole number"));
  spoilt = good;
  spoilt.features.clear();
  CHECK(contains(refused(spoilt), "has no 'references'"));
  spoilt = good;
  spoilt.texts["encoder"] = "other";
  CHECK(contains(refused(spoilt), "was fitted on features of other"));
}

TEST_CASE("fewshot job: the nearest prototype names a tile, and nearness is its probability") {
  const ClassedSlides slides;
  slides.fill();
  FewShotJobOptions options = few_of(slides);
  options.common.labels.split = "split";
  Listener listener;

  run_few_shot_job(options, listener, never_stop());

  const PredictionTable table = read_predictions(slides.output() / "predictions.csv");
  REQUIRE(table.rows() == 24);
  for (std::size_t i = 0; i < table.rows(); ++i) {
    double sum = 0.0;
    for (std::size_t c = 0; c < 3; ++c) {
      sum += table.probabilities.at(i, c);
      CHECK(table.probabilities.at(i, c) <=
            table.probabilities.at(i, static_cast<std::size_t>(table.predicted[i])));
    }
    CHECK(sum == Approx(1.0));
  }
  const PredictionTable votes = read_predictions(slides.output() / "slide_votes.csv");
  CHECK(votes.predicted == std::vector<std::int32_t>{0, 1, 2});
  CHECK(summary_in(slides.output())["slide_votes"]["figures"]["accuracy"]["value"] == 1.0);
}

TEST_CASE("fewshot job: episodes stand in a table, with the classes that have too few tiles") {
  const ClassedSlides slides;
  slides.fill();
  FewShotJobOptions options = few_of(slides);
  options.save_episodes = true;
  Listener listener;

  run_few_shot_job(options, listener, never_stop());

  const CsvTable shots = table_in(slides.output() / "shots.csv");
  REQUIRE(shots.rows.size() == 3);
  CHECK(shots.rows[0][1] == "5");
  CHECK(std::stod(shots.rows[1][2]) > std::stod(shots.rows[0][2]));
  CHECK(shots.rows[2][2].empty());
  CHECK(contains(shots.rows[2][6], "class a has 32 rows, fewer than 1000"));
  CHECK(listener.warned_of("1000 shots: class a has 32 rows"));
  CHECK(std::filesystem::file_size(slides.output() / "shots.png") > 1000);
  const CsvTable drawn = table_in(slides.output() / "episode_tiles.csv");
  CHECK(drawn.rows.size() == 5 * 3 * (1 + 4));
  const CsvTable scores = table_in(slides.output() / "episodes.csv");
  REQUIRE(scores.rows.size() == 10);
  double mean = 0.0;
  for (std::size_t i = 0; i < 5; ++i) mean += std::stod(scores.rows[i][2]) / 5.0;
  CHECK(mean == Approx(std::stod(shots.rows[0][2])));
  CHECK(summary_in(slides.output())["episodes"]["trial"] == "fold 0");
}

TEST_CASE("fewshot job: no tile of an episode is of a patient that it is tried on") {
  const ClassedSlides slides;
  slides.fill();
  FewShotJobOptions options = few_of(slides);
  options.save_episodes = true;
  Listener listener;
  run_few_shot_job(options, listener, never_stop());

  const PredictionTable table = read_predictions(slides.output() / "predictions.csv");
  std::set<std::string> tried;
  for (std::size_t i = 0; i < table.rows(); ++i) {
    if (table.fold[i] == 0) tried.insert(table.slides[table.slide[i]]);
  }
  CHECK(tried.size() == 6);
  for (const auto& row : table_in(slides.output() / "episode_tiles.csv").rows) {
    CHECK(tried.count(row[3]) == 0);
  }
}

TEST_CASE("fewshot job: without shots there are no episodes") {
  const ClassedSlides slides;
  slides.fill();
  FewShotJobOptions options = few_of(slides);
  options.episodes.shots.clear();
  Listener listener;

  run_few_shot_job(options, listener, never_stop());

  CHECK_FALSE(std::filesystem::exists(slides.output() / "shots.csv"));
  CHECK_FALSE(summary_in(slides.output()).contains("episodes"));
}

TEST_CASE("fewshot job: features that are the same everywhere are refused") {
  const ClassedSlides slides;
  slides.fill();
  for (const char* name : {"p0a", "p1a", "p2b", "p3b"}) {
    slides.add(name, std::vector<float>(8, 0.5F));
  }
  slides.write_labels("slide,label,patient\np0a,a,p0\np1a,a,p1\np2b,b,p2\np3b,b,p3\n");
  FewShotJobOptions options = few_of(slides);
  options.common.folds = 2;
  Listener listener;

  const auto error = error_of([&] { run_few_shot_job(options, listener, never_stop()); });

  CHECK(contains(error->what(), "the rows of the support are all equal"));
}

TEST_CASE("fewshot job: an applied model votes for slides as it did before") {
  const ClassedSlides slides;
  slides.fill();
  FewShotJobOptions options = few_of(slides);
  options.common.labels.split = "split";
  Listener listener;
  run_few_shot_job(options, listener, never_stop());
  FewShotJobOptions applied = options;
  applied.common.labels = {};
  applied.common.model = slides.output() / "model.h5";
  applied.common.output = slides.path() / "applied";

  run_few_shot_job(applied, listener, never_stop());

  const PredictionTable before = read_predictions(slides.output() / "slide_votes.csv");
  const PredictionTable after = read_predictions(slides.path() / "applied/slide_votes.csv");
  REQUIRE(after.rows() == 18);
  for (std::size_t c = 0; c < 3; ++c) {
    CHECK(after.probabilities.at(16, c) == before.probabilities.at(1, c));
  }
}

TEST_CASE("fewshot job: options that have no meaning are refused by name") {
  const ClassedSlides slides;
  FewShotJobOptions options = few_of(slides);
  options.nearest_tiles = 0;
  CHECK(std::string(error_of([&] { validate(options); })->what()) ==
        "--top-k must be at least 1, got 0");
  options = few_of(slides);
  options.episodes.shots.clear();
  options.save_episodes = true;
  CHECK(contains(error_of([&] { validate(options); })->what(), "--save-episodes saves nothing"));
}
