#pragma once
/// Classes by vote of the nearest labelled neighbours, without training.
///
/// Each row x becomes a direction z = (x - m) / |x - m|, with m = 0 or the mean of the references.
/// The k references with the largest cosine z.z' vote for their labels:
///
///   temperature  weight exp(z.z' / T), T = 0.07. Wu et al., CVPR 2018, and Caron et al. (DINO),
///   ICCV
///                2021, with k in {10, 20, 100, 200} and m = 0
///   uniform      weight 1; with m the references' mean and k = 20 as Chen et al. (UNI), Nature
///                Medicine 30 (2024). The order by Euclidean distance of directions is the same.
///
/// The class with the largest sum wins, of equal ones the lowest; of equally near references the
/// one of the lower number is nearer. Which are nearest is decided in float64.
///
/// Thread rule: one thread at a time. Results do not depend on `threads`, nor on how queries are
/// split.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "histo/matrix.hpp"

namespace histo {

enum class KnnWeights { temperature, uniform };
enum class Centring { none, mean_of_references };

struct KnnOptions {
  std::size_t neighbours = 20;  ///< k, at least 1; all references if there are fewer
  KnnWeights weights = KnnWeights::temperature;
  double temperature = 0.07;  ///< T, above 0
  Centring centring = Centring::none;
  std::size_t threads = 1;  ///< at least 1
};

/// Throws Error(usage) naming the option and the value.
void validate(const KnnOptions& options);

/// The labelled rows, made ready once for any number of queries.
class KnnClassifier {
 public:
  /// `labels`: 0 .. classes - 1 of each reference. Borrows the references, which stay unchanged as
  /// long as this lives, and keeps a float32 copy of their directions. Throws Error(input) for no
  /// references, labels that do not fit, values that are not finite, and a row without a direction
  /// (all zeros, or equal to the mean), naming the row; Error(usage) as `validate`.
  KnnClassifier(const FloatMatrixView& references, std::vector<std::int32_t> labels,
                std::size_t classes, const KnnOptions& options);

  struct Result {
    std::vector<std::int32_t> labels;  ///< n
    DoubleMatrix votes;                ///< n x classes; each row sums to 1
  };
  /// Throws Error(input) for another number of columns, values that are not finite, and a query
  /// without a direction.
  Result classify(const FloatMatrixView& queries) const;

  /// The numbers of the k nearest references, nearest first; n x min(k, references). Throws as
  /// `classify`.
  std::vector<std::uint32_t> nearest(const FloatMatrixView& queries) const;

  std::size_t neighbours() const;  ///< min(k, references)

 private:
  FloatMatrixView references_;
  std::vector<std::int32_t> labels_;
  std::size_t classes_;
  KnnOptions options_;
  std::vector<double> mean_;       // columns
  std::vector<double> lengths_;    // |x - m| of each reference
  std::vector<float> directions_;  // references x columns
};

}  // namespace histo
