#pragma once
/// Numbers that a table of labels gives to tiles or slides, and numbers predicted of them.

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "histo/bootstrap.hpp"
#include "histo/geometry.hpp"
#include "histo/matrix.hpp"

#include "core/file_writer.hpp"
#include "jobs/result_folder.hpp"

namespace histo {

/// Columns of the labels that hold numbers.
class NumberTable {
 public:
  /// Keys are as in histo/labels.hpp, and are taken for checked. Throws Error(input) naming the
  /// file, the line and the column for a cell that is neither empty nor a finite number.
  NumberTable(const std::filesystem::path& file, const std::vector<std::string>& columns);

  /// One for each column; nullptr where nothing, or not all of it, is said.
  const std::vector<double>* find(const std::string& slide, const Rect& tile) const;

  std::size_t incomplete() const { return incomplete_; }  ///< lines with an empty cell

 private:
  using Place = std::pair<std::int64_t, std::int64_t>;
  bool of_tiles_ = false;
  std::map<std::string, std::map<Place, std::vector<double>>> slides_;
  std::size_t incomplete_ = 0;
};

/// Rows of tiles, or of slides, with numbers that were predicted of them. All vectors have one
/// entry a row, or none where nothing is known of it.
struct Regressed {
  std::vector<std::string> targets;  ///< T
  std::vector<std::string> slides;   ///< names that `slide` counts in
  std::vector<std::string> groups;   ///< names that `group` counts in
  std::vector<std::uint32_t> slide;
  std::vector<Rect> rects;
  std::vector<std::int32_t> group;
  std::vector<std::int32_t> fold;
  DoubleMatrix truth;  ///< n x T, NaN where it is not known; 0 x 0 without any
  DoubleMatrix predicted;

  std::size_t rows() const { return slide.size(); }
};

/// Columns slide[,x,y,w,h][,group][,fold][,truth=TARGET..],predicted=TARGET..; blocks as those of
/// PredictionWriter.
class RegressionWriter {
 public:
  explicit RegressionWriter(const std::filesystem::path& file) : file_(file) {}
  void append(const Regressed& block);
  void commit() { file_.commit(); }

 private:
  FileWriter file_;
  bool has_header_ = false;
};

/// The rows after those that are there.
void append_rows(Regressed& table, const Regressed& rows);
/// Some of them, in the order given.
Regressed rows_at(const Regressed& table, const std::vector<std::size_t>& places);
/// Those whose truth is known.
Regressed known_rows(const Regressed& table);

/// A row a slide, in the order of `slides`: the mean of what was predicted of its tiles, and the
/// mean of what is known of them.
Regressed by_slide(const Regressed& table);

/// {rows, groups, targets: {NAME: {r2: {value, low, high, standard_error}, pearson, rmse}},
/// bootstrap, messages}. All truths are known.
Json regression_summary(const Regressed& known, const BootstrapOptions& options);

}  // namespace histo
