#pragma once
/// The first look at all rows.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "histo/kmeans.hpp"
#include "histo/team.hpp"

#include "cluster/row_pass.hpp"

namespace histo::cluster {

/// Rows that stand for all, in memory; in an order in which any beginning is a sample as well.
class SampleRows : public RowSource {
 public:
  SampleRows(std::size_t dim, std::vector<std::size_t> numbers);

  std::size_t rows() const override { return numbers_.size(); }
  std::size_t dim() const override { return dim_; }
  void read(std::size_t first, std::size_t count, float* out) const override;
  const float* held(std::size_t first, std::size_t /*count*/) const override { return row(first); }

  const float* row(std::size_t i) const { return values_.data() + i * dim_; }
  float* row(std::size_t i) { return values_.data() + i * dim_; }

  /// Of the rows that these are, among all.
  const std::vector<std::size_t>& numbers() const { return numbers_; }

  /// All rows, at most `count` of them.
  RowView view(std::size_t threads, std::size_t count) const;

 private:
  std::size_t dim_ = 0;
  std::vector<std::size_t> numbers_;
  std::vector<float> values_;
};

/// `count` of `rows` rows in an order that the seed decides; each set of that size is equally
/// likely, and a smaller count gives the beginning of the same list.
std::vector<std::size_t> draw_rows(std::size_t rows, std::size_t count, std::uint64_t seed);

/// A sentence about the first row of the block that cannot be clustered: for a value that is not
/// finite and, with the cosine metric, for nothing but zeros. Empty if there is none.
std::string complaint_about(const RowBlock& block, Metric metric, const RowSource& source);

/// Every rank's rows, checked; one pass. Fills the sample on all ranks, with rows as the view gives
/// them. Returns the largest magnitude of a value, of rows as the view gives them: of those of
/// length 1 a bound of it that rounding respects. Throws Error(input) on all ranks alike, naming
/// the first row that holds a value which is not finite, and the column, or, if rows are to be
/// brought to length 1, that holds nothing but zeros.
double survey_rows(const RowView& view, Team& team, SampleRows& sample);

}  // namespace histo::cluster
