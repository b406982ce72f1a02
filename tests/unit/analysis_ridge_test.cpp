#include <cmath>

#include "histo/ridge.hpp"

#include "support/catch.hpp"
#include "unit/analysis_iris.hpp"

using histo::DoubleMatrix;
using histo::ErrorKind;
using histo::fit_ridge;
using histo::predict_ridge;
using histo::regression_scores;
using histo::RegressionScores;
using histo::Ridge;
using histo::test::Approx;
using histo::test::contains;
using histo::test::error_of;
using histo::test::iris_tests;
using histo::test::iris_training;
using histo::test::LabelledRows;

namespace {

/// Sepal and petal length and sepal width; the targets are the petal's width and the species.
struct Task {
  std::vector<float> features;
  DoubleMatrix targets;

  histo::FloatMatrixView view() const { return {features.data(), targets.rows, 3}; }
};

Task task_of(const LabelledRows& half) {
  Task task;
  task.targets = DoubleMatrix(half.labels.size(), 2);
  for (std::size_t i = 0; i < half.labels.size(); ++i) {
    const float* const row = half.view().row(i);
    task.features.insert(task.features.end(), row, row + 3);
    task.targets.at(i, 0) = static_cast<double>(row[3]);
    task.targets.at(i, 1) = half.labels[i];
  }
  return task;
}

}  // namespace

// scikit-learn 1.9's Ridge(alpha=0.7) and r2_score on these float32 values.
TEST_CASE("ridge: on Iris it is scikit-learn's") {
  const Task training = task_of(iris_training());
  const Task tests = task_of(iris_tests());

  const Ridge ridge = fit_ridge(training.view(), training.targets.view(), 0.7);
  const DoubleMatrix predicted = predict_ridge(ridge, tests.view());
  const std::vector<RegressionScores> scores =
      regression_scores(tests.targets.view(), predicted.view());

  CHECK(ridge.coefficients.at(0, 0) == Approx(-0.2036866347944149).epsilon(1e-10));
  CHECK(ridge.coefficients.at(0, 2) == Approx(0.5390296282138775).epsilon(1e-10));
  CHECK(ridge.coefficients.at(1, 1) == Approx(0.10554805345951807).epsilon(1e-10));
  CHECK(ridge.intercepts[0] == Approx(-0.41531653473872776).epsilon(1e-10));
  CHECK(ridge.intercepts[1] == Approx(-0.01592814237524176).epsilon(1e-9));
  CHECK(scores[0].r2 == Approx(0.92148468).epsilon(1e-8));
  CHECK(scores[1].r2 == Approx(0.90890812).epsilon(1e-8));
}

TEST_CASE("ridge: the penalty makes more features than rows solvable") {
  const std::vector<float> features{1, 2, 3, 4, 5, 6};
  DoubleMatrix targets(2, 1);
  targets.values = {1.0, 2.0};

  const Ridge ridge = fit_ridge({features.data(), 2, 3}, targets.view(), 1e-3);

  CHECK(predict_ridge(ridge, {features.data(), 2, 3}).at(0, 0) == Approx(1.0).epsilon(1e-3));
}

TEST_CASE("ridge: a penalty that is too small for dependent features is refused") {
  const std::vector<float> features{1, 1, 2, 2, 4, 4};
  DoubleMatrix targets(3, 1);
  targets.values = {1.0, 2.0, 3.0};

  const auto error = error_of([&] { fit_ridge({features.data(), 3, 2}, targets.view(), 1e-300); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::input);
  CHECK(contains(error->what(), "cannot be solved with the penalty 1e-300; a larger one can"));
}

TEST_CASE("ridge: a constant feature and a constant target have the coefficient 0") {
  const std::vector<float> features{1, 7, 2, 7, 5, 7};
  const DoubleMatrix targets(3, 1, 4.0);

  const Ridge ridge = fit_ridge({features.data(), 3, 2}, targets.view(), 1.0);

  CHECK(ridge.coefficients.values == std::vector<double>{0.0, 0.0});
  CHECK(ridge.intercepts[0] == 4.0);
}

TEST_CASE("ridge: numbers are scored by their formulas") {
  DoubleMatrix truth(4, 1);
  truth.values = {1.0, 2.0, 3.0, 4.0};
  DoubleMatrix predicted(4, 1);
  predicted.values = {2.0, 2.0, 4.0, 4.0};

  const RegressionScores scores = regression_scores(truth.view(), predicted.view())[0];

  CHECK(scores.r2 == Approx(0.6));
  CHECK(scores.pearson == Approx(2.0 / std::sqrt(5.0)));
  CHECK(scores.rmse == Approx(std::sqrt(0.5)));
}

TEST_CASE("ridge: a constant truth has neither R2 nor correlation") {
  const DoubleMatrix truth(3, 1, 2.0);
  DoubleMatrix predicted(3, 1);
  predicted.values = {1.0, 2.0, 3.0};

  const RegressionScores constant = regression_scores(truth.view(), predicted.view())[0];

  CHECK(std::isnan(constant.r2));
  CHECK(std::isnan(constant.pearson));
  CHECK(std::isnan(regression_scores(predicted.view(), truth.view())[0].pearson));
  CHECK(regression_scores(predicted.view(), truth.view())[0].r2 == 0.0);
}

TEST_CASE("ridge: a constant whose mean is rounded is a constant still") {
  const DoubleMatrix truth(24, 1, 0.1);
  DoubleMatrix predicted(24, 1);
  for (std::size_t i = 0; i < 24; ++i) predicted.at(i, 0) = static_cast<double>(i);

  CHECK(std::isnan(regression_scores(truth.view(), predicted.view())[0].r2));
  CHECK(std::isnan(regression_scores(truth.view(), predicted.view())[0].pearson));
  CHECK(std::isnan(regression_scores(predicted.view(), truth.view())[0].pearson));
}

TEST_CASE("ridge: input that does not fit is refused") {
  const Task training = task_of(iris_training());
  const auto sentence = [](auto act) {
    const auto error = error_of(act);
    REQUIRE(error);
    return std::string(error->what());
  };
  const auto fit = [&](const DoubleMatrix& targets, double penalty) {
    return sentence([&] { fit_ridge(training.view(), targets.view(), penalty); });
  };

  CHECK(contains(fit(training.targets, 0.0),
                 "the penalty of a ridge regression must be above 0, got 0"));
  CHECK(contains(fit(DoubleMatrix(2, 1), 1.0), "the targets are 2 for 75 rows"));
  CHECK(contains(fit(DoubleMatrix(75, 1, NAN), 1.0), "value 0 of row 0 of the targets is nan"));
  CHECK(contains(sentence([] {
                   fit_ridge({nullptr, 0, 3}, DoubleMatrix(0, 1).view(), 1.0);
                 }),
                 "there are no rows to learn from"));
  const Ridge ridge = fit_ridge(training.view(), training.targets.view(), 1.0);
  CHECK(contains(sentence([&] {
                   predict_ridge(ridge, {training.features.data(), 1, 2});
                 }),
                 "the features have 2 columns, not 3"));
  const DoubleMatrix one(1, 1);
  CHECK(contains(sentence([&] { regression_scores(one.view(), DoubleMatrix(1, 2).view()); }),
                 "the predictions have 2 columns, not 1"));
  CHECK(contains(sentence([&] { regression_scores(one.view(), DoubleMatrix(2, 1).view()); }),
                 "the predictions are 2 for 1 rows"));
  CHECK(contains(sentence([&] { regression_scores(DoubleMatrix().view(), one.view()); }),
                 "there are no predictions to score"));
}
