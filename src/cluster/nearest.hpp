#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "cluster/blocks.hpp"

namespace histo::cluster {

/// The centres of several k side by side, as one matrix for the products of a pass. Borrows the
/// centres.
class CentreStack {
 public:
  struct Group {
    const float* centres = nullptr;  ///< k x dim
    std::size_t k = 0;
    std::size_t offset = 0;  ///< of its first centre in the stack
    double longest = 0.0;    ///< greatest |c'|
  };

  /// `origin` is what rows and centres are shifted by: dim values.
  explicit CentreStack(std::vector<float> origin) : origin_(std::move(origin)) {}

  /// `centres`: k x dim, row-major.
  void add(const std::vector<float>& centres);

  std::size_t dim() const { return origin_.size(); }
  std::size_t size() const { return squared_norms_.size(); }
  const std::vector<float>& origin() const { return origin_; }
  const std::vector<Group>& groups() const { return groups_; }
  const std::vector<float>& shifted() const { return shifted_; }              ///< c', size() x dim
  const std::vector<float>& squared_norms() const { return squared_norms_; }  ///< |c'|^2

 private:
  std::vector<float> origin_;
  std::vector<Group> groups_;
  std::vector<float> shifted_;
  std::vector<float> squared_norms_;
};

/// Finds the centre nearest to a row, in each group; of equally near ones the first. The answer is
/// that of float64 distances, whatever the products' rounding. Holds scratch: one for each thread.
class NearestCentres {
 public:
  explicit NearestCentres(const CentreStack& stack) : stack_(&stack) {}

  /// `labels` takes groups x block.count values, group by group.
  void assign(const RowBlock& block, std::int32_t* labels);

 private:
  std::int32_t nearest(const CentreStack::Group& group, const float* row, const float* products,
                       double row_norm);
  std::int32_t nearest_exactly(const CentreStack::Group& group, const float* row, double limit);

  const CentreStack* stack_;
  std::vector<float> shifted_;   ///< rows x dim
  std::vector<float> products_;  ///< rows x stack size
  std::vector<float> scores_;    ///< |c'|^2 - 2 x'.c' of one row and one group
};

}  // namespace histo::cluster
