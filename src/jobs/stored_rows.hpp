#pragma once
/// The features of many slides as one matrix.

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "histo/feature_store.hpp"
#include "histo/kmeans.hpp"

namespace histo {

/// Slide after slide, in the order of the folders. Nothing is kept in memory: each pass reads the
/// files again, one at a time, so that neither memory nor open files grow with the number of
/// slides.
class StoredRows : public RowSource {
 public:
  /// Reads sizes and attributes. Throws Error(input) if the slides' features come from different
  /// models or poolings, or differ in length,
  /// naming two of them.
  explicit StoredRows(const std::vector<std::filesystem::path>& folders);

  std::size_t rows() const override { return starts_.back(); }
  std::size_t dim() const override { return dim_; }

  void read(std::size_t first, std::size_t count, float* out) const override;

  /// "tiles/a/features.h5: row 12"
  std::string row_name(std::size_t row) const override;

  /// Rows of slide i are [start(i), start(i + 1)).
  std::size_t start(std::size_t slide) const { return starts_[slide]; }
  /// The slide that holds a row.
  std::size_t slide_of(std::size_t row) const;
  /// The first slide whose rows begin at this one or after it; their number where none does.
  std::size_t first_slide_from(std::size_t row) const;

  const std::string& encoder() const { return encoder_; }
  const std::string& model_sha256() const { return model_sha256_; }
  const std::string& pooling() const { return pooling_; }

 private:
  std::vector<std::filesystem::path> files_;
  std::vector<std::size_t> starts_{0};  ///< one more than there are slides
  std::size_t dim_ = 0;
  std::string encoder_;
  std::string model_sha256_;
  std::string pooling_;
  mutable std::optional<std::pair<std::size_t, FeatureReader>> open_;  ///< the slide read last
};

}  // namespace histo
