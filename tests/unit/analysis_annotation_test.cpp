#include <cmath>

#include "histo/annotation.hpp"

#include "support/catch.hpp"

using histo::cluster_purities;
using histo::ClusterPurity;
using histo::count_labels;
using histo::coverage;
using histo::dominant_labels;
using histo::ErrorKind;
using histo::label_coverage;
using histo::LabelCounts;
using histo::no_label;
using histo::partition_agreement;
using histo::PartitionAgreement;
using histo::patient_diversity;
using histo::propagate_labels;
using histo::purity_curve;
using histo::total_purity;
using histo::test::Approx;
using histo::test::contains;
using histo::test::error_of;

namespace {

LabelCounts counts_of(std::size_t clusters, std::size_t labels,
                      const std::vector<std::uint64_t>& counts) {
  LabelCounts result{clusters, labels, counts, std::vector<std::uint64_t>(clusters)};
  for (std::size_t i = 0; i < counts.size(); ++i) result.tiles[i / labels] += counts[i];
  return result;
}

/// K-means with three clusters against the three species.
LabelCounts iris_counts() { return counts_of(3, 3, {50, 0, 0, 0, 48, 14, 0, 2, 36}); }

}  // namespace

TEST_CASE("annotation: the purities of Iris' clusters are the known ones") {
  const std::vector<ClusterPurity> purities = cluster_purities(iris_counts());

  REQUIRE(purities.size() == 3);
  CHECK(purities[0].purity == 1.0);
  CHECK(purities[1].purity == Approx(0.7741935483870968).epsilon(1e-15));
  CHECK(purities[2].purity == Approx(0.9473684210526315).epsilon(1e-15));
  CHECK(purities[1].label == 1);
  CHECK(purities[2].tiles == 38);
  CHECK(total_purity(iris_counts()) == Approx(0.8933333).epsilon(1e-7));
}

// adjusted_rand_score, normalized_mutual_info_score, adjusted_mutual_info_score and
// homogeneity_completeness_v_measure of scikit-learn 1.9.
TEST_CASE("annotation: the agreement of Iris' clusters and species is scikit-learn's") {
  const PartitionAgreement agreement = partition_agreement(iris_counts());

  CHECK(agreement.adjusted_rand == Approx(0.7302382722834697).epsilon(1e-14));
  CHECK(agreement.normalised_mutual_information == Approx(0.7581756800057785).epsilon(1e-14));
  CHECK(agreement.adjusted_mutual_information == Approx(0.7551191675800486).epsilon(1e-13));
  CHECK(agreement.homogeneity == Approx(0.7514854021988339).epsilon(1e-14));
  CHECK(agreement.completeness == Approx(0.7649861514489816).epsilon(1e-14));
  CHECK(agreement.v_measure == Approx(0.7581756800057786).epsilon(1e-14));
}

TEST_CASE("annotation: partitions that are equal, or chance, have their limits") {
  const PartitionAgreement equal = partition_agreement(counts_of(2, 2, {0, 5, 7, 0}));
  const PartitionAgreement chance = partition_agreement(counts_of(2, 2, {5, 5, 5, 5}));
  const PartitionAgreement together = partition_agreement(counts_of(1, 1, {9}));
  const PartitionAgreement alone = partition_agreement(counts_of(2, 2, {1, 0, 0, 1}));

  CHECK(equal.adjusted_mutual_information == Approx(1.0));
  CHECK(equal.v_measure == Approx(1.0));
  CHECK(chance.homogeneity == 0.0);
  CHECK(chance.v_measure == 0.0);
  CHECK(chance.adjusted_mutual_information < 0.0);
  CHECK(together.adjusted_mutual_information == 1.0);
  CHECK(together.homogeneity == 1.0);
  CHECK(alone.adjusted_mutual_information == 1.0);
}

TEST_CASE("annotation: the curve goes from the purest cluster down") {
  const auto curve = purity_curve(iris_counts());

  REQUIRE(curve.size() == 3);
  CHECK(curve[0].cluster.cluster == 0);
  CHECK(curve[0].share == Approx(50.0 / 150.0));
  CHECK(curve[1].cluster.cluster == 2);
  CHECK(curve[1].share == Approx(88.0 / 150.0));
  CHECK(curve[2].share == 1.0);
}

TEST_CASE("annotation: coverage counts the tiles of clusters that are pure enough") {
  CHECK(coverage(iris_counts()) == Approx(88.0 / 150.0));
  CHECK(coverage(iris_counts(), 0.0) == 1.0);
  CHECK(coverage(iris_counts(), 1.0) == Approx(50.0 / 150.0));
}

TEST_CASE("annotation: a label's coverage is of the tiles that carry it") {
  const auto at_ninety = label_coverage(iris_counts());
  const auto of_all = label_coverage(iris_counts(), 0.0);

  CHECK(at_ninety[1].coverage == 0.0);
  CHECK(std::isnan(at_ninety[1].precision));
  CHECK(at_ninety[2].coverage == Approx(36.0 / 50.0));
  CHECK(at_ninety[2].precision == Approx(36.0 / 38.0));
  CHECK(of_all[1].coverage == Approx(48.0 / 50.0));
  CHECK(of_all[1].precision == Approx(48.0 / 62.0));
  CHECK(std::isnan(label_coverage(counts_of(1, 2, {3, 0}))[1].coverage));
}

TEST_CASE("annotation: a label dominates from p + (1 - p) / 2 on") {
  // A third of all tiles each, so that the bound is 2/3: 9 of 12 reach it, 7 of 12 do not.
  const LabelCounts counts = counts_of(3, 3, {9, 3, 0, 0, 7, 5, 3, 2, 7});

  CHECK(dominant_labels(counts) == std::vector<std::int32_t>{0, no_label, no_label});
  CHECK(dominant_labels(iris_counts()) == std::vector<std::int32_t>{0, 1, 2});
}

TEST_CASE("annotation: tiles take the label of their cluster and its purity") {
  const std::vector<ClusterPurity> purities = cluster_purities(iris_counts());

  const auto all = propagate_labels({2, 1}, purities);
  const auto pure = propagate_labels({2, 1}, purities, 0.9);

  CHECK(all[0].label == 2);
  CHECK(all[1].label == 1);
  CHECK(all[1].confidence == Approx(48.0 / 62.0));
  CHECK(pure[0].label == 2);
  CHECK(pure[1].label == no_label);
  CHECK(std::isnan(pure[1].confidence));
}

TEST_CASE("annotation: tiles without a label count for coverage alone") {
  const LabelCounts counts =
      count_labels({0, 0, 0, 1, 1, 2}, {1, no_label, 1, 0, 1, no_label}, 3, 2);

  const std::vector<ClusterPurity> purities = cluster_purities(counts);

  CHECK(purities[0].purity == 1.0);
  CHECK(purities[0].tiles == 3);
  CHECK(purities[0].labelled == 2);
  CHECK(purities[1].label == 0);
  CHECK(purities[1].purity == 0.5);
  CHECK(purities[2].label == no_label);
  CHECK(std::isnan(purities[2].purity));
  CHECK(coverage(counts) == 0.5);
  CHECK(purity_curve(counts).back().share == Approx(5.0 / 6.0));
  CHECK(dominant_labels(counts)[2] == no_label);
  CHECK(propagate_labels({2}, purities)[0].label == no_label);
}

TEST_CASE("annotation: a cluster of few patients shows") {
  const auto diversity = patient_diversity({0, 0, 0, 0, 1, 1}, {0, 1, 2, 3, 2, 2}, 3, 4);

  CHECK(diversity[0].patients == 4);
  CHECK(diversity[0].patient_share == 1.0);
  CHECK(diversity[0].largest_share == 0.25);
  CHECK(diversity[1].patients == 1);
  CHECK(diversity[1].patient_share == 0.25);
  CHECK(diversity[1].largest_share == 1.0);
  CHECK(diversity[2].patients == 0);
  CHECK(std::isnan(diversity[2].largest_share));
}

TEST_CASE("annotation: input that does not fit is refused") {
  const auto sentence = [](auto act) {
    const auto error = error_of(act);
    REQUIRE(error);
    return std::string(error->what());
  };
  const LabelCounts nothing = counts_of(1, 2, {0, 0});

  CHECK(contains(sentence([] { count_labels({0}, {}, 1, 1); }), "the labels are 0 for 1 rows"));
  CHECK(contains(sentence([] { count_labels({3}, {0}, 3, 1); }),
                 "the cluster of tile 0 is 3, not one of the 3"));
  CHECK(contains(sentence([] { count_labels({0}, {-2}, 3, 1); }),
                 "the label of tile 0 is -2, not one of the 1"));
  CHECK(contains(sentence([] { patient_diversity({0}, {}, 1, 1); }), "the patients are 0"));
  CHECK(contains(sentence([] { propagate_labels({1}, {ClusterPurity()}); }),
                 "the cluster of tile 0 is 1, not one of the 1"));
  CHECK(contains(sentence([] { coverage(iris_counts(), 90.0); }),
                 "a purity must lie in [0, 1], got 90"));
  CHECK(
      contains(sentence([&] { total_purity(nothing); }), "no tile has a label, so that no purity"));
  CHECK(contains(sentence([&] { partition_agreement(nothing); }),
                 "no tile has a label, so that clusters and labels cannot agree"));
}
