#pragma once
/// Features of tiles to one vector a slide or patient, without labels.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "histo/job.hpp"
#include "histo/labels.hpp"
#include "histo/observer.hpp"
#include "histo/slide_embedding.hpp"

namespace histo {

/// histo/slide_embedding.hpp has their formulas.
enum class EmbedMethod {
  mean,
  deviation,
  maximum,
  counts,   ///< tiles nearest to each prototype, scaled to length 1
  shares,   ///< the same, scaled to add up to 1
  h2t,      ///< the mean direction of each prototype's tiles
  panther,  ///< a mixture of normal distributions that begins at the prototypes
};

enum class EmbedUnit { slide, group };

/// How a group's slides become one vector.
enum class Fusion {
  late,   ///< the mean of the slides' vectors, each slide counting the same
  early,  ///< the vector of their tiles together
};

/// Where the methods from `counts` on have their prototypes from: k-means on tiles drawn with the
/// seed, an equal number from each slide as far as it has so many.
struct PrototypeOptions {
  /// At least 2. Unset: 16, or as many as a file with one clustering holds.
  std::optional<std::size_t> count;

  /// A centroids.h5, in place of k-means. `h2t` and `panther` take no centroids of principal
  /// components, `panther` none of the cosine metric.
  std::filesystem::path file;

  std::size_t tiles = 100000;   ///< the most that are drawn for each prototype, at least 1
  std::size_t iterations = 50;  ///< over all that were drawn, at the most
  std::size_t starts = 5;
};

struct EmbedJobOptions {
  std::vector<std::filesystem::path> inputs;  ///< folders that hold slide folders
  std::filesystem::path output;

  EmbedMethod method = EmbedMethod::mean;
  PrototypeOptions prototypes;
  PantherOptions panther;

  /// A model.h5 of an earlier run: its method, prototypes and numbers hold in place of these.
  std::filesystem::path apply;

  EmbedUnit unit = EmbedUnit::slide;
  Fusion fusion = Fusion::late;

  /// Of which `group` says what a group is, and `split` which slides give prototypes: those of
  /// "train". `column` and `classes` mean nothing here, and all lines of a slide say the same.
  LabelOptions labels;

  bool csv = false;  ///< embeddings.csv too
  std::uint64_t seed = 0;
  std::size_t threads = 1;  ///< at least 1; results do not depend on it

  /// Bytes that the drawn tiles may take; where they do not fit they are read in every pass.
  /// Results do not depend on it.
  std::size_t memory = std::size_t{2} << 30U;

  Overwrite overwrite = Overwrite::never;
  RunInfo info;
};

/// Throws Error(usage) naming the option and the value.
void validate(const EmbedJobOptions& options);

/// Holds the features of one slide (of one group with early fusion) at a time. Slides without tiles
/// or features, and those that the table does not know where it must, are in missing.csv and not in
/// the result. Throws Error(input) where two slides have one name, none is left, a feature is not
/// finite, or a group is in two parts of the split.
AnalysisReport run_embed_job(const EmbedJobOptions& options, Observer& observer,
                             const std::atomic<bool>& stop);

}  // namespace histo
