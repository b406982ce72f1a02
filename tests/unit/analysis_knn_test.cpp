#include <algorithm>
#include <cmath>
#include <limits>

#include "histo/knn.hpp"

#include "support/catch.hpp"
#include "unit/analysis_iris.hpp"

using histo::Centring;
using histo::ErrorKind;
using histo::KnnClassifier;
using histo::KnnOptions;
using histo::KnnWeights;
using histo::test::Approx;
using histo::test::contains;
using histo::test::error_of;
using histo::test::iris_tests;
using histo::test::iris_training;
using histo::test::labelled_rows;
using histo::test::LabelledRows;
using histo::test::share_equal;

namespace {

double accuracy_on_iris(const KnnOptions& options) {
  const LabelledRows training = iris_training();
  const LabelledRows tests = iris_tests();
  const KnnClassifier classifier(training.view(), training.labels, 3, options);
  return share_equal(classifier.classify(tests.view()).labels, tests.labels);
}

KnnOptions with_neighbours(std::size_t neighbours) {
  KnnOptions options;
  options.neighbours = neighbours;
  return options;
}

/// Many rows from a formula, with exact repetitions and near ones.
LabelledRows many_rows(std::size_t count) {
  LabelledRows rows;
  rows.columns = 7;
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t j = 0; j < rows.columns; ++j) {
      rows.values.push_back(static_cast<float>((i % 997 * 31 + j * j * 17 + i * j) % 101) + 1.0F);
    }
    rows.labels.push_back(static_cast<std::int32_t>(i % 3));
  }
  return rows;
}

}  // namespace

TEST_CASE("knn: weighted votes have the known accuracies on Iris") {
  CHECK(accuracy_on_iris(with_neighbours(5)) == Approx(0.97333).epsilon(1e-5));
  CHECK(accuracy_on_iris(with_neighbours(10)) == Approx(0.97333).epsilon(1e-5));
  CHECK(accuracy_on_iris(with_neighbours(20)) == Approx(0.96).epsilon(1e-12));
}

TEST_CASE("knn: centred and uniform votes have the known accuracy on Iris") {
  KnnOptions options = with_neighbours(20);
  options.weights = KnnWeights::uniform;
  options.centring = Centring::mean_of_references;

  CHECK(accuracy_on_iris(options) == Approx(0.7866667).epsilon(1e-7));
}

TEST_CASE("knn: a vote is exp(cosine / T), and votes sum to 1") {
  const LabelledRows references = labelled_rows(2, {1, 0, 3, 4, 0, 2}, {0, 1, 1});
  KnnOptions options = with_neighbours(2);
  options.temperature = 0.5;
  const std::vector<float> query{5.0F, 0.0F};

  const auto result = KnnClassifier(references.view(), references.labels, 2, options)
                          .classify({query.data(), 1, 2});

  const double first = std::exp(1.0 / 0.5);
  const double second = std::exp(0.6 / 0.5);
  CHECK(result.labels[0] == 0);
  CHECK(result.votes.at(0, 0) == Approx(first / (first + second)).epsilon(1e-7));
  CHECK(result.votes.at(0, 1) == Approx(second / (first + second)).epsilon(1e-7));
}

TEST_CASE("knn: a temperature near 0 gives the nearest one all votes, not NaN") {
  const LabelledRows training = iris_training();
  KnnOptions options = with_neighbours(5);
  options.temperature = 1e-9;

  const auto result =
      KnnClassifier(training.view(), training.labels, 3, options).classify(training.view());

  for (std::size_t i = 0; i < training.labels.size(); ++i) {
    CHECK(result.votes.at(i, static_cast<std::size_t>(training.labels[i])) > 0.3);
  }
}

TEST_CASE("knn: equal votes go to the lowest class, equal distances to the lower number") {
  const LabelledRows references = labelled_rows(1, {1, 2, 3, 4}, {2, 1, 1, 0});
  const std::vector<float> query{7.0F};
  KnnOptions options = with_neighbours(4);
  options.weights = KnnWeights::uniform;
  const KnnClassifier all(references.view(), references.labels, 3, options);
  const KnnClassifier two(references.view(), references.labels, 3, with_neighbours(2));

  CHECK(all.nearest({query.data(), 1, 1}) == std::vector<std::uint32_t>{0, 1, 2, 3});
  CHECK(all.classify({query.data(), 1, 1}).labels[0] == 1);
  CHECK(two.classify({query.data(), 1, 1}).labels[0] == 1);
}

TEST_CASE("knn: fewer references than neighbours vote all") {
  const LabelledRows references = labelled_rows(2, {1, 0, 0, 1}, {0, 1});
  const KnnClassifier classifier(references.view(), references.labels, 2, with_neighbours(20));
  const std::vector<float> query{0.0F, 3.0F};

  CHECK(classifier.neighbours() == 2);
  CHECK(classifier.classify({query.data(), 1, 2}).labels[0] == 1);
}

TEST_CASE("knn: no queries give no labels") {
  const LabelledRows training = iris_training();

  const auto result =
      KnnClassifier(training.view(), training.labels, 3, {}).classify({nullptr, 0, 4});

  CHECK(result.labels.empty());
}

TEST_CASE("knn: neighbours are those of float64 cosines over all references") {
  const LabelledRows references = many_rows(9000);
  const LabelledRows queries = many_rows(20);
  const KnnClassifier classifier(references.view(), references.labels, 3, with_neighbours(9));

  const std::vector<std::uint32_t> found = classifier.nearest(queries.view());

  std::size_t different = 0;
  for (std::size_t q = 0; q < 20; ++q) {
    std::vector<std::pair<double, std::uint32_t>> all;
    for (std::uint32_t r = 0; r < 9000; ++r) {
      double product = 0.0;
      double squares = 0.0;
      for (std::size_t j = 0; j < 7; ++j) {
        const double value = references.values[r * 7 + j];
        product += value * static_cast<double>(queries.values[q * 7 + j]);
        squares += value * value;
      }
      all.emplace_back(-product / std::sqrt(squares), r);
    }
    std::sort(all.begin(), all.end());
    for (std::size_t i = 0; i < 9; ++i) {
      // Equal directions of unequal lengths may differ in the last bit.
      const double ours = all[static_cast<std::size_t>(i)].first;
      const auto is_found = std::find_if(
          all.begin(), all.end(), [&](const auto& one) { return one.second == found[q * 9 + i]; });
      if (std::abs(is_found->first - ours) > 1e-12 * std::abs(ours)) ++different;
    }
  }
  CHECK(different == 0);
}

TEST_CASE("knn: the number of threads changes no bit") {
  const LabelledRows references = many_rows(5000);
  const LabelledRows queries = many_rows(700);
  KnnOptions options;
  const auto one =
      KnnClassifier(references.view(), references.labels, 3, options).classify(queries.view());

  options.threads = 4;
  const auto four =
      KnnClassifier(references.view(), references.labels, 3, options).classify(queries.view());

  CHECK(one.labels == four.labels);
  CHECK(one.votes.values == four.votes.values);
}

TEST_CASE("knn: rows without a direction are named") {
  const LabelledRows zero = labelled_rows(2, {1, 1, 0, 0}, {0, 1});
  const LabelledRows same = labelled_rows(2, {1, 1, 1, 1}, {0, 1});
  const LabelledRows good = labelled_rows(2, {1, 1, 0, 2}, {0, 1});
  const std::vector<float> query{0.0F, 0.0F};
  KnnOptions centred;
  centred.centring = Centring::mean_of_references;

  const auto in_references = error_of([&] { KnnClassifier(zero.view(), zero.labels, 2, {}); });
  const auto after_centring =
      error_of([&] { KnnClassifier(same.view(), same.labels, 2, centred); });
  const auto in_queries = error_of([&] {
    KnnClassifier(good.view(), good.labels, 2, {}).classify({query.data(), 1, 2});
  });

  REQUIRE(in_references);
  REQUIRE(after_centring);
  REQUIRE(in_queries);
  CHECK(contains(in_references->what(), "row 1 of the references has no direction"));
  CHECK(contains(after_centring->what(), "row 0 of the references has no direction"));
  CHECK(contains(in_queries->what(), "row 0 of the queries has no direction"));
}

TEST_CASE("knn: input that does not fit is refused") {
  const LabelledRows training = iris_training();
  const auto sentence = [](auto act) {
    const auto error = error_of(act);
    REQUIRE(error);
    CHECK(error->kind() == ErrorKind::input);
    return std::string(error->what());
  };
  const std::vector<float> bad{1.0F, 2.0F, 3.0F, std::numeric_limits<float>::quiet_NaN()};

  CHECK(contains(sentence([] {
                   KnnClassifier({nullptr, 0, 4}, {}, 2, {});
                 }),
                 "there are no references to vote"));
  CHECK(contains(sentence([&] { KnnClassifier(training.view(), {0}, 3, {}); }),
                 "the labels of the references are 1 for 75 rows"));
  CHECK(contains(sentence([&] { KnnClassifier(training.view(), training.labels, 2, {}); }),
                 "the label of row 50 is 2, not one of the 2 classes"));
  CHECK(contains(sentence([&] {
                   KnnClassifier({bad.data(), 1, 4}, {0}, 1, {});
                 }),
                 "value 3 of row 0 of the references is nan"));
  const KnnClassifier classifier(training.view(), training.labels, 3, {});
  CHECK(contains(sentence([&] {
                   classifier.classify({bad.data(), 2, 2});
                 }),
                 "the queries have 2 columns, not 4"));
  CHECK(contains(sentence([&] {
                   classifier.classify({bad.data(), 1, 4});
                 }),
                 "value 3 of row 0 of the queries is nan"));
}

TEST_CASE("knn: options out of range are refused") {
  const auto sentence = [](auto change) {
    KnnOptions options;
    change(options);
    const auto error = error_of([&] { validate(options); });
    REQUIRE(error);
    CHECK(error->kind() == ErrorKind::usage);
    return std::string(error->what());
  };

  CHECK(contains(sentence([](auto& o) { o.neighbours = 0; }),
                 "neighbours must be at least 1, got 0"));
  CHECK(contains(sentence([](auto& o) { o.threads = 0; }), "threads must be at least 1, got 0"));
  CHECK(contains(sentence([](auto& o) { o.temperature = 0.0; }),
                 "the temperature must be above 0, got 0"));
}
