#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "histo/cluster_store.hpp"
#include "histo/embed_job.hpp"

#include "jobs/embed_fixture.hpp"
#include "jobs/sampled_rows.hpp"

using namespace histo;
using namespace histo::test::embedding;
using histo::test::contains;
using histo::test::contents;
using histo::test::Listener;
using histo::test::never_stop;

TEST_CASE("embed job: an equal number of tiles is drawn from each slide that has so many") {
  const Cohort place;
  EmbedJobOptions options = place.prototypes(EmbedMethod::shares);
  options.prototypes.tiles = 25;  // 75 of all, 25 of each; a has 20
  Listener listener;

  run(options, listener);

  CHECK(std::find(listener.notes.begin(), listener.notes.end(),
                  "3 prototypes from 70 tiles of 3 slides") != listener.notes.end());
  const Fitted model = read_fitted(place.output() / "model.h5", "embedding");
  double drawn = 0;
  for (const double size : model.vector("sizes")) drawn += size;
  CHECK(drawn == 70);
  CHECK(model.list("slides") == std::vector<std::string>{"a", "b", "c"});
}

TEST_CASE("embed job: drawn rows are rising, none twice, and all where there are no more") {
  const std::vector<std::size_t> drawn = draw_rows(10, 1000, 90, 5, 0);

  REQUIRE(drawn.size() == 90);
  CHECK(drawn.front() >= 10);
  CHECK(drawn.back() < 1000);
  for (std::size_t i = 1; i < drawn.size(); ++i) CHECK(drawn[i - 1] < drawn[i]);
  CHECK(draw_rows(10, 1000, 90, 5, 0) == drawn);
  CHECK(draw_rows(10, 1000, 90, 6, 0) != drawn);
  CHECK(draw_rows(10, 1000, 90, 5, 1) != drawn);
  CHECK(draw_rows(3, 6, 9, 5, 1) == std::vector<std::size_t>{3, 4, 5});
  CHECK(draw_rows(3, 3, 9, 5, 1).empty());
}

TEST_CASE("embed job: every row is drawn about as often as any other") {
  std::vector<std::size_t> times(10, 0);
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    for (const std::size_t row : draw_rows(0, 10, 3, seed, 7)) ++times[row];
  }

  // 900 each is expected, with a standard deviation of 25.
  for (const std::size_t count : times) CHECK((count > 775 && count < 1025));
}

TEST_CASE("embed job: the files depend on neither threads nor memory, but on the seed") {
  const Cohort place;
  const auto files_with = [&](std::size_t threads, std::size_t memory, std::uint64_t seed) {
    EmbedJobOptions options = place.prototypes(EmbedMethod::panther);
    options.prototypes.tiles = 15;
    options.csv = true;
    options.threads = threads;
    options.memory = memory;
    options.seed = seed;
    options.overwrite = Overwrite::always;
    run(options);
    return contents(place.output());
  };
  const auto files = files_with(1, 1U << 30U, 0);

  CHECK(files_with(4, 1U << 30U, 0) == files);
  CHECK(files_with(1, 0, 0) == files);
  CHECK(files_with(1, 1U << 30U, 1) != files);
}

TEST_CASE("embed job: prototypes are of the training slides alone") {
  const Cohort place;
  EmbedJobOptions options = place.prototypes(EmbedMethod::shares);
  options.labels.table = place.write("labels.csv", "slide,part\na,train\nb,train\nc,test\n");
  options.labels.split = "part";
  run(options);
  const Fitted first = read_fitted(place.output() / "model.h5", "embedding");
  CHECK(first.list("slides") == std::vector<std::string>{"a", "b"});
  CHECK(contains(place.text("summary.json"), "each slide is taken for a patient of its own"));
  CHECK(place.result().matrix("embeddings").rows == 3);

  place.add("c", values_of(10, 777));  // what is not learnt from changes nothing
  options.overwrite = Overwrite::always;
  run(options);

  const Fitted second = read_fitted(place.output() / "model.h5", "embedding");
  CHECK(second.table("prototypes").values == first.table("prototypes").values);
}

TEST_CASE("embed job: a table of tiles says which tiles give prototypes") {
  const Cohort place;
  std::string table = "slide,x,y,who,part\n";
  for (int i = 0; i < 6; ++i) table += "a," + std::to_string(i * 64) + ",0,p,train\n";
  for (int i = 0; i < 5; ++i) table += "b," + std::to_string(i * 64) + ",0,o,test\n";
  EmbedJobOptions options = place.prototypes(EmbedMethod::shares, 2);
  options.labels.table = place.write("labels.csv", table);
  options.labels.group = "who";
  options.labels.split = "part";
  Listener listener;

  run(options, listener);

  CHECK(std::find(listener.notes.begin(), listener.notes.end(),
                  "2 prototypes from 6 tiles of 1 slide") != listener.notes.end());
  CHECK(place.text("missing.csv") == "what,key\nslide without labels,c\n");
}

TEST_CASE("embed job: a model gives a slide the vector that it had when the model was made") {
  for (const EmbedMethod method : {EmbedMethod::counts, EmbedMethod::h2t, EmbedMethod::panther}) {
    const Cohort place;
    EmbedJobOptions options = place.prototypes(method);
    options.panther = {0.5, 2.0, 3};
    run(options);
    const DoubleMatrix all = place.result().matrix("embeddings");

    EmbedJobOptions later = place.options(EmbedMethod::mean);
    later.inputs = {place.input() / "b"};
    later.apply = place.output() / "model.h5";
    later.output = place.path() / "later";
    run(later);

    const Fitted found = read_fitted(place.path() / "later/embeddings.h5", "embeddings");
    const std::vector<double> wanted(all.row(1), all.row(1) + all.columns);
    CHECK(found.matrix("embeddings").values == wanted);
    CHECK(found.list("names") == std::vector<std::string>{"b"});
    CHECK_FALSE(std::filesystem::exists(place.path() / "later/model.h5"));
  }
}

TEST_CASE("embed job: clusters of principal components count tiles, and give no mixture") {
  const Cohort place;
  Listener listener;
  ClusterJobOptions clustering;
  clustering.inputs = {place.input()};
  clustering.kmeans.clusters = {2, 3};
  clustering.pca = 1;
  clustering.silhouette_sample = 0;
  clustering.sheet_tiles = 0;
  clustering.sheet_random = 0;
  clustering.pictures.overlays = Overlays::none;
  run_cluster_job(clustering, listener, never_stop());
  EmbedJobOptions options = place.prototypes(EmbedMethod::shares);
  options.prototypes.file = place.input() / "clustering/centroids.h5";

  run(options);

  const ClusterTable table = read_cluster_table(place.input() / "a/clusters.csv");
  std::vector<double> shares(3);
  for (const std::int32_t label : table.labels[1]) shares[static_cast<std::size_t>(label)] += 1;
  for (double& share : shares) share /= 20;
  const DoubleMatrix found = place.result().matrix("embeddings");
  CHECK(std::vector<double>(found.row(0), found.row(0) + 3) == shares);

  EmbedJobOptions later = place.options(EmbedMethod::mean);
  later.apply = place.output() / "model.h5";
  later.output = place.path() / "later";
  run(later);
  CHECK(read_fitted(later.output / "embeddings.h5", "embeddings").matrix("embeddings").values ==
        found.values);

  options.overwrite = Overwrite::always;
  options.method = EmbedMethod::panther;
  CHECK(contains(message(options), "centroids.h5: is of pca=1, and --method panther needs"));
  options.method = EmbedMethod::h2t;
  CHECK(contains(message(options), "centroids.h5: is of pca=1, and --method h2t needs"));
  options.method = EmbedMethod::shares;
  options.prototypes.count.reset();
  CHECK(
      contains(message(options), "holds clusterings of 2, 3 clusters, and --num-prototypes says"));
  options.prototypes.count = 7;
  CHECK(
      contains(message(options), "holds clusterings of 2, 3 clusters, and --num-prototypes is 7"));
}

TEST_CASE("embed job: tiles that are all alike leave prototypes empty, which is said") {
  const Slides place;
  place.add("a", std::vector<float>(20, 0.5F));
  EmbedJobOptions options = place.options(EmbedMethod::panther);
  options.prototypes.count = 3;
  Listener listener;

  run(options, listener);

  CHECK(listener.warned_of("2 prototypes of 3 without a tile"));
  for (const double value : place.result().matrix("embeddings").values) {
    CHECK(std::isfinite(value));
  }
}
