#pragma once
/// What is done to features before they are clustered, kept with the centroids and done again to
/// new slides.
///
/// z = V (x - mean), V's rows being the first principal axes of the rows (Pearson 1901), each with
/// the sign that makes its value of largest magnitude positive; whitened, z_i / sqrt(variance_i),
/// the variances dividing by n - 1.

#include <cstddef>
#include <string>
#include <vector>

#include "histo/row_source.hpp"
#include "histo/team.hpp"

namespace histo {

struct Preprocessing {
  std::size_t dim = 0;         ///< of rows as they come
  std::size_t components = 0;  ///< 0: none of this; rows stay as they are
  bool whiten = false;
  std::vector<double> mean;       ///< dim
  std::vector<double> axes;       ///< components x dim, row-major, of length 1
  std::vector<double> variances;  ///< components, falling
};

struct PreprocessingOptions {
  std::size_t components = 0;  ///< 0: none; at most dim and rows - 1
  bool whiten = false;         ///< needs components
  std::size_t threads = 1;
};

/// One pass for the means and one for the covariance, float64 (none for components == 0). Throws
/// Error(usage) for components out of range, Error(input) for rows that are not finite, and where
/// whitening would divide by a variance of nothing.
Preprocessing fit_preprocessing(const RowSource& source, const PreprocessingOptions& options,
                                Team& team);

/// Rows of `source` after preprocessing; with components == 0 the rows themselves. Borrows both.
/// Throws Error(input) where the rows' length is not preprocessing.dim.
class PreparedRows : public RowSource {
 public:
  PreparedRows(const RowSource& source, const Preprocessing& preprocessing);
  std::size_t rows() const override;
  std::size_t dim() const override;
  void read(std::size_t first, std::size_t count, float* out) const override;
  std::string row_name(std::size_t row) const override { return source_->row_name(row); }
  const float* held(std::size_t first, std::size_t count) const override;

 private:
  const RowSource* source_;
  const Preprocessing* preprocessing_;
  std::vector<double> columns_;  ///< dim x components: axes, divided if they whiten
  mutable std::vector<float> raw_;
  mutable std::vector<double> projected_;
};

/// A copy of the rows [first, first + count) in memory, under their own numbers; reading others
/// throws Error(internal). Borrows the source, for the names of its rows.
class HeldRows : public RowSource {
 public:
  HeldRows(const RowSource& source, std::size_t first, std::size_t count);
  std::size_t rows() const override { return rows_; }
  std::size_t dim() const override { return dim_; }
  void read(std::size_t first, std::size_t count, float* out) const override;
  std::string row_name(std::size_t row) const override { return source_->row_name(row); }
  const float* held(std::size_t first, std::size_t count) const override;

 private:
  const RowSource* source_;
  std::size_t rows_ = 0;
  std::size_t dim_ = 0;
  std::size_t first_ = 0;
  std::vector<float> values_;
};

/// The rows that a rank of a team reads, in numbers of the whole: [first, last). The same for all
/// passes, so that a rank needs to hold no others.
struct RowShare {
  std::size_t first = 0;
  std::size_t last = 0;
};
RowShare share_of(const RowSource& source, const Team& team);

}  // namespace histo
