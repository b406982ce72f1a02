// What knn, fewshot and probe have in common: who is learnt from, and who is tried on.

#include "histo/classify_job.hpp"

#include <set>

#include "core/files.hpp"
#include "jobs/classify_fixture.hpp"
#include "store/fitted_file.hpp"
#include "store/prediction_table.hpp"

using namespace histo;
using histo::test::any_contains;
using histo::test::ClassedSlides;
using histo::test::contains;
using histo::test::knn_of;
using histo::test::Listener;
using histo::test::messages_in;
using histo::test::never_stop;
using histo::test::predictions_in;
using histo::test::refusal;
using histo::test::run;
using histo::test::summary_in;
using histo::test::table_in;

TEST_CASE("classify: in folds every labelled tile is tried on once, apart from its patient") {
  const ClassedSlides slides;
  slides.fill();

  const AnalysisReport report = run(knn_of(slides));

  CHECK_FALSE(report.interrupted);
  const PredictionTable table = predictions_in(slides.output());
  REQUIRE(table.rows() == 6 * 3 * 8);
  std::set<std::pair<std::int32_t, std::int32_t>> folds_of_groups;
  for (std::size_t i = 0; i < table.rows(); ++i) {
    folds_of_groups.insert({table.group[i], table.fold[i]});
    if (i > 0) CHECK(table.slides[table.slide[i - 1]] <= table.slides[table.slide[i]]);
  }
  CHECK(folds_of_groups.size() == 6);
  const Json summary = summary_in(slides.output());
  CHECK(summary["mode"] == "folds");
  CHECK(summary["verb"] == "knn");
  CHECK(summary["labelled_groups"] == 6);
  CHECK(summary["trials"].size() == 3);
  CHECK(summary["tiles"]["rows"] == 144);
  CHECK(summary["tiles"]["figures"]["accuracy"]["value"].get<double>() > 0.8);
  CHECK(summary["slides"]["rows"] == 18);
  CHECK(summary["slides"]["figures"]["accuracy"]["value"] == 1.0);
}

TEST_CASE("classify: a split learns from train alone and tries on test alone") {
  const ClassedSlides slides;
  slides.fill();
  KnnJobOptions options = knn_of(slides);
  options.common.labels.split = "split";

  run(options);

  const PredictionTable table = predictions_in(slides.output());
  CHECK(table.slides == std::vector<std::string>{"p5a", "p5b", "p5c"});
  CHECK(table.fold.empty());
  const Fitted model = read_fitted(slides.output() / "model.h5", "knn");
  CHECK(model.list("groups") == std::vector<std::string>{"p0", "p1", "p2", "p3"});
  CHECK(model.table("references").rows == 4 * 3 * 8);
  CHECK(summary_in(slides.output())["mode"] == "split");
}

TEST_CASE("classify: slides have the mean of their tiles' probabilities") {
  const ClassedSlides slides;
  slides.fill();
  run(knn_of(slides));

  const PredictionTable tiles = predictions_in(slides.output());
  const PredictionTable rows = read_predictions(slides.output() / "slides.csv");

  REQUIRE(rows.rows() == 18);
  for (std::size_t c = 0; c < 3; ++c) {
    double mean = 0.0;
    for (std::size_t i = 0; i < 8; ++i) mean += tiles.probabilities.at(8 + i, c) / 8.0;
    CHECK(rows.probabilities.at(1, c) == test::Approx(mean));
  }
  CHECK(rows.slides[1] == "p0b");
  CHECK(rows.truth[1] == 1);
}

TEST_CASE("classify: neither the threads nor a rerun change a byte but of the call's own words") {
  const ClassedSlides slides;
  slides.fill();
  KnnJobOptions options = knn_of(slides);
  run(options);
  options.common.threads = 3;
  options.common.output = slides.path() / "again";
  run(options);

  for (const char* name : {"predictions.csv", "slides.csv", "confusion.csv", "classes.csv",
                           "missing.csv", "model.h5", "summary.json"}) {
    CHECK(read_text(slides.output() / name) == read_text(slides.path() / "again" / name));
  }
}

TEST_CASE("classify: confusion.csv and classes.csv count what predictions.csv says") {
  const ClassedSlides slides;
  slides.fill();
  run(knn_of(slides));

  const PredictionTable table = predictions_in(slides.output());
  std::size_t counts[3][3] = {};
  for (std::size_t i = 0; i < table.rows(); ++i) {
    ++counts[static_cast<std::size_t>(table.truth[i])]
            [static_cast<std::size_t>(table.predicted[i])];
  }
  const CsvTable confusion = table_in(slides.output() / "confusion.csv");
  const CsvTable classes = table_in(slides.output() / "classes.csv");
  CHECK(confusion.header == std::vector<std::string>{"truth", "a", "b", "c"});
  for (std::size_t t = 0; t < 3; ++t) {
    for (std::size_t p = 0; p < 3; ++p) {
      CHECK(confusion.rows[t][p + 1] == std::to_string(counts[t][p]));
    }
    CHECK(classes.rows[t][1] == "48");
    CHECK(std::stod(classes.rows[t][3]) == test::Approx(static_cast<double>(counts[t][t]) / 48.0));
  }
}

TEST_CASE("classify: a model that is applied says of new tiles what it says, slide by slide") {
  const ClassedSlides slides;
  slides.fill();
  KnnJobOptions options = knn_of(slides);
  options.common.labels.split = "split";
  run(options);
  const PredictionTable tried = predictions_in(slides.output());

  KnnJobOptions applied;
  applied.common.inputs = {slides.input()};
  applied.common.model = slides.output() / "model.h5";
  applied.common.output = slides.path() / "applied";
  run(applied);

  const PredictionTable table = predictions_in(slides.path() / "applied");
  REQUIRE(table.rows() == 144);
  CHECK(table.truth.empty());
  CHECK(summary_in(slides.path() / "applied")["tiles_in"] == 144);
  CHECK_FALSE(summary_in(slides.path() / "applied").contains("tiles"));
  for (std::size_t i = 0; i < 24; ++i) {
    CHECK(table.slides[table.slide[120 + i]] == tried.slides[tried.slide[i]]);
    for (std::size_t c = 0; c < 3; ++c) {
      CHECK(table.probabilities.at(120 + i, c) == tried.probabilities.at(i, c));
    }
  }
}

TEST_CASE("classify: with labels an applied model is judged, and has never seen the patients") {
  const ClassedSlides slides;
  slides.fill();
  KnnJobOptions options = knn_of(slides);
  options.common.labels.split = "split";
  run(options);
  KnnJobOptions applied = options;
  applied.common.labels.split.clear();
  applied.common.model = slides.output() / "model.h5";
  applied.common.output = slides.path() / "applied";

  CHECK(contains(refusal(applied), "the slide p0a is one that"));

  std::string text = "slide,label,patient\n";
  for (const char* letter : {"a", "b", "c"})
    text += std::string("p5") + letter + "," + letter + ",p5\n";
  slides.write_labels(text);
  Listener listener;
  run(applied, listener);
  const Json summary = summary_in(slides.path() / "applied");
  CHECK(summary["tiles"]["rows"] == 24);
  CHECK(summary["missing"]["slides_without_labels"] == 15);
  CHECK(listener.warned_of("15 slides of the inputs not in the labels"));
  CHECK(summary["tiles"]["figures"]["accuracy"]["low"].is_null());

  slides.write_labels("slide,label,patient\np5a,a,p0\n");
  CHECK(contains(refusal(applied), "the group (patient) p0 is one that"));
}

TEST_CASE("classify: labelled tiles that the split says nothing of are counted") {
  const ClassedSlides slides;
  slides.fill();
  slides.write_labels(
      "slide,label,patient,split\np0a,a,p0,train\np1b,b,p1,train\np2a,a,p2,test\np3a,a,p3,\n");
  KnnJobOptions options = knn_of(slides);
  options.common.labels.split = "split";
  Listener listener;

  run(options, listener);

  CHECK(listener.warned_of("8 tiles with a label but nothing in column split, left out"));
  CHECK(any_contains(messages_in(slides.output()), "8 tiles with a label but nothing"));
}

TEST_CASE("classify: a class of one patient alone is missing in a fold, which is said") {
  const ClassedSlides slides;
  slides.fill();
  std::string text = "slide,label,patient\np0c,c,p0\n";
  for (const char* p : {"p0", "p1", "p2", "p3", "p4", "p5"}) {
    for (const char* c : {"a", "b"}) text += std::string(p) + c + "," + c + "," + p + "\n";
  }
  slides.write_labels(text);
  Listener listener;

  run(knn_of(slides), listener);

  CHECK(listener.warned_of("no tile to learn from has the class c, which is then never predicted"));
  const PredictionTable table = predictions_in(slides.output());
  for (std::size_t i = 0; i < table.rows(); ++i) {
    if (table.truth[i] == 2) CHECK(table.probabilities.at(i, 2) == 0.0);
  }
  CHECK(read_fitted(slides.output() / "model.h5", "knn").list("classes").size() == 3);
}

TEST_CASE("classify: slides with tiles of several classes have no figures of their own") {
  const ClassedSlides slides;
  slides.fill();
  std::string text = "slide,x,y,label,patient\n";
  for (const char* p : {"p0", "p1", "p2", "p3", "p4", "p5"}) {
    text += std::string(p) + "a,0,0,a," + p + "\n" + p + "a,64,0,b," + p + "\n" + p + "b,0,0,b," +
            p + "\n";
  }
  slides.write_labels(text);

  run(knn_of(slides));

  const Json summary = summary_in(slides.output());
  CHECK(summary["tiles"]["rows"] == 18);
  CHECK_FALSE(summary["slides"].contains("figures"));
  CHECK(contains(summary["slides"]["messages"][0].get<std::string>(),
                 "the slide p0a has tiles of the classes a and b"));
  CHECK(summary["missing"]["tiles_without_labels"] == 6 * 13);
}

TEST_CASE("classify: without a column of groups each slide is one, which is said") {
  const ClassedSlides slides;
  slides.fill();
  KnnJobOptions options = knn_of(slides);
  options.common.labels.group.clear();
  Listener listener;

  run(options, listener);

  CHECK(
      any_contains(listener.warnings, "no --group: each slide is taken for a patient of its own"));
  CHECK(summary_in(slides.output())["labelled_groups"] == 18);
}

TEST_CASE("classify: keys that do not match are listed and warned of") {
  const ClassedSlides slides;
  slides.fill();
  slides.add("stranger", ClassedSlides::rows_of(0, 3, 7));
  slides.write_labels(read_text(slides.labels()) + "p9a,a,p9,train,0\n");
  Listener listener;

  run(knn_of(slides), listener);

  CHECK(listener.warned_of("1 slide of the labels not among the inputs: p9a"));
  CHECK(listener.warned_of("1 slide of the inputs not in the labels: stranger"));
  CHECK(read_text(slides.output() / "missing.csv") ==
        "what,key\nslide without features,p9a\nslide without labels,stranger\n");
}

TEST_CASE("classify: a job that is stopped leaves no summary") {
  const ClassedSlides slides;
  slides.fill();
  const std::atomic<bool> stop = true;
  Listener listener;

  CHECK(run_knn_job(knn_of(slides), listener, stop).interrupted);

  CHECK_FALSE(std::filesystem::exists(slides.output() / "summary.json"));
}

TEST_CASE("classify: the spots of one slide are held out by patient") {
  const ClassedSlides slides;
  std::string labels = "slide,x,y,label,patient\n";
  std::vector<float> rows;
  for (int spot = 0; spot < 8; ++spot) {
    const std::size_t a_class = spot % 2 == 0 ? 0 : 1;
    const std::vector<float> more =
        ClassedSlides::rows_of(a_class, 4, static_cast<std::uint64_t>(spot));
    rows.insert(rows.end(), more.begin(), more.end());
    for (int tile = 0; tile < 4; ++tile) {
      labels += "array," + std::to_string(64 * (4 * spot + tile)) + ",0," +
                (a_class == 0 ? "a" : "b") + ",p" + std::to_string(spot) + "\n";
    }
  }
  slides.add("array", rows);
  slides.write_labels(labels);

  run(knn_of(slides));

  const PredictionTable table = predictions_in(slides.output());
  REQUIRE(table.rows() == 32);
  CHECK(table.groups.size() == 8);
  const Json summary = summary_in(slides.output());
  CHECK(summary["labelled_groups"] == 8);
  CHECK(summary["tiles"]["figures"]["accuracy"]["value"].get<double>() > 0.8);
  CHECK(contains(summary["slides"]["messages"][0].get<std::string>(),
                 "the slide array has tiles of the classes a and b"));
}

TEST_CASE("classify: a slide of several patients has no figures of its own") {
  const ClassedSlides slides;
  slides.add("one", ClassedSlides::rows_of(0, 8, 1));
  slides.add("two", ClassedSlides::rows_of(1, 8, 2));
  std::string labels = "slide,x,y,label,patient\n";
  for (int tile = 0; tile < 8; ++tile) {
    const std::string place = std::to_string(64 * tile) + ",0,";
    labels += "one," + place + "a,p" + std::to_string(tile % 4) + "\n";
    labels += "two," + place + "b,q" + std::to_string(tile % 4) + "\n";
  }
  slides.write_labels(labels);

  run(knn_of(slides));

  CHECK(contains(summary_in(slides.output())["slides"]["messages"][0].get<std::string>(),
                 "the slide one has tiles of several groups (patients)"));
}
