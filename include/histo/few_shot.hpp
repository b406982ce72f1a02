#pragma once
/// Classes by the nearest mean of a few labelled examples: SimpleShot.
///
/// Wang, Chao, Weinberger, van der Maaten, "SimpleShot", arXiv 1911.04623 (2019), with its centring
/// and L2 normalisation, as Chen et al. (UNI), Nature Medicine 30 (2024), use it. With m the mean
/// of all support rows, each row becomes z = (x - m) / |x - m|; a class's prototype is the mean of
/// its z, not made of length 1 again; a query goes to the prototype nearest in Euclidean distance,
/// of equally near ones to the lowest class. A row equal to m has z = 0.
///
/// Thread rule: one thread at a time. Results do not depend on `threads`.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "histo/matrix.hpp"

namespace histo {

struct Prototypes {
  std::vector<double> mean;  ///< m, one for each column
  DoubleMatrix centres;      ///< classes x columns
};

/// `labels`: 0 .. classes - 1 of each row. Throws Error(input) for a class without a row, labels
/// that do not fit, values that are not finite, and rows that are all equal.
Prototypes fit_prototypes(const FloatMatrixView& support, const std::vector<std::int32_t>& labels,
                          std::size_t classes);

/// n x classes Euclidean distances |z - prototype|. Throws Error(input) for another number of
/// columns and for values that are not finite.
DoubleMatrix prototype_distances(const Prototypes& prototypes, const FloatMatrixView& queries);

/// The nearest class of each row of such distances.
std::vector<std::int32_t> nearest_classes(const DoubleMatrix& distances);

/// A slide's class from its tiles: for each class the mean over its `nearest` smallest squared
/// distances (all, if there are fewer tiles), and the class with the least. Squared as UNI's search
/// gives them.
struct SlideVote {
  std::int32_t label = 0;
  std::vector<double> distances;  ///< one for each class
};
/// `distances`: tiles x classes, as `prototype_distances` gives them. Throws Error(input) for no
/// tiles, Error(usage) for `nearest` 0.
SlideVote slide_vote(const DoubleMatrix& distances, std::size_t nearest = 5);

struct EpisodeOptions {
  /// Examples of each class, at least 1 each.
  std::vector<std::size_t> shots = {1, 2, 4, 8, 16, 32, 64, 128, 256};
  std::size_t episodes = 1000;  ///< of each number of shots; at least 1
  std::uint64_t seed = 0;       ///< the same seed draws the same examples
  std::size_t threads = 1;      ///< at least 1
};

/// Throws Error(usage) naming the option and the value.
void validate(const EpisodeOptions& options);

/// What one number of shots came to.
struct ShotScores {
  std::size_t shots = 0;
  std::vector<double> accuracies;           ///< one for each episode
  std::vector<double> balanced_accuracies;  ///< likewise
  double mean_accuracy = 0.0;
  double accuracy_deviation = 0.0;  ///< standard deviation over the episodes (n - 1); NaN for one
  double mean_balanced_accuracy = 0.0;
  double balanced_accuracy_deviation = 0.0;
  std::string message;  ///< why there are none (means NaN): a class has fewer rows than `shots`
};

/// The rows of one episode: `shots` of each class without replacement, class after class. The same
/// for the same seed, whichever other episodes are drawn. Throws Error(input) for a class with
/// fewer rows.
std::vector<std::size_t> episode_rows(const std::vector<std::int32_t>& labels, std::size_t classes,
                                      std::size_t shots, std::uint64_t seed, std::size_t episode);

/// Prototypes from `shots` examples of each class of the support, tried on all test rows. One
/// result for each number of shots. Throws Error(input) as `fit_prototypes` and
/// `prototype_distances`, and for no test rows; Error(usage) as `validate`. An episode whose
/// examples are all equal has the accuracy NaN; the message counts such episodes, and the means
/// leave them out.
std::vector<ShotScores> run_episodes(const FloatMatrixView& support,
                                     const std::vector<std::int32_t>& support_labels,
                                     const FloatMatrixView& tests,
                                     const std::vector<std::int32_t>& test_labels,
                                     std::size_t classes, const EpisodeOptions& options);

}  // namespace histo
