#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "histo/slide_embedding.hpp"

#include "support/catch.hpp"
#include "unit/analysis_refused.hpp"
#include "unit/cluster_iris.hpp"

using namespace histo;
using histo::test::Approx;
using histo::test::check_refused;

namespace {

const float float_not_a_number = std::numeric_limits<float>::quiet_NaN();

FloatMatrixView view_of(const std::vector<float>& values, std::size_t columns) {
  return {values.data(), values.size() / columns, columns};
}

std::vector<float> iris_values() {
  std::vector<float> values;
  for (const std::uint8_t value : histo::test::iris_millimetres) {
    values.push_back(static_cast<float>(value / 10.0));
  }
  return values;
}

const std::vector<float> iris_prototypes{5.006F, 3.428F, 1.462F, 0.246F, 5.9F,  2.75F,
                                         4.4F,   1.43F,  6.85F,  3.07F,  5.74F, 2.07F};

void check_close(const double* found, const std::vector<double>& wanted, double within) {
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    INFO("number " << i << ": " << found[i] << ", wanted " << wanted[i]);
    CHECK(std::abs(found[i] - wanted[i]) <= within);
  }
}

}  // namespace

TEST_CASE("analysis: mean, deviation and maximum go over the tiles") {
  const std::vector<float> tiles{1, -8, 3, -4, 5, -6};

  CHECK(mean_embedding(view_of(tiles, 2)) == std::vector<double>{3, -6});
  CHECK(maximum_embedding(view_of(tiles, 2)) == std::vector<double>{5, -4});
  CHECK(deviation_embedding(view_of(tiles, 2))[0] == Approx(std::sqrt(8.0 / 3)).epsilon(1e-14));
  CHECK(deviation_embedding(view_of({7, 9}, 2)) == std::vector<double>{0, 0});
}

TEST_CASE("analysis: sums over tiles are kept in float64") {
  const std::vector<float> tiles{1e8F, 1.0F, -1e8F, 1.0F};

  CHECK(mean_embedding(view_of(tiles, 1)) == std::vector<double>{0.5});
}

TEST_CASE("analysis: each slide counts the same for its patient") {
  const std::vector<double> slides{1, 2, 3, 6};

  CHECK(mean_of_embeddings({slides.data(), 2, 2}) == std::vector<double>{2, 4});
}

TEST_CASE("analysis: prototype counts have length 1 or add up to 1") {
  const std::vector<std::int32_t> labels{0, 0, 0, 2, 2, 2, 2};

  CHECK(prototype_counts(labels, 3, CountScale::unit_length) == std::vector<double>{0.6, 0, 0.8});
  CHECK(prototype_counts(labels, 3, CountScale::share) == std::vector<double>{3.0 / 7, 0, 4.0 / 7});
  check_refused("the labels are 0", [] { prototype_counts({}, 3, CountScale::share); });
  check_refused("the label of row 0 is 3, not one of the 3 classes",
                [] { prototype_counts({3}, 3, CountScale::share); });
}

TEST_CASE("analysis: H2T has the mean direction of each prototype's tiles") {
  const std::vector<float> tiles{2, 0, 0, 5, 3, 4};
  const std::vector<float> prototypes{10, 1, 0, 3, -1, 0};

  const std::vector<double> embedding = h2t_embedding(view_of(tiles, 2), view_of(prototypes, 2));

  // (2, 0) is the first's; (0, 5) and (3, 4) are the second's; the third has none.
  const std::vector<double> wanted{1, 0, 0.3, 0.9, 0, 0};
  REQUIRE(embedding.size() == wanted.size());
  check_close(embedding.data(), wanted, 1e-15);
}

TEST_CASE("analysis: a tile or prototype without a direction is refused") {
  const std::vector<float> some{1, 2};
  const std::vector<float> none{0, 0};
  check_refused("row 0 of the tiles has the length 0",
                [&] { h2t_embedding(view_of(none, 2), view_of(some, 2)); });
  check_refused("row 0 of the prototypes has the length 0",
                [&] { h2t_embedding(view_of(some, 2), view_of(none, 2)); });
  check_refused("the prototypes' features are 1 for 2",
                [&] { h2t_embedding(view_of(some, 2), view_of(some, 1)); });
}

TEST_CASE("analysis: no tiles and numbers that are not finite are refused") {
  const std::vector<float> bad{1, float_not_a_number};
  check_refused("the tiles are 0 of 4 features", [] { mean_embedding({nullptr, 0, 4}); });
  check_refused("of the tiles is nan", [&] { deviation_embedding(view_of(bad, 2)); });
  check_refused("of the tiles is nan", [&] { maximum_embedding(view_of(bad, 1)); });
  check_refused("the slides' embeddings are 0", [] { mean_of_embeddings({nullptr, 0, 2}); });
}

TEST_CASE("analysis: PANTHER's mixture of iris flowers is that of the oracle") {
  const std::vector<float> tiles = iris_values();
  const FloatMatrixView prototypes = view_of(iris_prototypes, 4);
  const PantherOptions options;

  const Mixture mixture = panther_mixture(view_of(tiles, 4), prototypes, options);

  check_close(mixture.shares.data(), {0.34066695, 0.36883775, 0.29049530}, 6e-8);
  check_close(mixture.means.row(0), {5.011661, 3.403375, 1.512292, 0.267585}, 6e-7);
  check_close(mixture.variances.row(0), {0.140009, 0.177851, 0.149307, 0.047986}, 6e-7);
  const DoubleMatrix q =
      panther_responsibilities(view_of(tiles, 4), panther_prior(prototypes, options));
  check_close(q.row(70), {0.000635, 0.665155, 0.334210}, 6e-7);
}

TEST_CASE("analysis: PANTHER's mixture after three steps is that of the oracle") {
  const std::vector<float> tiles = iris_values();
  PantherOptions options;
  options.steps = 3;

  const Mixture mixture = panther_mixture(view_of(tiles, 4), view_of(iris_prototypes, 4), options);

  // The oracle's rows and prototypes are float64; ours are rounded to float32, and the second
  // numbers are of those.
  check_close(mixture.shares.data(), {0.33333333, 0.38282946, 0.28383721}, 3e-8);
  check_close(mixture.shares.data(), {0.333333333223, 0.382829439828, 0.283837226948}, 1e-12);
}

TEST_CASE("analysis: PANTHER's embedding holds shares, means and variances one after the other") {
  const Mixture mixture = panther_prior(view_of(iris_prototypes, 4), {});

  const std::vector<double> embedding = mixture.embedding();

  REQUIRE(embedding.size() == 3 + 2 * 3 * 4);
  CHECK(embedding[0] == Approx(1.0 / 3).epsilon(1e-15));
  CHECK(embedding[3] == static_cast<double>(5.006F));
  CHECK(embedding[15] == 1.0);
}

TEST_CASE("analysis: a mixture far from the origin is the same, moved") {
  std::vector<float> tiles;
  std::vector<float> moved;
  for (std::size_t i = 0; i < 5000; ++i) {
    // Multiples of 1/64 below 1, exact in float32 also after the move.
    const float value = static_cast<float>((i * 37 + i / 7 * 11) % 64) / 64.0F;
    tiles.push_back(value);
    moved.push_back(value + 4096.0F);
  }
  const std::vector<float> prototypes{0.25F, 0.0F, 0.75F, 1.0F};
  const std::vector<float> moved_prototypes{4096.25F, 4096.0F, 4096.75F, 4097.0F};

  const Mixture near = panther_mixture(view_of(tiles, 2), view_of(prototypes, 2), {});
  const Mixture far = panther_mixture(view_of(moved, 2), view_of(moved_prototypes, 2), {});

  check_close(far.shares.data(), near.shares, 1e-12);
  check_close(far.variances.values.data(), near.variances.values, 1e-12);
}

TEST_CASE(
    "analysis: one tile far from all prototypes still has responsibilities that add up to 1") {
  const std::vector<float> tile{1e6F, -1e6F};
  const std::vector<float> prototypes{0, 0, 1, 1, 5, -5};

  const DoubleMatrix q =
      panther_responsibilities(view_of(tile, 2), panther_prior(view_of(prototypes, 2), {}));

  CHECK(q.at(0, 0) + q.at(0, 1) + q.at(0, 2) == Approx(1.0).epsilon(1e-15));
  CHECK(q.at(0, 2) == 1.0);
}

TEST_CASE("analysis: options and shapes that give no mixture are refused") {
  const std::vector<float> tiles{1, 2, 3, 4};
  const FloatMatrixView two = view_of(tiles, 2);
  PantherOptions options;
  options.steps = 0;
  check_refused(ErrorKind::usage, "the steps of a mixture must be at least 1",
                [&] { panther_mixture(two, two, options); });
  options = {};
  options.prior_variance = 0.0;
  check_refused(ErrorKind::usage, "the prior variance of a mixture must be a finite number above 0",
                [&] { panther_mixture(two, two, options); });
  options = {};
  options.prior_tiles = -1.0;
  check_refused(ErrorKind::usage, "the prior of a mixture is worth must be a finite number above 0",
                [&] { panther_mixture(two, two, options); });
  check_refused("the tiles have 2", [&] { panther_mixture(two, view_of(tiles, 4), {}); });
  check_refused("the prototypes are 0 of 2 features", [&] {
    panther_mixture(two, {nullptr, 0, 2}, {});
  });
  check_refused("the tiles are 0 of 2 features", [&] {
    panther_mixture({nullptr, 0, 2}, two, {});
  });
}
