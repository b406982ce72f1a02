#include <cstring>

#include "histo/kmeans.hpp"

#include "support/catch.hpp"

using namespace histo;

namespace {

/// Points on a line, one value a row.
class Line : public RowSource {
 public:
  explicit Line(std::vector<float> values) : values_(std::move(values)) {}

  std::size_t rows() const override { return values_.size(); }
  std::size_t dim() const override { return 1; }
  void read(std::size_t first, std::size_t count, float* out) const override {
    std::memcpy(out, values_.data() + first, count * sizeof(float));
  }

 private:
  std::vector<float> values_;
};

KMeans two_clusters(std::vector<std::int32_t> labels) {
  KMeans clusters;
  clusters.k = 2;
  clusters.dim = 1;
  clusters.centroids = {0.0F, 10.0F};
  clusters.labels = std::move(labels);
  return clusters;
}

}  // namespace

TEST_CASE("representatives: each cluster's rows come nearest first, no more than asked for") {
  const Line line({3, 11, 1, -2, 14, 10});

  const auto rows = nearest_rows(line, two_clusters({0, 1, 0, 0, 1, 1}), 2, 1);

  CHECK(rows == std::vector<std::vector<std::size_t>>{{2, 3}, {5, 1}});
}

TEST_CASE("representatives: equally near rows come by their number, for any number of threads") {
  std::vector<float> values(5000, 1.0F);
  values[4321] = 0.5F;
  const Line line(values);
  const KMeans clusters = two_clusters(std::vector<std::int32_t>(5000, 0));

  const auto rows = nearest_rows(line, clusters, 3, 1);

  CHECK(rows == std::vector<std::vector<std::size_t>>{{4321, 0, 1}, {}});
  CHECK(nearest_rows(line, clusters, 3, 8) == rows);
}
