#pragma once
/// From the tiles of a slide to its vector, with what was fitted before.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "histo/embed_job.hpp"
#include "histo/kmeans.hpp"
#include "histo/matrix.hpp"
#include "histo/preprocessing.hpp"

#include "jobs/labelled_tiles.hpp"
#include "store/fitted_file.hpp"

namespace histo {

/// "mean", "std", "max", "counts", "shares", "h2t", "panther".
std::string method_name(EmbedMethod method);
bool has_prototypes(EmbedMethod method);

struct SlidePrototypes {
  FloatTable centres;           ///< p x columns, as they are after the preprocessing
  Preprocessing preprocessing;  ///< of clusters of principal components; else none
  Metric metric = Metric::euclidean;

  /// How they came about, for people.
  std::string origin;               ///< "k-means", or the file
  std::vector<std::string> slides;  ///< that gave tiles to k-means, by name
  std::vector<std::int64_t> sizes;  ///< tiles of each, of those that they were made of
  double inertia = 0.0;
  std::size_t iterations = 0;
  bool converged = true;
};

/// All that an embedding depends on beside its tiles.
struct EmbeddingModel {
  EmbedMethod method = EmbedMethod::mean;
  PantherOptions panther;
  SlidePrototypes prototypes;
  FeatureSource source;

  /// How many numbers a vector has.
  std::size_t dim() const;
};

Fitted fitted_of(const EmbeddingModel& model);
/// Throws Error(input) naming the file and what it lacks.
EmbeddingModel read_embedding_model(const std::filesystem::path& file);

/// The vector of at least one tile. Throws Error(input) for features that are not finite and, with
/// h2t, for features of zeros.
std::vector<double> embed(const EmbeddingModel& model, const FloatMatrixView& tiles,
                          std::size_t threads);

}  // namespace histo
