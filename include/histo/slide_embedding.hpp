#pragma once
/// One vector for a whole slide (or a patient's pooled tiles) from the vectors of its tiles,
/// without labels.
///
/// Vu, Q.D. et al. "Handcrafted Histological Transformer (H2T)", Med. Image Anal. 85 (2023) 102743.
/// Song, A.H. et al. "Morphological prototyping for unsupervised slide representation learning in
/// computational pathology" (PANTHER), CVPR 2024; its mixture's maximum a posteriori step is of
/// Kim, M. "Differentiable expectation-maximization for set representation learning", ICLR 2022.
///
/// Tiles are n x d, prototypes p x d, row-major float32; all sums are float64 in the order of the
/// tiles. Each function throws Error(input) for no tile, a number that is not finite and shapes
/// that do not fit. Thread rule: h2t_embedding, panther_responsibilities and panther_mixture one at
/// a time, since they set OpenBLAS to one thread while they work; the others on any thread.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "histo/matrix.hpp"

namespace histo {

/// d values: over all tiles, of each feature.
std::vector<double> mean_embedding(const FloatMatrixView& tiles);

/// The standard deviation, with divisor n: 0 for one tile.
std::vector<double> deviation_embedding(const FloatMatrixView& tiles);

std::vector<double> maximum_embedding(const FloatMatrixView& tiles);

/// A patient's from those of the slides (late fusion): their mean, each slide counting the same.
std::vector<double> mean_of_embeddings(const DoubleMatrixView& slides);

enum class CountScale {
  unit_length,  ///< counts / |counts|_2, as PANTHER's baseline
  share,        ///< counts / n, the composition
};

/// How many tiles belong to each of `prototypes` clusters. Labels are 0 .. prototypes - 1.
std::vector<double> prototype_counts(const std::vector<std::int32_t>& labels,
                                     std::size_t prototypes, CountScale scale);

/// p x d values: tiles and prototypes scaled to length 1, each tile given to the prototype with the
/// largest product (of equals the first), and the mean of each prototype's tiles, zeros for one
/// that has none. Throws Error(input) for a tile or a prototype of length 0.
std::vector<double> h2t_embedding(const FloatMatrixView& tiles, const FloatMatrixView& prototypes);

/// A mixture of p normal distributions whose covariances are diagonal.
struct Mixture {
  std::vector<double> shares;  ///< p, which add up to 1
  DoubleMatrix means;          ///< p x d
  DoubleMatrix variances;      ///< p x d

  /// [shares | means | variances], p + 2 p d values: PANTHER's embedding.
  std::vector<double> embedding() const;
};

struct PantherOptions {
  double prior_variance = 1.0;  ///< V, of each feature of each prototype; above 0
  double prior_tiles = 1.0;     ///< tau, how many tiles the prior is worth; above 0
  std::size_t steps = 1;        ///< L, of expectation and maximisation; at least 1
};

/// Where the mixture starts: shares 1/p, the prototypes as means, the prior variance. Throws
/// Error(usage) for options out of range.
Mixture panther_prior(const FloatMatrixView& prototypes, const PantherOptions& options);

/// q_nj = share_j N(x_n; mean_j, diag variance_j), scaled to add up to 1 over j: n x p.
DoubleMatrix panther_responsibilities(const FloatMatrixView& tiles, const Mixture& mixture);

/// `steps` times, with q from the mixture so far, prototypes m and w_j = sum_n q_nj + tau:
///   share_j = w_j / sum_j w_j,  mean_j = (sum_n q_nj x_n + tau m_j) / w_j,
///   variance_j = (sum_n q_nj x_n^2 + tau (V + m_j^2)) / w_j - mean_j^2.
Mixture panther_mixture(const FloatMatrixView& tiles, const FloatMatrixView& prototypes,
                        const PantherOptions& options);

}  // namespace histo
