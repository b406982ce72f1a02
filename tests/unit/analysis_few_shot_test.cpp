#include <cmath>
#include <set>

#include "histo/few_shot.hpp"

#include "support/catch.hpp"
#include "unit/analysis_iris.hpp"

using histo::DoubleMatrix;
using histo::episode_rows;
using histo::EpisodeOptions;
using histo::ErrorKind;
using histo::fit_prototypes;
using histo::nearest_classes;
using histo::prototype_distances;
using histo::Prototypes;
using histo::run_episodes;
using histo::ShotScores;
using histo::slide_vote;
using histo::test::Approx;
using histo::test::contains;
using histo::test::error_of;
using histo::test::iris_tests;
using histo::test::iris_training;
using histo::test::labelled_rows;
using histo::test::LabelledRows;
using histo::test::share_equal;

namespace {

std::vector<ShotScores> iris_episodes(const EpisodeOptions& options) {
  const LabelledRows training = iris_training();
  const LabelledRows tests = iris_tests();
  return run_episodes(training.view(), training.labels, tests.view(), tests.labels, 3, options);
}

EpisodeOptions few_episodes(std::vector<std::size_t> shots) {
  EpisodeOptions options;
  options.shots = std::move(shots);
  options.episodes = 50;
  return options;
}

}  // namespace

TEST_CASE("few-shot: Iris' prototypes, distances and accuracy are the known ones") {
  const LabelledRows training = iris_training();
  const LabelledRows tests = iris_tests();

  const Prototypes prototypes = fit_prototypes(training.view(), training.labels, 3);
  const DoubleMatrix distances = prototype_distances(prototypes, tests.view());

  CHECK(prototypes.centres.at(0, 0) == Approx(-0.295494).epsilon(2e-6));
  CHECK(prototypes.centres.at(0, 1) == Approx(0.155853).epsilon(4e-6));
  CHECK(prototypes.centres.at(0, 2) == Approx(-0.850346).epsilon(1e-6));
  CHECK(prototypes.centres.at(0, 3) == Approx(-0.364657).epsilon(2e-6));
  CHECK(distances.at(0, 0) == Approx(0.185513).epsilon(3e-6));
  CHECK(distances.at(0, 1) == Approx(1.569973).epsilon(1e-6));
  CHECK(distances.at(0, 2) == Approx(1.94418).epsilon(1e-6));
  CHECK(share_equal(nearest_classes(distances), tests.labels) == Approx(0.7866667).epsilon(1e-7));
}

TEST_CASE("few-shot: a row equal to the mean has the length of each prototype as distance") {
  const LabelledRows rows = labelled_rows(1, {1, 3}, {0, 1});
  const std::vector<float> middle{2.0F};

  const DoubleMatrix distances =
      prototype_distances(fit_prototypes(rows.view(), rows.labels, 2), {middle.data(), 1, 1});

  CHECK(distances.at(0, 0) == 1.0);
  CHECK(distances.at(0, 1) == 1.0);
  CHECK(nearest_classes(distances)[0] == 0);
}

TEST_CASE("few-shot: a slide goes to the class whose nearest tiles are nearest") {
  DoubleMatrix distances(3, 2);
  distances.values = {1.0, 2.0, 5.0, 2.0, 5.0, 2.0};

  const auto by_one = slide_vote(distances, 1);
  const auto by_all = slide_vote(distances);

  CHECK(by_one.label == 0);
  CHECK(by_one.distances == std::vector<double>{1.0, 4.0});
  CHECK(by_all.label == 1);
  CHECK(by_all.distances == std::vector<double>{17.0, 4.0});
}

TEST_CASE("few-shot: all supports in one episode are all supports") {
  const std::vector<ShotScores> scores = iris_episodes(few_episodes({25}));

  REQUIRE(scores.size() == 1);
  CHECK(scores[0].accuracies.size() == 50);
  CHECK(scores[0].mean_accuracy == Approx(0.7866667).epsilon(1e-7));
  CHECK(scores[0].accuracy_deviation == Approx(0.0).margin(1e-12));
  CHECK(scores[0].mean_balanced_accuracy == Approx(0.7866667).epsilon(1e-7));
}

TEST_CASE("few-shot: an episode draws as many distinct rows of each class, by its seed") {
  const LabelledRows training = iris_training();

  const auto rows = episode_rows(training.labels, 3, 8, 5, 3);

  REQUIRE(rows.size() == 24);
  CHECK(std::set<std::size_t>(rows.begin(), rows.end()).size() == 24);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CHECK(training.labels[rows[i]] == static_cast<std::int32_t>(i / 8));
  }
  CHECK(rows == episode_rows(training.labels, 3, 8, 5, 3));
  CHECK(rows != episode_rows(training.labels, 3, 8, 5, 4));
  CHECK(rows != episode_rows(training.labels, 3, 8, 6, 3));
}

TEST_CASE("few-shot: each row is as likely to be drawn") {
  const std::vector<std::int32_t> labels(10, 0);
  std::vector<int> times(10);

  for (std::size_t episode = 0; episode < 5000; ++episode) {
    for (const std::size_t row : episode_rows(labels, 1, 3, 1, episode)) ++times[row];
  }

  // 1500 expected, standard deviation 32.
  for (const int count : times) CHECK(std::abs(count - 1500) < 160);
}

TEST_CASE("few-shot: the number of threads changes no bit") {
  EpisodeOptions options = few_episodes({1, 4});
  const std::vector<ShotScores> one = iris_episodes(options);

  options.threads = 3;
  const std::vector<ShotScores> three = iris_episodes(options);

  CHECK(one[0].accuracies == three[0].accuracies);
  CHECK(one[1].balanced_accuracies == three[1].balanced_accuracies);
  CHECK(one[0].accuracy_deviation > 0.0);
}

TEST_CASE("few-shot: more shots than a class has rows is said, and the others go on") {
  const std::vector<ShotScores> scores = iris_episodes(few_episodes({26, 2}));

  CHECK(contains(scores[0].message, "class 0 has 25 rows, fewer than 26"));
  CHECK(std::isnan(scores[0].mean_accuracy));
  CHECK(scores[0].accuracies.empty());
  CHECK(scores[1].message.empty());
  CHECK(scores[1].mean_accuracy > 0.5);
}

TEST_CASE("few-shot: episodes whose examples are all equal are counted and left out") {
  // One of class 0's two rows is class 1's: half of the episodes have two equal examples.
  const LabelledRows support = labelled_rows(1, {1, 5, 5, 5}, {0, 0, 1, 1});
  EpisodeOptions options = few_episodes({1});

  const std::vector<ShotScores> scores =
      run_episodes(support.view(), support.labels, support.view(), support.labels, 2, options);

  CHECK(contains(scores[0].message, " episodes the examples were all equal"));
  CHECK(scores[0].mean_accuracy == Approx(0.75));
}

TEST_CASE("few-shot: input that does not fit is refused") {
  const LabelledRows training = iris_training();
  const LabelledRows equal = labelled_rows(2, {1, 2, 1, 2}, {0, 1});
  const auto sentence = [](auto act) {
    const auto error = error_of(act);
    REQUIRE(error);
    return std::string(error->what());
  };
  const std::vector<float> bad{NAN, 1.0F};

  CHECK(contains(sentence([&] { fit_prototypes(training.view(), {0}, 3); }),
                 "the labels of the support are 1 for 75 rows"));
  CHECK(contains(sentence([&] { fit_prototypes(training.view(), training.labels, 4); }),
                 "class 3 has no row to learn from"));
  CHECK(contains(sentence([&] {
                   fit_prototypes({bad.data(), 2, 1}, {0, 1}, 2);
                 }),
                 "value 0 of row 0 of the support is nan"));
  CHECK(contains(sentence([&] { fit_prototypes(equal.view(), equal.labels, 2); }),
                 "the rows of the support are all equal"));
  const Prototypes prototypes = fit_prototypes(training.view(), training.labels, 3);
  CHECK(contains(sentence([&] {
                   prototype_distances(prototypes, {bad.data(), 1, 2});
                 }),
                 "the queries have 2 columns, not 4"));
  CHECK(contains(sentence([] { slide_vote(DoubleMatrix(), 5); }), "the slide has no tile to vote"));
  CHECK(contains(sentence([] { slide_vote(DoubleMatrix(1, 2), 0); }),
                 "the number of tiles that vote must be at least 1, got 0"));
  CHECK(contains(sentence([] {
                   episode_rows({0, 1}, 2, 2, 0, 0);
                 }),
                 "class 0 has 1 rows, fewer than 2"));
  CHECK(contains(sentence([&] {
                   run_episodes(training.view(), training.labels, {nullptr, 0, 4}, {}, 3, {});
                 }),
                 "there are no test rows"));
}

TEST_CASE("few-shot: options out of range are refused") {
  const auto sentence = [](auto change) {
    EpisodeOptions options;
    change(options);
    const auto error = error_of([&] { validate(options); });
    REQUIRE(error);
    CHECK(error->kind() == ErrorKind::usage);
    return std::string(error->what());
  };

  CHECK(contains(sentence([](auto& o) { o.shots.clear(); }), "no numbers of shots are given"));
  CHECK(contains(sentence([](auto& o) { o.shots = {4, 0}; }), "shots must be at least 1, got 0"));
  CHECK(contains(sentence([](auto& o) { o.episodes = 0; }), "episodes must be at least 1, got 0"));
  CHECK(contains(sentence([](auto& o) { o.threads = 0; }), "threads must be at least 1, got 0"));
}
