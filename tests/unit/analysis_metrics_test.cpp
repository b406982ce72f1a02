#include <cmath>

#include "histo/classification_metrics.hpp"

#include "support/catch.hpp"

using histo::BootstrapOptions;
using histo::class_scores;
using histo::classification_scores;
using histo::ClassificationScores;
using histo::ClassScores;
using histo::confusion_counts;
using histo::DoubleMatrix;
using histo::ErrorKind;
using histo::Predictions;
using histo::roc_curve;
using histo::score_intervals;
using histo::ScoreIntervals;
using histo::test::Approx;
using histo::test::contains;
using histo::test::error_of;

namespace {

DoubleMatrix matrix_of(std::size_t columns, std::vector<double> values) {
  DoubleMatrix matrix(values.size() / columns, columns);
  matrix.values = std::move(values);
  return matrix;
}

/// Ten rows of three classes, with ties among the probabilities.
Predictions ten_rows() {
  return {3,
          {0, 0, 1, 1, 2, 2, 2, 0, 1, 2},
          {0, 1, 1, 2, 2, 2, 0, 0, 1, 1},
          matrix_of(3, {.7, .2, .1, .3, .5, .2, .1, .8,  .1,  .2, .3, .5, .1, .1, .8,
                        .0, .4, .6, .5, .3, .2, .5, .25, .25, .3, .4, .3, .2, .5, .3})};
}

}  // namespace

// accuracy_score, balanced_accuracy_score, cohen_kappa_score(weights="quadratic"),
// f1_score(average="weighted"), log_loss and roc_auc_score(multi_class=...) of scikit-learn 1.9.
TEST_CASE("metrics: the figures are scikit-learn's") {
  const ClassificationScores scores = classification_scores(ten_rows());

  CHECK(scores.accuracy == Approx(0.6).epsilon(1e-14));
  CHECK(scores.balanced_accuracy == Approx(0.611111111111111).epsilon(1e-14));
  CHECK(scores.quadratic_kappa == Approx(0.46153846153846156).epsilon(1e-14));
  CHECK(scores.weighted_f1 == Approx(0.6).epsilon(1e-14));
  CHECK(scores.log_loss == Approx(0.8144581908179152).epsilon(1e-14));
  CHECK(scores.auroc_ovo == Approx(0.8078703703703703).epsilon(1e-14));
  CHECK(scores.auroc_ovr == Approx(0.8035714285714285).epsilon(1e-14));
  CHECK(scores.messages.empty());
}

TEST_CASE("metrics: each class has scikit-learn's precision, recall, F1 and AUROC") {
  const std::vector<ClassScores> scores = class_scores(ten_rows());

  REQUIRE(scores.size() == 3);
  CHECK(scores[0].rows == 3);
  CHECK(scores[1].precision == Approx(0.5));
  CHECK(scores[0].recall == Approx(2.0 / 3.0));
  CHECK(scores[2].f1 == Approx(0.57142857142857));
  CHECK(scores[0].auroc == Approx(0.9047619047619048).epsilon(1e-14));
  CHECK(scores[1].auroc == Approx(0.7142857142857143).epsilon(1e-14));
  CHECK(scores[2].auroc == Approx(0.7916666666666667).epsilon(1e-14));
}

TEST_CASE("metrics: the confusion counts have the truth down and the prediction across") {
  CHECK(confusion_counts(ten_rows()) == std::vector<std::uint64_t>{2, 1, 0, 0, 2, 1, 1, 1, 2});
}

TEST_CASE("metrics: a ROC curve has one point for each probability") {
  const std::vector<histo::RocPoint> curve = roc_curve(ten_rows(), 2);

  REQUIRE(curve.size() == 8);
  CHECK(std::isinf(curve[0].threshold));
  CHECK(curve[0].true_positive_rate == 0.0);
  CHECK(curve[4].threshold == 0.3);
  CHECK(curve[4].false_positive_rate == Approx(2.0 / 6.0));
  CHECK(curve[4].true_positive_rate == Approx(0.75));
  CHECK(curve[7].false_positive_rate == 1.0);
}

TEST_CASE("metrics: two classes have one AUROC, that of the second") {
  const Predictions predictions{
      2, {0, 1, 0, 1}, {0, 1, 1, 1}, matrix_of(2, {.9, .1, .6, .4, .4, .6, .2, .8})};

  const ClassificationScores scores = classification_scores(predictions);

  CHECK(scores.auroc_ovo == 0.75);
  CHECK(scores.auroc_ovr == 0.75);
}

TEST_CASE("metrics: probabilities that are all equal have an AUROC of one half") {
  const Predictions predictions{2, {0, 1, 0}, {0, 0, 0}, DoubleMatrix(3, 2, 0.5)};

  CHECK(classification_scores(predictions).auroc_ovo == 0.5);
}

TEST_CASE("metrics: a certain mistake costs 52 bits, not infinity") {
  const Predictions predictions{2, {1}, {0}, matrix_of(2, {1.0, 0.0})};

  CHECK(classification_scores(predictions).log_loss == Approx(52.0 * std::log(2.0)));
}

TEST_CASE("metrics: a single class has no AUROC and no kappa, and that is said") {
  const Predictions predictions{2, {1, 1}, {1, 1}, matrix_of(2, {.4, .6, .1, .9})};

  const ClassificationScores scores = classification_scores(predictions);

  CHECK(scores.accuracy == 1.0);
  CHECK(std::isnan(scores.auroc_ovo));
  CHECK(std::isnan(scores.auroc_ovr));
  CHECK(std::isnan(scores.quadratic_kappa));
  REQUIRE(scores.messages.size() == 2);
  CHECK(contains(scores.messages[0], "truth and prediction are one and the same class"));
  CHECK(contains(scores.messages[1], "AUROC is not defined: no row truly has class 0"));
}

TEST_CASE("metrics: one class in all has no AUROC") {
  const Predictions predictions{1, {0}, {0}, DoubleMatrix(1, 1, 1.0)};

  const ClassificationScores scores = classification_scores(predictions);

  REQUIRE(scores.messages.size() == 2);
  CHECK(contains(scores.messages[1], "AUROC is not defined: there is one class alone"));
}

TEST_CASE("metrics: without probabilities the labels' figures remain") {
  Predictions predictions = ten_rows();
  predictions.probabilities = {};

  const ClassificationScores scores = classification_scores(predictions);

  CHECK(scores.accuracy == Approx(0.6));
  CHECK(std::isnan(scores.log_loss));
  REQUIRE(scores.messages.size() == 1);
  CHECK(contains(scores.messages[0], "there are no probabilities"));
  CHECK(std::isnan(class_scores(predictions)[0].auroc));
}

TEST_CASE("metrics: predictions that do not fit are refused") {
  const auto sentence = [](const Predictions& predictions) {
    const auto error = error_of([&] { classification_scores(predictions); });
    REQUIRE(error);
    CHECK(error->kind() == ErrorKind::input);
    return std::string(error->what());
  };

  CHECK(contains(sentence({2, {}, {}, {}}), "there are no predictions to score"));
  CHECK(contains(sentence({2, {0, 1}, {0}, {}}), "the predicted labels are 1 for 2 rows"));
  CHECK(contains(sentence({2, {0, 2}, {0, 1}, {}}), "the label of row 1 is 2"));
  CHECK(contains(sentence({2, {0}, {0}, DoubleMatrix(2, 2, 0.5)}),
                 "the rows of probabilities are 2 for 1 rows"));
  CHECK(contains(sentence({2, {0}, {0}, DoubleMatrix(1, 3, 0.5)}),
                 "the probabilities have 3 columns for 2 classes"));
  CHECK(contains(sentence({2, {0}, {0}, matrix_of(2, {1.5, -0.5})}),
                 "the probability of class 0 for row 0 is 1.5, not in [0, 1]"));
  CHECK(contains(sentence({2, {0}, {0}, matrix_of(2, {0.5, 0.4})}),
                 "the probabilities of row 0 sum to 0.9, not to 1"));
  CHECK(contains(sentence({2, {0}, {0}, matrix_of(2, {NAN, 0.4})}), "the probabilities is nan"));
}

TEST_CASE("metrics: a class that all rows have, or none, has no ROC curve") {
  const Predictions predictions{2, {1, 1}, {1, 1}, matrix_of(2, {.4, .6, .1, .9})};

  const auto all = error_of([&] { roc_curve(predictions, 1); });
  const auto none = error_of([&] { roc_curve(predictions, 0); });
  const auto unknown = error_of([&] { roc_curve(predictions, 2); });

  REQUIRE(all);
  REQUIRE(none);
  REQUIRE(unknown);
  CHECK(contains(all->what(), "all rows have class 1, so that it has no ROC curve"));
  CHECK(contains(none->what(), "no row has class 0, so that it has no ROC curve"));
  CHECK(contains(unknown->what(), "there are no probabilities of class 2"));
}

TEST_CASE("metrics: intervals hold the figure and do not depend on threads") {
  Predictions predictions{3, {}, {}, {}};
  std::vector<std::int32_t> patients;
  for (std::int32_t i = 0; i < 120; ++i) {
    predictions.truth.push_back(i % 3);
    predictions.labels.push_back(i % 7 == 0 ? (i + 1) % 3 : i % 3);
    patients.push_back(i / 4);
  }
  BootstrapOptions options;
  options.repeats = 200;

  const ScoreIntervals one = score_intervals(predictions, patients, options);
  options.threads = 3;
  const ScoreIntervals three = score_intervals(predictions, patients, options);

  CHECK(one.accuracy.value == one.scores.accuracy);
  CHECK(one.accuracy.low < one.accuracy.value);
  CHECK(one.accuracy.value < one.accuracy.high);
  CHECK(one.bootstrap.groups == 30);
  CHECK(one.bootstrap.repeats == 200);
  CHECK(std::isnan(one.auroc_ovo.low));
  CHECK(one.accuracy.low == three.accuracy.low);
  CHECK(one.weighted_f1.high == three.weighted_f1.high);
  CHECK(one.quadratic_kappa.standard_error == three.quadratic_kappa.standard_error);
}

TEST_CASE("metrics: a resample that lacks a class is drawn again") {
  // One of five patients carries class 1, and a third of all resamples is without him.
  const Predictions predictions{2, {0, 0, 0, 0, 1}, {0, 0, 0, 1, 1}, {}};

  const ScoreIntervals intervals = score_intervals(predictions, {0, 1, 2, 3, 4}, {});

  CHECK(intervals.bootstrap.repeats == 1000);
  CHECK(intervals.bootstrap.redrawn > 300);
  CHECK(intervals.bootstrap.redrawn < 700);
}
