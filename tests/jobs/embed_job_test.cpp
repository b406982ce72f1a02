#include "histo/embed_job.hpp"

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "histo/slide_embedding.hpp"

#include "core/csv.hpp"
#include "jobs/embed_fixture.hpp"

using namespace histo;
using namespace histo::test::embedding;
using histo::test::Approx;

TEST_CASE("embed job: each slide has a row, by name, and its numbers are float64") {
  const Slides place;
  place.add("z", {1e8F, 0, 1.0F, 0, -1e8F, 0, 1.0F, 8});
  place.add("a", {1, 2, 3, 4});

  const AnalysisReport report = run(place.options(EmbedMethod::mean));

  const Fitted result = place.result();
  CHECK(result.list("names") == std::vector<std::string>{"a", "z"});
  CHECK(result.matrix("embeddings").values == std::vector<double>{2, 3, 0.5, 2});
  CHECK(result.text("method") == "mean");
  CHECK(result.text("encoder") == "mean");
  CHECK(place.text("rows.csv") == "name,slides,tiles\na,1,2\nz,1,4\n");
  CHECK(place.text("missing.csv") == "what,key\n");
  CHECK_FALSE(std::filesystem::exists(place.output() / "model.h5"));
  CHECK(report.findings == std::vector<std::string>{"2 slides with 2 numbers each (mean)"});
}

TEST_CASE("embed job: a group is the mean of its slides, or of their tiles") {
  const Slides place;
  place.add("a", {1, 0});
  place.add("b", {2, 0, 4, 0, 6, 0});
  place.add("c", {8, 0});
  EmbedJobOptions options = place.options(EmbedMethod::mean);
  options.labels.table = place.write("labels.csv", "slide,who\na,q\nb,p\nc,p\n");
  options.labels.group = "who";
  options.unit = EmbedUnit::group;

  run(options);
  CHECK(place.result().list("names") == std::vector<std::string>{"p", "q"});
  CHECK(place.result().matrix("embeddings").values == std::vector<double>{6, 0, 1, 0});
  CHECK(place.text("rows.csv") == "name,slides,tiles\np,2,4\nq,1,1\n");

  options.fusion = Fusion::early;
  options.overwrite = Overwrite::always;
  run(options);
  CHECK(place.result().matrix("embeddings").values == std::vector<double>{5, 0, 1, 0});
}

TEST_CASE("embed job: PANTHER's vector of iris flowers is that of the oracle") {
  const Slides place;
  place.add("iris", iris_values(), 4);
  EmbedJobOptions options = place.options(EmbedMethod::panther);
  options.prototypes.file = place.write_clusters(iris_prototypes, 4);

  run(options);

  const DoubleMatrix found = place.result().matrix("embeddings");
  REQUIRE(found.columns == 3 + 2 * 3 * 4);
  const std::vector<std::pair<std::size_t, double>> wanted{
      {0, 0.34066695}, {1, 0.36883775}, {2, 0.29049530}, {3, 5.011661},  {4, 3.403375},
      {5, 1.512292},   {6, 0.267585},   {15, 0.140009},  {16, 0.177851}, {18, 0.047986}};
  for (const auto& [column, value] : wanted) {
    INFO("number " << column);
    CHECK(std::abs(found.at(0, column) - value) <= (column < 3 ? 6e-8 : 6e-7));
  }
}

TEST_CASE("embed job: each method is the library's") {
  const Slides place;
  const std::vector<float> tiles = values_of(50);
  const std::vector<float> centres{0.25F, 0.25F, 0.75F, 0.5F, 0.5F, 1.0F};
  const FloatMatrixView view{tiles.data(), 50, 2};
  place.add("s", tiles);
  const std::filesystem::path file = place.write_clusters(centres, 2);
  const auto vector_of = [&](EmbedMethod method) {
    EmbedJobOptions options = place.options(method);
    options.overwrite = Overwrite::always;
    const bool is_simple = method == EmbedMethod::deviation || method == EmbedMethod::maximum;
    if (!is_simple) options.prototypes.file = file;
    run(options);
    return place.result().matrix("embeddings").values;
  };

  CHECK(vector_of(EmbedMethod::deviation) == deviation_embedding(view));
  CHECK(vector_of(EmbedMethod::maximum) == maximum_embedding(view));
  CHECK(vector_of(EmbedMethod::h2t) == h2t_embedding(view, {centres.data(), 3, 2}));
  const std::vector<double> shares = vector_of(EmbedMethod::shares);
  CHECK(shares[0] + shares[1] + shares[2] == Approx(1.0).epsilon(1e-15));
  const std::vector<double> counts = vector_of(EmbedMethod::counts);
  CHECK(counts[0] / counts[1] == Approx(shares[0] / shares[1]).epsilon(1e-14));
  CHECK(counts[0] * counts[0] + counts[1] * counts[1] + counts[2] * counts[2] ==
        Approx(1.0).epsilon(1e-14));
}

TEST_CASE("embed job: the table of numbers is that of the HDF5 file") {
  const Cohort place;
  EmbedJobOptions options = place.options(EmbedMethod::deviation);
  options.csv = true;

  run(options);

  const CsvTable table = parse_csv(place.text("embeddings.csv"), "embeddings.csv");
  CHECK(table.header == std::vector<std::string>{"name", "e0", "e1"});
  const DoubleMatrix found = place.result().matrix("embeddings");
  REQUIRE(table.rows.size() == 3);
  CHECK(table.rows[2][0] == "c");
  CHECK(std::stod(table.rows[2][2]) == found.at(2, 1));
}
