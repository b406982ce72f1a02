#pragma once
/// predictions.csv: what was predicted of each tile, by kNN, prototypes, a probe, or anything else
/// that names classes. docs/formats.md is the specification.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "histo/geometry.hpp"
#include "histo/matrix.hpp"

#include "core/file_writer.hpp"

namespace histo {

/// All vectors have one entry a row, or none where nothing is known of it.
struct PredictionTable {
  std::vector<std::string> classes;  ///< K
  std::vector<std::string> slides;   ///< names that `slide` counts in
  std::vector<std::string> groups;   ///< patients that `group` counts in
  std::vector<std::uint32_t> slide;  ///< n
  std::vector<Rect> rects;           ///< n, level-0 pixels; empty for predictions of whole slides
  std::vector<std::int32_t> group;   ///< n or none
  std::vector<std::int32_t> fold;    ///< n or none: the fold that the row was held out in, from 0
  std::vector<std::int32_t> truth;   ///< n or none; -1 where it is not known
  std::vector<std::int32_t> predicted;  ///< n
  DoubleMatrix probabilities;           ///< n x K, rows summing to 1; 0 x 0 where there are none

  std::size_t rows() const { return predicted.size(); }
};

/// Columns slide[,x,y,w,h][,group][,fold][,truth],predicted[,p=CLASS for each class]; what the
/// first block has none of is left out. Numbers have the shortest digits that read back the same.
class PredictionWriter {
 public:
  explicit PredictionWriter(const std::filesystem::path& file) : file_(file) {}

  /// Rows in their order. All blocks have the same classes and the same columns.
  void append(const PredictionTable& block);
  void commit() { file_.commit(); }

 private:
  FileWriter file_;
  bool has_header_ = false;
};

/// Columns may stand in any order, others are ignored; without p= columns the classes are those of
/// truth and predicted, sorted. Throws Error(input) naming the file, the line and the column: a
/// class that has no p= column, a number that is none, a probability outside [0, 1].
PredictionTable read_predictions(const std::filesystem::path& file);

}  // namespace histo
