#include <functional>
#include <limits>
#include <string>

#include "histo/embed_job.hpp"

#include "jobs/embed_fixture.hpp"
#include "store/embedding_file.hpp"

using namespace histo;
using namespace histo::test::embedding;
using histo::test::contains;
using histo::test::error_of;
using histo::test::Listener;
using histo::test::TempFolder;

TEST_CASE("embed job: PANTHER takes no directions for means") {
  const Cohort place;
  EmbedJobOptions options = place.options(EmbedMethod::panther);
  options.prototypes.file = place.write_clusters({0.6F, 0.8F, 1.0F, 0.0F}, 2, "cosine");

  CHECK(contains(message(options), "its centroids are directions, of the metric cosine"));
}

TEST_CASE("embed job: slides without tiles or features are named, and the others go on") {
  const Slides place;
  place.add("a", {1, 2});
  place.add("b", {});
  std::filesystem::remove(place.add("c", {1, 2}) / "features.h5");
  Listener listener;

  run(place.options(EmbedMethod::mean), listener);

  CHECK(place.text("missing.csv") == "what,key\nslide without features,c\nslide without tiles,b\n");
  CHECK(place.result().list("names") == std::vector<std::string>{"a"});
  CHECK(listener.warned_of("1 slide without tiles, and so without a vector: b"));
  CHECK(listener.warned_of("1 slide without features, and so without a vector: c"));
  CHECK(contains(place.text("summary.json"), "2 slides of the inputs without a vector"));
}

TEST_CASE("embed job: slides that the table does not know have no group, and are named") {
  const Cohort place;
  EmbedJobOptions options = place.by_patient(EmbedMethod::mean);
  options.labels.table = place.write("labels.csv", "slide,who\na,p\nc,o\nx,o\n");
  Listener listener;

  run(options, listener);

  CHECK(place.result().list("names") == std::vector<std::string>{"o", "p"});
  CHECK(place.text("rows.csv") == "name,slides,tiles\no,1,40\np,1,20\n");
  CHECK(place.text("missing.csv") ==
        "what,key\nslide without features,x\nslide without labels,b\n");
  CHECK(listener.warned_of("1 slide of the inputs not in the labels: b"));
}

TEST_CASE("embed job: numbers that are not finite are refused with the slide's name") {
  const Slides place;
  place.add("a", {1, 2});
  place.add("b", {1, std::numeric_limits<float>::quiet_NaN()});

  CHECK(contains(message(place.options(EmbedMethod::mean)), "in/b: "));
  CHECK_FALSE(std::filesystem::exists(place.output() / "summary.json"));
}

TEST_CASE("embed job: what cannot be embedded is refused in a sentence") {
  const Cohort place;
  EmbedJobOptions options = place.prototypes(EmbedMethod::shares, 91);
  CHECK(contains(message(options), "90 tiles to make 91 prototypes of are too few"));

  options = place.prototypes(EmbedMethod::shares);
  options.labels.table = place.write("labels.csv", "slide,part\na,test\n");
  options.labels.split = "part";
  CHECK(contains(message(options), "column part: none of the slides with tiles is of 'train'"));

  options = place.by_patient(EmbedMethod::shares);
  options.labels.table = place.write("labels.csv", "slide,who,part\na,o,train\nb,o,test\n");
  options.labels.split = "part";
  CHECK(contains(message(options), "o would be both learnt from and tried on"));

  options = place.by_patient(EmbedMethod::mean);
  options.labels.table = place.write("labels.csv", "slide,who\nx,o\n");
  CHECK(contains(message(options), "none of its slides is among the inputs"));

  place.add("other/a", {1, 2});
  options = place.options(EmbedMethod::mean);
  options.inputs = {place.input(), place.input() / "other"};
  CHECK(contains(message(options), "so that the result could not tell them apart"));
}

TEST_CASE("embed job: inputs without any tile are refused") {
  const Slides place;
  place.add("a", {});

  CHECK(contains(message(place.options(EmbedMethod::mean)), "no slide with features of a tile"));
}

TEST_CASE("embed job: a model is for features of the encoder that it was made of") {
  const Cohort place;
  run(place.prototypes(EmbedMethod::shares));
  const Slides other;
  other.add("a", {1, 2}, 2, "another");
  EmbedJobOptions options = other.options(EmbedMethod::mean);
  options.apply = place.output() / "model.h5";

  CHECK(contains(message(options), "model.h5: was fitted on features of mean"));
  options.apply = place.output() / "embeddings.h5";
  CHECK(contains(message(options), "holds 'embeddings', and 'embedding' is wanted"));
}

TEST_CASE("embed job: a damaged model is refused") {
  const Cohort place;
  run(place.prototypes(EmbedMethod::panther));
  const Fitted good = read_fitted(place.output() / "model.h5", "embedding");
  const auto refused = [&](const Fitted& bad) {
    write_fitted(place.path() / "bad.h5", bad);
    EmbedJobOptions options = place.options(EmbedMethod::mean);
    options.apply = place.path() / "bad.h5";
    options.overwrite = Overwrite::always;
    return message(options);
  };

  Fitted bad = good;
  bad.texts["method"] = "magic";
  CHECK(contains(refused(bad), "is of the method 'magic', which this version does not know"));
  bad = good;
  bad.texts["metric"] = "magic";
  CHECK(contains(refused(bad), "is of the metric 'magic', which this version does not know"));
  bad = good;
  bad.features["prototypes"] = {1, 1, {1.0F}};
  CHECK(contains(refused(bad), "its prototypes have 1 number, and 2 are wanted"));
  bad = good;
  bad.numbers["pca_axes"] = DoubleMatrix(1, 3);
  bad.numbers["pca_mean"] = DoubleMatrix(1, 3);
  bad.numbers["pca_variances"] = DoubleMatrix(1, 1);
  bad.numbers["pca_whiten"] = DoubleMatrix(1, 1);
  CHECK(contains(refused(bad), "its principal components are not of 2 features"));
}

TEST_CASE("embed job: results that are there are kept unless they are to be replaced") {
  const Cohort place;
  run(place.options(EmbedMethod::mean));

  CHECK(contains(message(place.options(EmbedMethod::mean)), "--overwrite replaces them"));
}

TEST_CASE("embed job: a run that is stopped leaves no summary") {
  const Cohort place;
  const std::atomic<bool> stop{true};
  for (const EmbedMethod method : {EmbedMethod::mean, EmbedMethod::panther}) {
    Listener listener;
    const AnalysisReport report = run_embed_job(place.prototypes(method), listener, stop);
    CHECK(report.interrupted);
    CHECK_FALSE(std::filesystem::exists(place.output() / "summary.json"));
  }
}

TEST_CASE("embed job: options out of range are refused by their names") {
  const Cohort place;
  const auto refused = [&](const std::function<void(EmbedJobOptions&)>& change) {
    EmbedJobOptions options = place.options(EmbedMethod::panther);
    change(options);
    const auto error = error_of([&] { validate(options); });
    REQUIRE(error);
    CHECK(error->kind() == ErrorKind::usage);
    return std::string(error->what());
  };

  CHECK(refused([](auto& options) { options.inputs.clear(); }) == "--input must name a folder");
  CHECK(refused([](auto& options) { options.output.clear(); }) == "--output must name a folder");
  CHECK(refused([](auto& options) { options.threads = 0; }) ==
        "--threads must be at least 1, got 0");
  CHECK(refused([](auto& options) { options.prototypes.count = 1; }) ==
        "--num-prototypes must be at least 2, got 1");
  CHECK(refused([](auto& options) { options.prototypes.tiles = 0; }) ==
        "--prototype-tiles must be at least 1, got 0");
  CHECK(refused([](auto& options) { options.prototypes.iterations = 0; }) ==
        "--max-iter must be at least 1, got 0");
  CHECK(refused([](auto& options) { options.prototypes.starts = 0; }) ==
        "--n-init must be at least 1, got 0");
  CHECK(refused([](auto& options) { options.panther.prior_variance = 0; }) ==
        "--eps must be above 0, got 0");
  CHECK(refused([](auto& options) { options.panther.prior_tiles = -1; }) ==
        "--tau must be above 0, got -1");
  CHECK(refused([](auto& options) { options.panther.steps = 0; }) ==
        "--steps must be at least 1, got 0");
  CHECK(contains(refused([](auto& options) { options.unit = EmbedUnit::group; }),
                 "--by group needs --labels and --group"));
  CHECK(contains(refused([](auto& options) { options.labels.split = "part"; }),
                 "--group and --split name columns of --labels"));
  CHECK(contains(refused([](auto& options) {
                   options.method = EmbedMethod::mean;
                   options.labels.table = "labels.csv";
                   options.labels.split = "part";
                 }),
                 "--split says which slides give prototypes, and none are drawn here"));
}

TEST_CASE("embed job: a file of vectors takes as many rows of a length as were announced") {
  const TempFolder place;
  EmbeddingWriter writer(place.path() / "e.h5", 1, 2, {});

  CHECK(contains(error_of([&] { writer.append("a", {1.0}); })->what(), "a row of 1 numbers"));
  CHECK(contains(error_of([&] { writer.commit(); })->what(), "has 0 of 1 rows"));
  writer.append("a", {1.0, 2.0});
  CHECK(contains(error_of([&] { writer.append("b", {1.0, 2.0}); })->what(), "for 1 rows of 2"));
}
