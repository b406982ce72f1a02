#include <cmath>
#include <numeric>

#include "histo/composition.hpp"

#include "support/catch.hpp"

using histo::cluster_shares;
using histo::ClusterCounts;
using histo::count_clusters;
using histo::DoubleMatrix;
using histo::ErrorKind;
using histo::join_keys;
using histo::KeyJoin;
using histo::LogRatio;
using histo::neighbour_counts;
using histo::replace_zeros;
using histo::small_groups;
using histo::transform_shares;
using histo::test::Approx;
using histo::test::contains;
using histo::test::error_of;

namespace {

/// Shares of a slide with 10, 6, 4 and 0 tiles.
DoubleMatrix known_shares() { return cluster_shares({1, 4, {10, 6, 4, 0}}); }

DoubleMatrix shares_of(std::size_t columns, std::vector<double> values) {
  DoubleMatrix matrix(values.size() / columns, columns);
  matrix.values = std::move(values);
  return matrix;
}

}  // namespace

TEST_CASE("composition: tiles are counted by group and cluster") {
  const ClusterCounts counts = count_clusters({0, 1, 1, 0, 1}, {2, 0, 0, 2, 1}, 3, 3);

  CHECK(counts.counts == std::vector<std::uint64_t>{0, 0, 2, 2, 1, 0, 0, 0, 0});
  CHECK(counts.tiles(1) == 3);
  CHECK(small_groups(counts, 3) == std::vector<std::size_t>{0, 2});
}

TEST_CASE("composition: zeros are replaced as scikit-bio replaces them") {
  CHECK(replace_zeros(known_shares()).values ==
        std::vector<double>{0.46875, 0.28125, 0.1875, 0.0625});
}

TEST_CASE("composition: the centred log ratios are the known ones") {
  const DoubleMatrix ratios = transform_shares(replace_zeros(known_shares()), LogRatio::centred);

  CHECK(ratios.at(0, 0) == Approx(0.8605048440456025).epsilon(1e-15));
  CHECK(ratios.at(0, 1) == Approx(0.34967922027961174).epsilon(1e-15));
  CHECK(ratios.at(0, 2) == Approx(-0.05578588782855265).epsilon(1e-14));
  CHECK(ratios.at(0, 3) == Approx(-1.1543981764966622).epsilon(1e-15));
}

TEST_CASE("composition: the additive log ratios are against the last cluster") {
  const DoubleMatrix ratios = transform_shares(replace_zeros(known_shares()), LogRatio::additive);

  REQUIRE(ratios.columns == 3);
  CHECK(ratios.at(0, 0) == Approx(std::log(7.5)));
  CHECK(ratios.at(0, 2) == Approx(std::log(3.0)));
}

TEST_CASE("composition: the isometric log ratios keep the centred ones' lengths") {
  const DoubleMatrix shares = replace_zeros(known_shares());

  const DoubleMatrix isometric = transform_shares(shares, LogRatio::isometric);
  const DoubleMatrix centred = transform_shares(shares, LogRatio::centred);

  const auto squares = [](const std::vector<double>& values) {
    return std::inner_product(values.begin(), values.end(), values.begin(), 0.0);
  };
  REQUIRE(isometric.columns == 3);
  CHECK(isometric.at(0, 0) == Approx(std::sqrt(0.5) * std::log(10.0 / 6.0)));
  CHECK(squares(isometric.values) == Approx(squares(centred.values)).epsilon(1e-14));
}

TEST_CASE("composition: percent are a hundred times the shares, zeros too") {
  CHECK(transform_shares(known_shares(), LogRatio::percent).values ==
        std::vector<double>{50.0, 30.0, 20.0, 0.0});
}

TEST_CASE("composition: tiles touch by edges and corners, each pair once") {
  // 0 1
  // 0 . 1
  const auto counts = neighbour_counts({{0, 0, 0}, {1, 0, 1}, {0, 1, 0}, {2, 1, 1}}, 2);

  CHECK(counts == std::vector<std::uint64_t>{1, 2, 2, 1});
}

TEST_CASE("composition: keys without a partner are named") {
  const KeyJoin join = join_keys({"b", "x", "a"}, {"a", "b", "c"});

  REQUIRE(join.pairs.size() == 2);
  CHECK(join.pairs[0].left == 0);
  CHECK(join.pairs[0].right == 1);
  CHECK(join.pairs[1].left == 2);
  CHECK(join.only_left == std::vector<std::string>{"x"});
  CHECK(join.only_right == std::vector<std::string>{"c"});
}

TEST_CASE("composition: input that does not fit is refused") {
  const auto sentence = [](auto act) {
    const auto error = error_of(act);
    REQUIRE(error);
    CHECK(error->kind() == ErrorKind::input);
    return std::string(error->what());
  };

  CHECK(contains(sentence([] { count_clusters({0}, {}, 1, 1); }), "the clusters are 0 for 1 rows"));
  CHECK(contains(sentence([] { count_clusters({2}, {0}, 1, 1); }), "the group of tile 0 is 2"));
  CHECK(contains(sentence([] { count_clusters({0}, {-1}, 1, 1); }), "the cluster of tile 0 is -1"));
  CHECK(contains(sentence([] { cluster_shares({2, 2, {1, 2, 0, 0}}); }), "group 1 has no tile"));
  CHECK(contains(sentence([] {
                   replace_zeros(shares_of(2, {1.5, -0.5}));
                 }),
                 "the share of cluster 1 in row 0 is -0.5, below 0"));
  CHECK(contains(sentence([] {
                   replace_zeros(shares_of(2, {0.5, 0.25}));
                 }),
                 "the shares of row 0 sum to 0.75, not to 1"));
  CHECK(contains(sentence([] { replace_zeros(shares_of(2, {NAN, 0.25})); }), "the shares is nan"));
  CHECK(contains(sentence([] { transform_shares(known_shares(), LogRatio::isometric); }),
                 "the share of cluster 3 in row 0 is 0 and has no logarithm; replace zeros first"));
  CHECK(contains(sentence([] { transform_shares(shares_of(1, {1.0}), LogRatio::centred); }),
                 "log ratios need at least 2 clusters, got 1"));
  CHECK(contains(sentence([] {
                   neighbour_counts({{0, 0, 0}, {0, 0, 0}}, 1);
                 }),
                 "two tiles lie in column 0 and row 0"));
  CHECK(contains(sentence([] { neighbour_counts({{0, 0, 4}}, 1); }), "the cluster of tile 0 is 4"));
  CHECK(contains(sentence([] { join_keys({"a", "a"}, {}); }), "the key a occurs twice"));
}
