#include "jobs/score_summary.hpp"

#include "support/catch.hpp"

using namespace histo;
using histo::test::contains;
using histo::test::error_of;

namespace {

/// Two slides of two tiles and one of one, of the patients p, p and q.
PredictionTable five_tiles() {
  PredictionTable table;
  table.classes = {"a", "b"};
  table.slides = {"s0", "s1", "s2"};
  table.groups = {"p", "q"};
  table.slide = {0, 0, 1, 1, 2};
  table.rects = {{0, 0, 8, 8}, {8, 0, 8, 8}, {0, 0, 8, 8}, {8, 0, 8, 8}, {0, 0, 8, 8}};
  table.group = {0, 0, 0, 0, 1};
  table.fold = {0, 0, 0, 0, 1};
  table.truth = {0, 0, 0, -1, 1};
  table.predicted = {0, 1, 0, 0, 1};
  table.probabilities = DoubleMatrix(5, 2);
  table.probabilities.values = {0.75, 0.25, 0.5, 0.5, 1.0, 0.0, 0.5, 0.5, 0.25, 0.75};
  return table;
}

}  // namespace

TEST_CASE("score summary: a slide has the mean of its tiles, whose truth may be unknown") {
  const PredictionTable slides = by_slide(five_tiles());

  CHECK(slides.rows() == 3);
  CHECK(slides.rects.empty());
  CHECK(slides.probabilities.values == std::vector<double>{0.625, 0.375, 0.75, 0.25, 0.25, 0.75});
  CHECK(slides.predicted == std::vector<std::int32_t>{0, 0, 1});
  CHECK(slides.truth == std::vector<std::int32_t>{0, 0, 1});
  CHECK(slides.group == std::vector<std::int32_t>{0, 0, 1});
  CHECK(slides.fold == std::vector<std::int32_t>{0, 0, 1});
}

TEST_CASE("score summary: a patient has the mean of all tiles of all slides") {
  const PredictionTable groups = by_group(five_tiles());

  CHECK(groups.slides == std::vector<std::string>{"p", "q"});
  CHECK(groups.probabilities.values == std::vector<double>{0.6875, 0.3125, 0.25, 0.75});
  CHECK(groups.truth == std::vector<std::int32_t>{0, 1});
}

TEST_CASE("score summary: without probabilities tiles vote") {
  PredictionTable table = five_tiles();
  table.probabilities = {};

  const PredictionTable slides = by_slide(table);

  CHECK(slides.probabilities.values == std::vector<double>{0.5, 0.5, 1.0, 0.0, 0.0, 1.0});
  CHECK(slides.predicted == std::vector<std::int32_t>{0, 0, 1});
}

TEST_CASE("score summary: what cannot be pooled is refused by name") {
  PredictionTable table = five_tiles();
  table.truth[1] = 1;
  CHECK(contains(error_of([&] { by_slide(table); })->what(),
                 "the slide s0 has tiles of the classes a and b"));
  CHECK(contains(mixed_slide(table), "the slide s0"));
  CHECK(contains(mixed_group(table), "the group (patient) p has tiles of the classes a and b"));
  CHECK(mixed_slide(five_tiles()).empty());

  table = five_tiles();
  table.group[1] = 1;
  CHECK(contains(error_of([&] { by_slide(table); })->what(),
                 "the slide s0 lies in two groups (patients)"));
  table.group[1] = -1;
  CHECK(contains(error_of([&] { by_group(table); })->what(),
                 "a row of the slide s0 has no group (patient), and others have"));
  CHECK(contains(error_of([&] { groups_of(table); })->what(), "has no group (patient)"));
  table.group.clear();
  CHECK(contains(error_of([&] { by_group(table); })->what(), "have no groups (patients)"));
  table.probabilities = {};
  table.predicted[4] = -1;
  CHECK(contains(error_of([&] { by_slide(table); })->what(),
                 "a row of the slide s2 has no predicted class"));
}

TEST_CASE("score summary: the rows with a known truth are those that are scored") {
  const PredictionTable known = known_rows(five_tiles());

  CHECK(known.rows() == 4);
  CHECK(known.slide == std::vector<std::uint32_t>{0, 0, 1, 2});
  CHECK(confusion_table(predictions_of(known), known.classes) == "truth,a,b\na,2,1\nb,0,1\n");
  CHECK(contains(class_table(predictions_of(known), known.classes),
                 "class,rows,precision,recall,f1,auroc\na,3,1,0.6666666666666666,0.8,"));
}

TEST_CASE("score summary: figures stand by name, those that are not defined with a message") {
  PredictionTable known = known_rows(five_tiles());
  BootstrapOptions options;
  options.repeats = 20;
  Json summary = score_summary(predictions_of(known), known.classes, groups_of(known), options);
  CHECK(summary["rows"] == 4);
  CHECK(summary["groups"] == 2);
  CHECK(summary["rows_of_class"]["a"] == 3);
  CHECK(summary["figures"]["accuracy"]["value"] == 0.75);
  CHECK(summary["bootstrap"]["repeats"] == 20);
  CHECK(summary["messages"].empty());

  known.truth = {0, 0, 0, 0};
  known.group = {0, 0, 0, 0};
  summary = score_summary(predictions_of(known), known.classes, groups_of(known), options);
  CHECK(Json::parse(summary.dump())["figures"]["auroc_ovo"]["value"].is_null());
  CHECK(summary["messages"][0] == "AUROC is not defined: no row truly has class b");
  CHECK(contains(summary["messages"][1].get<std::string>(),
                 "no intervals: all rows belong to one group"));
}
