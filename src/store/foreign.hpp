#pragma once
/// One slide's features in files of other tools: what all formats have in common.

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

#include "histo/feature_store.hpp"
#include "histo/geometry.hpp"

namespace histo {

/// A file of another tool, open for reading.
struct ForeignFeatures {
  std::size_t rows = 0;
  std::size_t dim = 0;
  FeatureInfo info;  ///< what the file says; what it does not say is empty or unset
  /// The tiles' places, `rows` of them; unset where the file has none. Where it does not say how
  /// large the tiles are, their sizes are 0.
  std::optional<std::vector<Rect>> places;
  /// Reads the next `count` rows, from the first one on, to count x dim float32. Throws
  /// Error(input) naming the file.
  std::function<void(std::size_t count, float* out)> read;
};

/// A file for another tool, written block by block beside its target and renamed by `commit`. One
/// that is destroyed before that leaves nothing. Throws Error(output), and Error(input) for values
/// that the format cannot hold.
class ForeignWriter {
 public:
  ForeignWriter() = default;
  ForeignWriter(const ForeignWriter&) = delete;
  ForeignWriter& operator=(const ForeignWriter&) = delete;
  virtual ~ForeignWriter() = default;

  /// `features` holds places.size() x dim float32, row-major.
  virtual void append(const float* features, const std::vector<Rect>& places) = 0;
  virtual void commit() = 0;
};

}  // namespace histo
