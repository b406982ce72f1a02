#pragma once
/// The linear probe: logistic regression on frozen features, as scikit-learn's
/// LogisticRegression(solver="lbfgs") minimises it.
///
/// With K > 2 classes, W (K x M), b (K) and s_i the weight of row i's class,
///
///   f(W, b) = C sum_i s_i (-ln softmax(W x_i + b)[y_i]) + |W|^2 / 2
///
/// and with two classes one row w and b: f = C sum_i s_i ln(1 + exp(-t_i (w.x_i + b))) + |w|^2 / 2,
/// t = +1 for class 1 and -1 for class 0. Intercepts carry no penalty. Of the softmax's equivalent
/// intercepts those that sum to 0 are reported. C = M K / 100 as in Chen et al. (UNI), Nature
/// Medicine 30 (2024), by default. UNI's own program on a GPU minimises something else (a mean and
/// a norm not squared), whose decimals are not these.
///
/// The minimum is found by L-BFGS (Liu and Nocedal, Mathematical Programming 45 (1989)) from zeros,
/// with sums in float64 that go block by block in the order of the rows: results do not depend on
/// `threads`.
///
/// Thread rule: one thread at a time.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "histo/matrix.hpp"

namespace histo {

enum class ClassWeights {
  equal,     ///< s = 1
  balanced,  ///< s = n / (K n_c): all classes weigh the same together (Patho-Bench)
};

enum class Standardisation {
  none,      ///< features as they are (UNI)
  training,  ///< (x - mean) / deviation of the training rows; a constant feature becomes 0
};

struct ProbeOptions {
  /// C, above 0; unset: M K / 100.
  std::optional<double> cost;

  ClassWeights class_weights = ClassWeights::equal;
  Standardisation standardisation = Standardisation::none;
  std::size_t max_iterations = 1000;  ///< evaluations of f and its gradient; at least 1

  /// Stop where no component of the gradient of f / (C sum s) exceeds this; at least 1e-8.
  double tolerance = 1e-6;

  std::size_t threads = 1;  ///< at least 1
};

/// Throws Error(usage) naming the option and the value.
void validate(const ProbeOptions& options);

/// All that is needed to apply it again. Coefficients are those of the standardised features where
/// there is a `scale`.
struct Probe {
  std::size_t classes = 0;         ///< K
  DoubleMatrix coefficients;       ///< K x M; 1 x M (of class 1) with two classes
  std::vector<double> intercepts;  ///< K, or 1
  std::vector<double> mean;        ///< M that are taken away first; empty without standardisation
  std::vector<double> scale;       ///< M that are divided by then; empty likewise
  double cost = 0.0;               ///< C
  double objective = 0.0;          ///< f at the end
  double gradient = 0.0;           ///< largest component of the gradient of f / (C sum s)
  std::size_t iterations = 0;      ///< evaluations of f
  bool converged = false;          ///< false: `message` says what came before the tolerance
  std::string message;
};

/// `labels`: 0 .. classes - 1 of each row. Throws Error(input) for fewer than two classes, a class
/// without a row, labels that do not fit, and values that are not finite; Error(usage) as
/// `validate`. Classes that a plane separates are no error: the penalty keeps W finite.
Probe fit_probe(const FloatMatrixView& features, const std::vector<std::int32_t>& labels,
                std::size_t classes, const ProbeOptions& options);

/// n x K; rows sum to 1. Throws Error(input) for another number of columns and for values that are
/// not finite.
DoubleMatrix probe_probabilities(const Probe& probe, const FloatMatrixView& features);

/// The class of the largest number in each row, of equal ones the lowest.
std::vector<std::int32_t> largest_classes(const DoubleMatrix& probabilities);

/// C = 1 / lambda for `count` values of lambda, equally far apart on the logarithmic scale from
/// 1e-5 to 1e6, smallest C first: TITAN's 45 (Ding et al., arXiv 2411.19666). `count` at least 2,
/// else Error(usage).
std::vector<double> cost_grid(std::size_t count = 45);

/// The probe of the cost with the least log loss on validation rows; of equal ones the smallest
/// cost.
struct ProbeSearch {
  Probe best;
  std::vector<double> costs;
  std::vector<double> log_losses;  ///< on the validation rows, of each cost
};
/// Throws as `fit_probe`, for either set of rows; Error(usage) for no costs.
ProbeSearch search_cost(const FloatMatrixView& training,
                        const std::vector<std::int32_t>& training_labels,
                        const FloatMatrixView& validation,
                        const std::vector<std::int32_t>& validation_labels, std::size_t classes,
                        const std::vector<double>& costs, const ProbeOptions& options);

/// Rows for a learning curve: for each size that many rows, as rising numbers. Each class has its
/// share of them to within a row or two, and at least one row; a smaller set lies within a larger
/// one. With the seed, a class's rows come in a random order, the j-th (from 0) of n_c at the place
/// (j + 1/2) / n_c, the first of each class before all others; a set is the rows of the first
/// places (Sainte-Lague's way to seats). Throws Error(usage) for a size below the number of classes
/// or above the number of rows; Error(input) for a class without a row.
std::vector<std::vector<std::size_t>> ladder_rows(const std::vector<std::int32_t>& labels,
                                                  std::size_t classes,
                                                  const std::vector<std::size_t>& sizes,
                                                  std::uint64_t seed);

}  // namespace histo
