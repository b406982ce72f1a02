#include <cstdint>
#include <string>
#include <vector>

#include "histo/metrics.hpp"
#include "histo/outliers.hpp"

#include "support/catch.hpp"

using histo::clusters_by_distance;
using histo::ErrorKind;
using histo::order_by_distance;
using histo::outlier_columns;
using histo::test::error_of;

TEST_CASE("outliers: the columns are HistoPrep's quantiles, means and deviations") {
  CHECK(outlier_columns({"x", "path", "background", "laplacian_std", "gray_mean", "gray_q5",
                         "mean_of", "std", "pen_ink", "a_q_b"}) ==
        std::vector<std::size_t>{3, 4, 5, 9});
}

TEST_CASE("outliers: of the metrics all but shares and our own columns are used") {
  const std::vector<std::size_t> columns = outlier_columns(histo::metric_columns());

  CHECK(columns.size() == 64);
  CHECK(columns.front() == 3);
  CHECK(columns.back() == 66);
}

TEST_CASE("outliers: a metric is divided by 255 twice") {
  CHECK(histo::outlier_value(65025.0) == 1.0);
  CHECK(histo::outlier_value(51.0) == 51.0 / 255.0 / 255.0);
}

TEST_CASE("outliers: the cluster farthest from the mean centre is 0") {
  // The mean is (1, 2), the squared distances are 2, 37, 5 and 26.
  const std::vector<float> centroids = {0, 1, 2, 8, 2, 0, 0, -1};

  CHECK(clusters_by_distance(centroids, 4) == std::vector<std::size_t>{1, 3, 2, 0});
  CHECK(order_by_distance({0, 1, 2, 3, 0}, centroids, 4) ==
        std::vector<std::int32_t>{3, 0, 2, 1, 3});
}

TEST_CASE("outliers: of equally far clusters the later comes first") {
  CHECK(clusters_by_distance({-1, 0, 1}, 3) == std::vector<std::size_t>{2, 0, 1});
}

TEST_CASE("outliers: two clusters are equally far, however their centres are rounded") {
  CHECK(clusters_by_distance({0.1F, 0.7F, 0.3F, 0.2F}, 2) == std::vector<std::size_t>{1, 0});
  CHECK(clusters_by_distance({0.3F, 0.2F, 0.1F, 0.7F}, 2) == std::vector<std::size_t>{1, 0});
  CHECK(clusters_by_distance({1e-3F, 3e7F, 7e-4F, 0.1F}, 2) == std::vector<std::size_t>{1, 0});
}

TEST_CASE("outliers: centroids that are no whole rows are an error") {
  const auto message = [](std::size_t values, std::size_t clusters) {
    const auto error =
        error_of([&] { clusters_by_distance(std::vector<float>(values, 0.0F), clusters); });
    REQUIRE(error);
    CHECK(error->kind() == ErrorKind::internal);
    return std::string(error->what());
  };

  CHECK(message(7, 2) == "7 values of centroids are no rows for 2 clusters");
  CHECK(message(0, 2) == "0 values of centroids are no rows for 2 clusters");
  CHECK(message(4, 0) == "4 values of centroids are no rows for 0 clusters");
}

TEST_CASE("outliers: a label without a cluster is an error") {
  for (const std::int32_t label : {-1, 2}) {
    const auto error = error_of([&] { order_by_distance({0, label}, {0.0F, 1.0F}, 2); });

    REQUIRE(error);
    CHECK(error->kind() == ErrorKind::internal);
    CHECK(std::string(error->what()) == "label " + std::to_string(label) + " must lie in [0, 2)");
  }
}
