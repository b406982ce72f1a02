// What knn, fewshot and probe refuse alike.

#include <limits>

#include "histo/classify_job.hpp"

#include "core/files.hpp"
#include "jobs/classify_fixture.hpp"
#include "store/fitted_file.hpp"
#include "store/prediction_table.hpp"

using namespace histo;
using histo::test::ClassedSlides;
using histo::test::contains;
using histo::test::error_of;
using histo::test::knn_of;
using histo::test::Listener;
using histo::test::never_stop;
using histo::test::predictions_in;
using histo::test::refusal;
using histo::test::run;
using histo::test::summary_in;

TEST_CASE("classify: patients on both sides of a split are refused") {
  const ClassedSlides slides;
  slides.fill();
  slides.write_labels("slide,label,patient,split\np0a,a,p0,train\np1b,b,p1,train\np0c,b,p0,test\n");
  KnnJobOptions options = knn_of(slides);
  options.common.labels.split = "split";

  CHECK(
      contains(refusal(options), "the group (patient) p0 would be both learnt from and tried on"));

  slides.write_labels(
      "slide,label,patient,split\np0a,a,p0,train\np1b,b,p1,train\np0c,b,p0,validation\n"
      "p2a,a,p2,test\n");
  CHECK(contains(refusal(options), "the group (patient) p0"));
}

TEST_CASE("classify: a split without a part says which") {
  const ClassedSlides slides;
  slides.fill();
  KnnJobOptions options = knn_of(slides);
  options.common.labels.split = "split";
  slides.write_labels("slide,label,patient,split\np0a,a,p0,train\np1b,b,p1,train\n");
  CHECK(contains(refusal(options), "column split says 'test' of no tile that has a label"));

  slides.write_labels("slide,label,patient,split\np0a,a,p0,test\np1b,b,p1,\n");
  CHECK(contains(refusal(options), "column split says 'train' of no tile that has a label"));
}

TEST_CASE("classify: fewer groups than folds say what helps") {
  const ClassedSlides slides;
  slides.fill();
  KnnJobOptions options = knn_of(slides);
  options.common.folds = 7;
  CHECK(contains(refusal(options),
                 "of 6 groups (patients), too few for 7 folds; --folds 6 takes as many"));

  slides.write_labels("slide,label,patient\np0a,a,p0\np0b,b,p0\n");
  CHECK(contains(refusal(options),
                 "of 1 group (patients), so that none can be held out to be tried on"));
}

TEST_CASE("classify: a single class is nothing to learn") {
  const ClassedSlides slides;
  slides.fill();
  slides.write_labels("slide,label,patient\np0a,a,p0\np1a,a,p1\np2a,a,p2\n");

  CHECK(contains(refusal(knn_of(slides)),
                 "all tiles with a label have the class 'a', and there is nothing to learn"));
}

TEST_CASE("classify: where a fold is left with one class it cannot learn, and says so") {
  const ClassedSlides slides;
  slides.fill();
  slides.write_labels("slide,label,patient\np0a,a,p0\np1a,a,p1\np2a,a,p2\np3b,b,p3\n");

  CHECK(contains(refusal(knn_of(slides)), "all tiles to learn from have the class 'a', since"));
}

TEST_CASE("classify: labels that fit nothing, twice, or not at all are refused") {
  const ClassedSlides slides;
  slides.fill();
  const KnnJobOptions options = knn_of(slides);
  slides.write_labels("slide,label,patient\nx,a,p0\n");
  CHECK(contains(refusal(options), "none of its labels is of a tile of the inputs"));

  slides.write_labels("slide,label,patient\np0a,a,p0\np0a,b,p0\n");
  CHECK(contains(refusal(options), "slide 'p0a' stands there twice"));

  slides.write_labels("slide,label,patient\np0a,,p0\np1a,,p1\n");
  CHECK(contains(refusal(options), "none of its labels is of a tile of the inputs"));
}

TEST_CASE("classify: features that are not finite are refused with the tile's place") {
  const ClassedSlides slides;
  slides.fill();
  std::vector<float> rows = ClassedSlides::rows_of(0, 3, 1);
  rows[5] = std::numeric_limits<float>::quiet_NaN();
  slides.add("p0a", rows);

  CHECK(refusal(knn_of(slides)) ==
        "slide p0a: the features of the tile at 64, 0 hold a value that is not finite");

  slides.fill();
  KnnJobOptions applied = knn_of(slides);
  run(applied);
  slides.add("n0", rows, "new");
  applied.common.inputs = {slides.input("new")};
  applied.common.labels = {};
  applied.common.model = slides.output() / "model.h5";
  applied.common.output = slides.path() / "applied";
  CHECK(contains(refusal(applied), "slide n0: the features of the tile at 64, 0 hold"));
}

TEST_CASE("classify: results that are there are not replaced without being asked") {
  const ClassedSlides slides;
  slides.fill();
  KnnJobOptions options = knn_of(slides);
  run(options);

  CHECK(contains(refusal(options), "there are results already; --overwrite replaces them"));

  options.common.overwrite = Overwrite::always;
  options.common.labels.split = "split";
  run(options);
  CHECK(predictions_in(slides.output()).rows() == 24);
}

TEST_CASE("classify: what an applied model cannot take is refused") {
  const ClassedSlides slides;
  slides.fill();
  KnnJobOptions options = knn_of(slides);
  run(options);
  KnnJobOptions applied;
  applied.common.inputs = {slides.input()};
  applied.common.output = slides.path() / "applied";
  applied.common.model = slides.labels();
  CHECK(contains(refusal(applied), "labels.csv"));

  applied.common.model = slides.output() / "model.h5";
  FewShotJobOptions few;
  few.common = applied.common;
  Listener listener;
  const auto error = error_of([&] { run_few_shot_job(few, listener, never_stop()); });
  CHECK(contains(error->what(), "holds 'knn', and 'prototypes' is wanted"));

  slides.add("p0a", ClassedSlides::rows_of(0, 3, 1), "twice");
  applied.common.inputs = {slides.input(), slides.input("twice")};
  CHECK(contains(refusal(applied), "so that predictions cannot tell them apart"));

  slides.add("e", {}, "empty");
  applied.common.inputs = {slides.input("empty")};
  CHECK(refusal(applied) == "the inputs have no tile with features");
}

TEST_CASE("classify: options that have no meaning are refused by name") {
  const ClassedSlides slides;
  KnnJobOptions options = knn_of(slides);
  const auto refused = [](const KnnJobOptions& wrong) {
    const auto error = error_of([&] { validate(wrong); });
    return error && error->kind() == ErrorKind::usage ? error->what() : std::string();
  };
  CHECK(refused(options).empty());
  options.common.folds = 1;
  CHECK(refused(options) == "--folds must be at least 2, got 1");
  options = knn_of(slides);
  options.common.labels.table.clear();
  CHECK(
      contains(refused(options), "--labels names the table to learn from, or --apply a model.h5"));
  options = knn_of(slides);
  options.common.labels.column.clear();
  CHECK(contains(refused(options), "--label must name a column"));
  options = knn_of(slides);
  options.common.threads = 0;
  CHECK(contains(refused(options), "number of threads must be at least 1"));
  options = knn_of(slides);
  options.common.inputs.clear();
  CHECK(refused(options) == "no input is given");
  options = knn_of(slides);
  options.common.output.clear();
  CHECK(refused(options) == "no output folder is given");
  options = knn_of(slides);
  options.common.confidence = 1.0;
  CHECK(contains(refused(options), "level of an interval"));
  options = knn_of(slides);
  options.knn.neighbours = 0;
  CHECK_FALSE(refused(options).empty());
}
