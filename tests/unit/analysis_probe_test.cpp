#include <algorithm>
#include <cmath>

#include "histo/classification_metrics.hpp"
#include "histo/probe.hpp"

#include "support/catch.hpp"
#include "unit/analysis_iris.hpp"

using histo::classification_scores;
using histo::ClassificationScores;
using histo::ClassWeights;
using histo::cost_grid;
using histo::DoubleMatrix;
using histo::ErrorKind;
using histo::fit_probe;
using histo::ladder_rows;
using histo::largest_classes;
using histo::Probe;
using histo::probe_probabilities;
using histo::ProbeOptions;
using histo::ProbeSearch;
using histo::search_cost;
using histo::Standardisation;
using histo::test::Approx;
using histo::test::contains;
using histo::test::error_of;
using histo::test::iris_half;
using histo::test::iris_tests;
using histo::test::iris_training;
using histo::test::labelled_rows;
using histo::test::LabelledRows;

namespace {

ProbeOptions to_the_end() {
  ProbeOptions options;
  options.tolerance = 1e-8;
  return options;
}

Probe iris_probe(const ProbeOptions& options) {
  const LabelledRows training = iris_training();
  return fit_probe(training.view(), training.labels, 3, options);
}

ClassificationScores scores_on_iris(const Probe& probe) {
  const LabelledRows tests = iris_tests();
  const DoubleMatrix probabilities = probe_probabilities(probe, tests.view());
  return classification_scores({3, tests.labels, largest_classes(probabilities), probabilities});
}

double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
  REQUIRE(a.size() == b.size());
  double most = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) most = std::max(most, std::abs(a[i] - b[i]));
  return most;
}

}  // namespace

// scikit-learn 1.9's LogisticRegression(C=0.12, solver="newton-cholesky", tol=1e-14) on these
// float32 values, by which the minimum is known to the last digits.
TEST_CASE("probe: on Iris it is scikit-learn's minimum") {
  const Probe probe = iris_probe(to_the_end());

  CHECK(probe.converged);
  CHECK(probe.message.empty());
  CHECK(probe.cost == Approx(0.12));
  CHECK(probe.objective == Approx(4.442841405856037).epsilon(1e-13));
  CHECK(largest_difference(probe.coefficients.values,
                           {-0.251104, 0.280128, -0.949543, -0.402859, 0.08735, -0.293734, 0.080851,
                            -0.15839, 0.163754, 0.013606, 0.868692, 0.561249}) < 1e-6);
  CHECK(largest_difference(probe.intercepts, {4.327581, 1.035933, -5.363514}) < 2e-6);
}

// What scikit-learn's default tolerance of 1e-4 stops at lies a little above the minimum and within
// 1e-4 of its coefficients.
TEST_CASE("probe: Iris' known figures hold to where scikit-learn had stopped") {
  const Probe probe = iris_probe(to_the_end());
  const ClassificationScores scores = scores_on_iris(probe);

  CHECK(probe.objective == Approx(4.442841403876776).epsilon(1e-8));
  CHECK(largest_difference(probe.coefficients.values,
                           {-0.251046, 0.280128, -0.949555, -0.402862, 0.087299, -0.293821,
                            0.080854, -0.158362, 0.163747, 0.013693, 0.868702, 0.561224}) < 1e-4);
  CHECK(largest_difference(probe.intercepts, {4.327286, 1.036445, -5.363731}) < 1e-3);
  CHECK(scores.log_loss == Approx(0.360558483210252).epsilon(1e-5));
}

TEST_CASE("probe: Iris' predictions have scikit-learn's figures") {
  ProbeOptions options = to_the_end();
  const ClassificationScores weak = scores_on_iris(iris_probe(options));
  options.cost = 1.0;
  const ClassificationScores strong = scores_on_iris(iris_probe(options));

  CHECK(weak.accuracy == Approx(0.96).epsilon(1e-12));
  CHECK(weak.log_loss == Approx(0.3605609391044768).epsilon(1e-8));
  CHECK(weak.auroc_ovo == Approx(0.9954666667).epsilon(1e-10));
  CHECK(weak.quadratic_kappa == Approx(0.9702970297).epsilon(1e-10));
  CHECK(weak.weighted_f1 == Approx(0.9599839936).epsilon(1e-10));
  CHECK(strong.log_loss == Approx(0.16375408285714607).epsilon(1e-7));
  // Where scikit-learn's default tolerance had stopped.
  CHECK(strong.log_loss == Approx(0.1637507255).epsilon(3e-5));
  CHECK(strong.auroc_ovo == Approx(0.9973333333).epsilon(1e-10));
  CHECK(strong.quadratic_kappa == Approx(0.9696969697).epsilon(1e-10));
}

// The same of rows of species 1 and 2 with C = 0.5.
TEST_CASE("probe: two classes have one row of coefficients, as scikit-learn's") {
  LabelledRows training = iris_half(0);
  training.values.erase(training.values.begin(), training.values.begin() + 100);
  training.labels.erase(training.labels.begin(), training.labels.begin() + 25);
  for (std::int32_t& label : training.labels) --label;
  ProbeOptions options = to_the_end();
  options.cost = 0.5;

  const Probe probe = fit_probe(training.view(), training.labels, 2, options);
  const DoubleMatrix probabilities = probe_probabilities(probe, training.view());

  CHECK(largest_difference(probe.coefficients.values,
                           {-0.08078984, -0.07319002, 1.7527278, 1.32224316}) < 1e-6);
  CHECK(largest_difference(probe.intercepts, {-10.18847994}) < 2e-6);
  CHECK(probabilities.at(0, 0) + probabilities.at(0, 1) == Approx(1.0));
}

// class_weight="balanced", C = 0.5, on 25, 25 and 10 rows.
TEST_CASE("probe: balanced classes weigh the same together") {
  LabelledRows training = iris_training();
  training.labels.resize(60);
  training.values.resize(240);
  ProbeOptions options = to_the_end();
  options.cost = 0.5;
  options.class_weights = ClassWeights::balanced;

  const Probe probe = fit_probe(training.view(), training.labels, 3, options);

  CHECK(largest_difference(
            probe.coefficients.values,
            {-0.311997, 0.52096012, -1.49696567, -0.65619135, 0.36076723, -0.38394278, -0.03268207,
             -0.42712386, -0.04877024, -0.13701734, 1.52964774, 1.08331521}) < 1e-6);
}

// The rows (x - mean) / std of NumPy, C = 0.12.
TEST_CASE("probe: standardised features are those of the training rows") {
  ProbeOptions options = to_the_end();
  options.standardisation = Standardisation::training;

  const Probe probe = iris_probe(options);

  CHECK(largest_difference(
            probe.coefficients.values,
            {-0.43389156, 0.48656813, -0.63414918, -0.6081966, 0.14171813, -0.41254472, 0.04499351,
             -0.15568423, 0.29217343, -0.07402341, 0.58915567, 0.76388083}) < 1e-6);
  CHECK(largest_difference(probe.intercepts, {-0.30526076, 0.53138579, -0.22612503}) < 1e-6);
  CHECK(scores_on_iris(probe).log_loss == Approx(0.3946669863430657).epsilon(1e-7));
}

TEST_CASE("probe: classes that a plane separates have finite coefficients") {
  const LabelledRows training = iris_half(0, 2);
  ProbeOptions options = to_the_end();
  options.cost = 0.5;

  const Probe probe = fit_probe(training.view(), training.labels, 2, options);

  CHECK(probe.converged);
  CHECK(largest_difference(probe.coefficients.values,
                           {0.37513315, -0.587779, 1.60446472, 0.68818986}) < 1e-6);
  CHECK(largest_difference(probe.intercepts, {-5.22098977}) < 1e-6);
}

TEST_CASE("probe: a constant feature has the coefficient 0") {
  const LabelledRows rows = labelled_rows(2, {1, 5, 2, 5, 3, 5, 4, 5}, {0, 1, 0, 1});
  ProbeOptions options = to_the_end();
  const Probe plain = fit_probe(rows.view(), rows.labels, 2, options);
  options.standardisation = Standardisation::training;
  const Probe standardised = fit_probe(rows.view(), rows.labels, 2, options);

  CHECK(plain.coefficients.at(0, 1) == 0.0);
  CHECK(standardised.coefficients.at(0, 1) == 0.0);
  CHECK(standardised.scale[1] == 1.0);
  CHECK(std::isfinite(probe_probabilities(standardised, rows.view()).at(0, 0)));
}

TEST_CASE("probe: rows that are all equal have the shares of their classes") {
  const LabelledRows rows = labelled_rows(1, {2, 2, 2, 2}, {0, 1, 1, 1});

  const Probe probe = fit_probe(rows.view(), rows.labels, 2, to_the_end());

  CHECK(probe_probabilities(probe, rows.view()).at(0, 1) == Approx(0.75).epsilon(1e-8));
}

TEST_CASE("probe: the number of threads changes no bit") {
  LabelledRows rows;
  rows.columns = 3;
  for (std::size_t i = 0; i < 9000; ++i) {
    for (std::size_t j = 0; j < 3; ++j) {
      rows.values.push_back(static_cast<float>((i * 37 + j * i * i + j * 11) % 103) / 50.0F);
    }
    rows.labels.push_back(static_cast<std::int32_t>((i * i + i / 7) % 4));
  }
  ProbeOptions options;
  const Probe one = fit_probe(rows.view(), rows.labels, 4, options);

  options.threads = 4;
  const Probe four = fit_probe(rows.view(), rows.labels, 4, options);

  CHECK(one.coefficients.values == four.coefficients.values);
  CHECK(one.intercepts == four.intercepts);
  CHECK(one.converged);
}

TEST_CASE("probe: one that has not settled says so") {
  ProbeOptions options = to_the_end();
  options.max_iterations = 3;

  const Probe probe = iris_probe(options);

  CHECK_FALSE(probe.converged);
  CHECK(probe.gradient > 1e-8);
  CHECK(probe.iterations < 10);
  CHECK(contains(probe.message, "the probe did not settle in "));
}

TEST_CASE("probe: huge logits give probabilities, not NaN") {
  Probe probe;
  probe.classes = 2;
  probe.coefficients = DoubleMatrix(1, 1, 1e6);
  probe.intercepts = {0.0};
  const std::vector<float> rows{-1.0F, 1.0F};

  const DoubleMatrix probabilities = probe_probabilities(probe, {rows.data(), 2, 1});

  CHECK(probabilities.values == std::vector<double>{1.0, 0.0, 0.0, 1.0});
}

TEST_CASE("probe: the grid of costs is TITAN's") {
  const std::vector<double> costs = cost_grid();

  REQUIRE(costs.size() == 45);
  CHECK(costs.front() == Approx(1e-6));
  CHECK(costs[4] == Approx(1e-5));
  CHECK(costs.back() == Approx(1e5));
}

TEST_CASE("probe: the cost with the least log loss on the validation rows is chosen") {
  const LabelledRows training = iris_training();
  const LabelledRows tests = iris_tests();

  const ProbeSearch search = search_cost(training.view(), training.labels, tests.view(),
                                         tests.labels, 3, {1000.0, 0.01, 5.0}, {});

  CHECK(search.costs == std::vector<double>{0.01, 5.0, 1000.0});
  const auto least = std::min_element(search.log_losses.begin(), search.log_losses.end());
  CHECK(search.best.cost ==
        search.costs[static_cast<std::size_t>(least - search.log_losses.begin())]);
  CHECK(scores_on_iris(search.best).log_loss == Approx(*least));
}

TEST_CASE("probe: a ladder's steps lie within each other and keep the classes' shares") {
  std::vector<std::int32_t> labels(100, 0);
  std::fill(labels.begin() + 60, labels.begin() + 98, 1);
  std::fill(labels.begin() + 98, labels.end(), 2);

  const auto steps = ladder_rows(labels, 3, {3, 10, 50, 100}, 7);

  REQUIRE(steps.size() == 4);
  for (std::size_t i = 0; i + 1 < steps.size(); ++i) {
    CHECK(
        std::includes(steps[i + 1].begin(), steps[i + 1].end(), steps[i].begin(), steps[i].end()));
  }
  CHECK(steps[0].size() == 3);
  CHECK(labels[steps[0][2]] == 2);
  const auto in_first_class = std::count_if(steps[2].begin(), steps[2].end(),
                                            [&](std::size_t row) { return labels[row] == 0; });
  CHECK(std::abs(in_first_class - 30) <= 1);
  CHECK(steps == ladder_rows(labels, 3, {3, 10, 50, 100}, 7));
  CHECK(steps != ladder_rows(labels, 3, {3, 10, 50, 100}, 8));
}

TEST_CASE("probe: input that does not fit is refused") {
  const LabelledRows training = iris_training();
  const auto sentence = [](auto act) {
    const auto error = error_of(act);
    REQUIRE(error);
    return std::string(error->what());
  };
  const auto fit = [&](const std::vector<std::int32_t>& labels, std::size_t classes) {
    return sentence([&] { fit_probe(training.view(), labels, classes, {}); });
  };
  const std::vector<float> bad{1.0F, INFINITY};

  CHECK(contains(fit({0}, 3), "the labels are 1 for 75 rows"));
  CHECK(contains(fit(std::vector<std::int32_t>(75, 0), 1), "at least 2 classes, got 1"));
  CHECK(contains(fit(std::vector<std::int32_t>(75, 0), 2), "class 1 has no row to learn from"));
  CHECK(contains(fit(training.labels, 2), "the label of row 50 is 2"));
  CHECK(contains(sentence([&] {
                   fit_probe({bad.data(), 2, 1}, {0, 1}, 2, {});
                 }),
                 "value 0 of row 1 of the features is inf"));
  const Probe probe = iris_probe({});
  CHECK(contains(sentence([&] {
                   probe_probabilities(probe, {bad.data(), 1, 2});
                 }),
                 "the features have 2 columns, not 4"));
  CHECK(contains(sentence([&] {
                   search_cost(training.view(), training.labels, {nullptr, 0, 4}, {}, 3, {1.0}, {});
                 }),
                 "there are no rows to validate on"));
  CHECK(contains(sentence([&] {
                   search_cost(training.view(), training.labels, training.view(), training.labels,
                               3, {}, {});
                 }),
                 "no costs are given to choose from"));
  CHECK(contains(sentence([] { ladder_rows({0, 0}, 2, {2}, 0); }), "class 1 has no row"));
  CHECK(contains(sentence([] {
                   ladder_rows({0, 1}, 2, {1}, 0);
                 }),
                 "between the 2 classes and the 2 rows, got 1"));
  CHECK(contains(sentence([] { ladder_rows({0, 1}, 2, {3}, 0); }), "got 3"));
  CHECK(contains(sentence([] { cost_grid(1); }), "a grid of costs has at least 2 values, got 1"));
}

TEST_CASE("probe: options out of range are refused") {
  const auto sentence = [](auto change) {
    ProbeOptions options;
    change(options);
    const auto error = error_of([&] { validate(options); });
    REQUIRE(error);
    CHECK(error->kind() == ErrorKind::usage);
    return std::string(error->what());
  };

  CHECK(contains(sentence([](auto& o) { o.cost = 0.0; }), "the cost C of a probe must be above 0"));
  CHECK(contains(sentence([](auto& o) { o.max_iterations = 0; }), "iterations must be at least 1"));
  CHECK(contains(sentence([](auto& o) { o.threads = 0; }), "threads must be at least 1, got 0"));
  CHECK(contains(sentence([](auto& o) { o.tolerance = 0.0; }),
                 "tolerance must be at least 1e-08, got 0"));
}
