#pragma once
/// What the tests of `embed` share: slides whose features are given.

#include <string>
#include <vector>

#include "histo/cluster_store.hpp"
#include "histo/embed_job.hpp"
#include "histo/feature_store.hpp"

#include "core/files.hpp"
#include "jobs/jobs_fixture.hpp"
#include "store/fitted_file.hpp"
#include "unit/cluster_iris.hpp"

namespace histo::test::embedding {

/// The i-th of many numbers in [0, 1) with steps of 1/64, which float32 holds.
inline float value_of(std::size_t i) {
  return static_cast<float>((i * 37 + i / 7 * 11) % 64) / 64.0F;
}

inline std::vector<float> values_of(std::size_t tiles, std::size_t first = 0) {
  std::vector<float> values;
  for (std::size_t i = 0; i < tiles * 2; ++i) values.push_back(value_of(first + i));
  return values;
}

inline const std::vector<float> iris_prototypes{5.006F, 3.428F, 1.462F, 0.246F, 5.9F,  2.75F,
                                                4.4F,   1.43F,  6.85F,  3.07F,  5.74F, 2.07F};

inline std::vector<float> iris_values() {
  std::vector<float> values;
  for (const std::uint8_t value : histo::test::iris_millimetres) {
    values.push_back(static_cast<float>(value / 10.0));
  }
  return values;
}

/// Slides whose features are given, below in/.
struct Slides : TempFolder {
  std::filesystem::path input() const { return path() / "in"; }
  std::filesystem::path output() const { return path() / "out"; }

  std::filesystem::path add(const std::string& name, const std::vector<float>& values,
                            std::size_t dim = 2, const std::string& encoder = "mean") const {
    const std::filesystem::path folder = input() / name;
    make_folders(folder);
    std::string table = "x,y,w,h,path\n";
    std::vector<Rect> rects;
    for (std::size_t i = 0; i < values.size() / dim; ++i) {
      rects.push_back({static_cast<std::int64_t>(i) * 64, 0, 64, 64});
      table += std::to_string(rects.back().x) + ",0,64,64,\n";
    }
    FeatureInfo info;
    info.encoder = encoder;
    info.tile_size = {64, 64};
    FeatureWriter writer(folder / "features.h5", dim, info);
    writer.append(values.data(), rects);
    writer.commit();
    replace_file(folder / "metadata.csv", table);
    return folder;
  }

  std::filesystem::path write(const std::string& name, const std::string& text) const {
    replace_file(path() / name, text);
    return path() / name;
  }

  /// A centroids.h5 of these slides' features, with as many clusters as there are rows.
  std::filesystem::path write_clusters(const std::vector<float>& values, std::size_t dim,
                                       const std::string& metric = "euclidean") const {
    Clustering clustering;
    clustering.dim = dim;
    clustering.rows = 10;
    clustering.metric = metric;
    clustering.preprocessing = "none";
    clustering.encoder = "mean";
    const std::size_t k = values.size() / dim;
    clustering.centroids.push_back({k, values, std::vector<std::int64_t>(k, 1), 0.0, 1, true});
    write_centroids(path() / "centroids.h5", clustering);
    return path() / "centroids.h5";
  }

  EmbedJobOptions options(EmbedMethod method) const {
    EmbedJobOptions options;
    options.inputs = {input()};
    options.output = output();
    options.method = method;
    return options;
  }

  Fitted result() const { return read_fitted(output() / "embeddings.h5", "embeddings"); }
  std::string text(const std::string& name) const { return read_text(output() / name); }
};

inline AnalysisReport run(const EmbedJobOptions& options, Listener& listener) {
  return run_embed_job(options, listener, never_stop());
}

inline AnalysisReport run(const EmbedJobOptions& options) {
  Listener listener;
  return run(options, listener);
}

inline std::string message(const EmbedJobOptions& options) {
  const auto error = error_of([&] { run(options); });
  return error ? error->what() : "no error";
}

/// Three slides of 20, 30 and 40 tiles; b and c are of one patient.
struct Cohort : Slides {
  Cohort() {
    add("a", values_of(20));
    add("b", values_of(30, 100));
    add("c", values_of(40, 200));
  }

  EmbedJobOptions prototypes(EmbedMethod method, std::size_t count = 3) const {
    EmbedJobOptions options = Slides::options(method);
    options.prototypes.count = count;
    return options;
  }

  EmbedJobOptions by_patient(EmbedMethod method) const {
    EmbedJobOptions options = Slides::options(method);
    options.labels.table = write("labels.csv", "slide,who\na,p\nb,o\nc,o\n");
    options.labels.group = "who";
    options.unit = EmbedUnit::group;
    return options;
  }
};

}  // namespace histo::test::embedding
