#pragma once
/// The nearest of some centres, by float32 products where they can tell and in float64 where not.
///
/// |x - c|^2 = |x - o|^2 - 2 x.c' + b with c' = c - o and b = |c'|^2 + 2 o.c'. The first term is
/// the same for all centres. With the origin o at the rows' mean c' is short, and little is lost in
/// the product; where the mean lies far from zero, against the rows' spread, rows are shifted as
/// well. A bound on what is lost says which rows are in doubt, and float64 decides those: labels
/// depend neither on the order in which a library adds, OpenBLAS or a GPU's, nor on what other
/// centres share its call.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "histo/kmeans.hpp"

#include "cluster/row_pass.hpp"

namespace histo::cluster {

/// The most by which b - 2 x.c', in float32, differs from |x - c|^2 - |x - o|^2, for |x|, |o| <=
/// row_length and |c'| <= centre_length; infinite where float32 might overflow or underflow.
double product_error(double row_length, double centre_length, std::size_t dim);

/// Where the products measure from.
struct Origin {
  std::vector<float> place;  ///< dim
  bool shift_rows = false;
};

/// Of a sample's rows: results do not depend on it.
Origin origin_of(const RowView& sample);

/// Of centres, which lie around where rows do.
Origin origin_among(const std::vector<CentroidSet>& sets, std::size_t dim);

/// The centres of several fits side by side, as one matrix for the products of a pass. Borrows the
/// centres and the origin.
class CentreStack {
 public:
  struct Group {
    const float* centres = nullptr;  ///< k x dim
    std::size_t k = 0;
    std::size_t offset = 0;  ///< of its first centre in the stack
    double longest = 0.0;    ///< greatest |c'|
  };

  explicit CentreStack(const Origin& origin);

  /// `centres`: k x dim, row-major.
  void add(const std::vector<float>& centres);

  const Origin& origin() const { return *origin_; }
  double origin_length() const { return origin_length_; }  ///< 0 if rows are shifted
  std::size_t dim() const { return origin_->place.size(); }
  std::size_t size() const { return offsets_.size(); }
  const std::vector<Group>& groups() const { return groups_; }
  const float* shifted(std::size_t i) const { return shifted_.data() + i * dim(); }  ///< c'
  const float* offsets(std::size_t i) const { return offsets_.data() + i; }          ///< b

 private:
  const Origin* origin_;
  double origin_length_;
  std::vector<Group> groups_;
  std::vector<float> shifted_;
  std::vector<float> offsets_;
};

/// What is found for a row in one group.
struct Nearest {
  std::int32_t label = 0;
  /// At most the distance to the second nearest centre less that to the nearest; 0 if in doubt.
  float gap = 0.0F;
};

/// Finds the centre nearest to a row as float64 distances decide, of equally near ones the one
/// whose values come first in lexicographic order, of equal ones the first. Holds scratch: one for
/// each thread.
class NearestCentres {
 public:
  explicit NearestCentres(const CentreStack& stack) : stack_(&stack) {}

  /// All rows of the block, in the groups [first, last). `nearest` takes groups x block.count,
  /// group by group. A block that comes with scores needs products for rows in doubt alone.
  void assign(const RowBlock& block, std::size_t first, std::size_t last, Nearest* nearest);

  /// The rows of the block that `which` names, in one group; to nearest[which].
  void assign_some(const RowBlock& block, const std::vector<std::uint32_t>& which,
                   std::size_t group, Nearest* nearest);

 private:
  struct Lengths {
    double own = 0.0;          ///< |x|, or |x'| if rows are shifted
    double from_origin = 0.0;  ///< |x'|
  };

  void assign_scored(const RowBlock& block, std::size_t first, std::size_t last, Nearest* nearest);
  Lengths lengths_of(const float* row) const;
  double error_of(const CentreStack::Group& group, const Lengths& lengths) const;
  /// Nothing for a row in doubt.
  static std::optional<Nearest> settle(const CentreStack::Group& group, const TwoSmallest& scores,
                                       const Lengths& lengths, double error);
  Nearest decide(const CentreStack::Group& group, const float* row, const float* products,
                 const Lengths& lengths);
  std::int32_t decide_exactly(const CentreStack::Group& group, const float* row,
                              const float* products, double limit) const;

  const CentreStack* stack_;
  std::vector<float> gathered_;                       ///< rows x dim
  std::vector<float> products_;                       ///< rows x centres
  std::vector<std::vector<std::uint32_t>> doubtful_;  ///< one a group
};

}  // namespace histo::cluster
