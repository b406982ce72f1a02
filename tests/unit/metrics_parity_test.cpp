// Hidden: tests/parity/outliers.py writes the case and runs it.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "histo/kmeans.hpp"
#include "histo/outliers.hpp"

#include "support/catch.hpp"

namespace {

class Rows : public histo::RowSource {
 public:
  Rows(std::vector<float> values, std::size_t dim) : values_(std::move(values)), dim_(dim) {}

  std::size_t rows() const override { return values_.size() / dim_; }
  std::size_t dim() const override { return dim_; }
  void read(std::size_t first, std::size_t count, float* out) const override {
    std::copy_n(values_.data() + first * dim_, count * dim_, out);
  }

 private:
  std::vector<float> values_;
  std::size_t dim_;
};

template <class Value>
std::vector<Value> read_values(std::ifstream& file, std::size_t count) {
  std::vector<Value> values(count);
  file.read(reinterpret_cast<char*>(values.data()),
            static_cast<std::streamsize>(count * sizeof(Value)));
  REQUIRE(file);
  return values;
}

std::size_t differences(const std::vector<std::int32_t>& a, const std::vector<std::int32_t>& b) {
  REQUIRE(a.size() == b.size());
  std::size_t found = 0;
  for (std::size_t i = 0; i < a.size(); ++i) found += a[i] != b[i] ? 1U : 0U;
  return found;
}

}  // namespace

TEST_CASE("outliers: of one start the clusters are scikit-learn's, in HistoPrep's order",
          "[.][parity]") {
  const char* path = std::getenv("HISTO_OUTLIER_CASE");
  REQUIRE(path != nullptr);
  std::ifstream file(path, std::ios::binary);
  const std::vector<std::int64_t> sizes = read_values<std::int64_t>(file, 3);
  const auto rows = static_cast<std::size_t>(sizes[0]);
  const auto dim = static_cast<std::size_t>(sizes[1]);
  const auto clusters = static_cast<std::size_t>(sizes[2]);
  const std::vector<double> metrics = read_values<double>(file, rows * dim);
  const std::vector<double> start = read_values<double>(file, clusters * dim);
  const std::vector<std::int32_t> labels = read_values<std::int32_t>(file, rows);
  const std::vector<std::int32_t> ordered = read_values<std::int32_t>(file, rows);
  const auto scaled = [](const std::vector<double>& values) {
    std::vector<float> result;
    for (const double value : values) {
      result.push_back(static_cast<float>(histo::outlier_value(value)));
    }
    return result;
  };

  const Rows source(scaled(metrics), dim);
  const histo::KMeans found = histo::lloyd(source, clusters, scaled(start), histo::KMeansOptions{});
  const std::vector<std::int32_t> assigned =
      histo::labels_of(source, found, histo::Metric::euclidean, 1);

  CHECK(differences(assigned, labels) == 0);
  CHECK(differences(histo::order_by_distance(assigned, found.centroids, clusters), ordered) == 0);
}
