// Numbers by ridge regression: probe --regress.

#include <cmath>

#include "histo/classify_job.hpp"
#include "histo/ridge.hpp"

#include "core/files.hpp"
#include "jobs/classify_fixture.hpp"
#include "jobs/number_table.hpp"
#include "store/fitted_file.hpp"

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

ProbeJobOptions regress_of(const ClassedSlides& slides) {
  ProbeJobOptions options;
  options.common = slides.options();
  options.regress = {"score"};
  return options;
}

void run(const ProbeJobOptions& options) {
  Listener listener;
  run_probe_job(options, listener, never_stop());
}

std::string refusal(const ProbeJobOptions& options) {
  const auto error = error_of([&] { run(options); });
  return error ? error->what() : "";
}

}  // namespace

TEST_CASE("probe regress: numbers of every tile are predicted from other patients") {
  const ClassedSlides slides;
  slides.fill();

  run(regress_of(slides));

  const CsvTable table = table_in(slides.output() / "regression.csv");
  CHECK(table.header == std::vector<std::string>{"slide", "x", "y", "w", "h", "group", "fold",
                                                 "truth=score", "predicted=score"});
  REQUIRE(table.rows.size() == 144);
  const Json summary = summary_in(slides.output());
  DoubleMatrix truth(144, 1);
  DoubleMatrix predicted(144, 1);
  for (std::size_t i = 0; i < 144; ++i) {
    truth.at(i, 0) = std::stod(table.rows[i][7]);
    predicted.at(i, 0) = std::stod(table.rows[i][8]);
  }
  const RegressionScores scores = regression_scores(truth.view(), predicted.view()).front();
  const Json& figures = summary["tiles"]["targets"]["score"];
  CHECK(figures["r2"]["value"].get<double>() == Approx(scores.r2));
  CHECK(figures["pearson"]["value"].get<double>() == Approx(scores.pearson));
  CHECK(figures["rmse"]["value"].get<double>() == Approx(scores.rmse));
  CHECK(figures["r2"]["low"].get<double>() <= scores.r2);
  CHECK(figures["r2"]["high"].get<double>() >= scores.r2);
  CHECK(summary["slides"]["rows"] == 18);
  CHECK(summary["slides"]["targets"]["score"]["r2"]["value"].get<double>() > scores.r2);
  CHECK(read_fitted(slides.output() / "model.h5", "ridge").list("targets") ==
        std::vector<std::string>{"score"});
}

TEST_CASE("probe regress: a model of a split says the same again, and is judged on other slides") {
  const ClassedSlides slides;
  slides.fill();
  ProbeJobOptions options = regress_of(slides);
  options.common.labels.split = "split";
  run(options);
  ProbeJobOptions applied;
  applied.common = slides.options();
  applied.common.model = slides.output() / "model.h5";
  applied.common.output = slides.path() / "applied";
  CHECK(contains(refusal(applied), "the slide p0a is one that"));

  slides.write_labels("slide,patient,score\np5a,p5,0\np5b,p5,1\np5c,p5,2\n");
  run(applied);

  const CsvTable before = table_in(slides.output() / "regression.csv");
  const CsvTable after = table_in(slides.path() / "applied/regression.csv");
  REQUIRE(after.rows.size() == 144);
  for (std::size_t i = 0; i < 24; ++i) CHECK(after.rows[120 + i].back() == before.rows[i].back());
  CHECK(after.rows[0][6].empty());
  CHECK(summary_in(slides.path() / "applied")["tiles"]["rows"] == 24);

  applied.common.labels = {};
  applied.common.output = slides.path() / "unlabelled";
  run(applied);
  CHECK_FALSE(summary_in(slides.path() / "unlabelled").contains("tiles"));
}

TEST_CASE("probe regress: cells that are empty are counted, those that are no numbers refused") {
  const ClassedSlides slides;
  slides.fill();
  slides.write_labels("slide,patient,score\np0a,p0,1.5\np1a,p1,\np2a,p2,2\np3a,p3,7\n");
  ProbeJobOptions options = regress_of(slides);
  options.common.folds = 3;
  Listener listener;
  run_probe_job(options, listener, never_stop());
  CHECK(listener.warned_of("1 line of the labels with an empty cell"));
  CHECK(summary_in(slides.output())["labelled_slides"] == 3);

  slides.write_labels("slide,patient,score\np0a,p0,high\n");
  CHECK(contains(refusal(options), "line 2: column score: 'high' is not a finite number"));
  slides.write_labels("slide,patient,score\np0a,p0,inf\n");
  CHECK(contains(refusal(options), "'inf' is not a finite number"));
  slides.write_labels("slide,patient,other\np0a,p0,1\n");
  CHECK(contains(refusal(options), "score"));
  slides.write_labels("slide,patient,score\np0a,p0,\np1a,p1,\n");
  CHECK(contains(refusal(options), "no tile of the inputs has a number in every column"));
}

TEST_CASE("probe regress: a number that is the same everywhere has no r2, which is said") {
  const ClassedSlides slides;
  slides.fill();
  slides.write_labels("slide,patient,score\np0a,p0,1\np1a,p1,1\np2a,p2,1\n");

  run(regress_of(slides));

  const Json tiles = summary_in(slides.output())["tiles"];
  CHECK(tiles["targets"]["score"]["r2"]["value"].is_null());
  CHECK(contains(tiles["messages"][0].get<std::string>(),
                 "of score are not defined: its truth is the same everywhere"));
}

TEST_CASE("probe regress: a model whose parts do not go together is refused") {
  const ClassedSlides slides;
  slides.fill();
  run(regress_of(slides));
  Fitted spoilt = read_fitted(slides.output() / "model.h5", "ridge");
  spoilt.lists["targets"] = {"score", "more"};
  ProbeJobOptions applied;
  applied.common.inputs = {slides.input()};
  applied.common.model = slides.path() / "spoilt.h5";
  applied.common.output = slides.path() / "applied";
  write_fitted(applied.common.model, spoilt);

  CHECK(contains(refusal(applied), "has 1 rows of coefficients for 2 targets"));
}
