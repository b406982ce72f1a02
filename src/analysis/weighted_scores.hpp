#pragma once
/// The figures of histo/classification_metrics.hpp on rows that count several times, for as many
/// weightings as one likes: sorting is done once.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "histo/classification_metrics.hpp"

namespace histo::analysis {

class WeightedScores {
 public:
  /// Borrows the predictions, which have been checked.
  explicit WeightedScores(const Predictions& predictions);

  /// May be called from several threads. The sum of the weights is not 0.
  ClassificationScores of(const std::vector<std::uint32_t>& weights) const;

  /// Does each class that occurs in the truth also occur with these weights?
  bool has_all_classes(const std::vector<std::uint32_t>& weights) const;

  /// wins[a * K + b]: over all pairs of a row of class a and one of class b, those in which p_a is
  /// larger in the row of a, plus half of those in which it is equal.
  std::vector<double> wins(const std::vector<std::uint32_t>& weights) const;

  /// The weight of each class in the truth.
  std::vector<double> class_weights(const std::vector<std::uint32_t>& weights) const;

  /// n_tp, K x K.
  std::vector<double> confusion(const std::vector<std::uint32_t>& weights) const;

 private:
  void add_label_figures(const std::vector<double>& table, ClassificationScores& scores) const;
  void add_probability_figures(const std::vector<std::uint32_t>& weights,
                               ClassificationScores& scores) const;

  const Predictions& predictions_;
  std::vector<std::vector<std::uint32_t>> orders_;  // of each column: rows by rising probability
  std::vector<bool> in_truth_;                      // of each class
};

/// NaN where a class is missing. `weights`: of each class.
double auroc_ovo(const std::vector<double>& wins, const std::vector<double>& weights);
double auroc_of(std::size_t of_class, const std::vector<double>& wins,
                const std::vector<double>& weights);

}  // namespace histo::analysis
