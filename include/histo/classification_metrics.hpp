#pragma once
/// What predictions are worth: the one set of figures for kNN, few-shot, probe and anything else
/// that names classes.
///
/// n rows, K classes 0 .. K-1. With w_i = 1 (or how often the bootstrap drew row i) and the
/// confusion counts n_tp of truth t and prediction p:
///
///   accuracy           sum_c n_cc / n
///   balanced accuracy  mean over the classes in the truth of n_cc / n_c.
///   quadratic kappa    1 - sum_tp (t-p)^2 n_tp / sum_tp (t-p)^2 n_t. n_.p / n  (Cohen 1968)
///   weighted F1        sum_c n_c. / n * 2 n_cc / (n_c. + n_.c)
///   log loss           -mean ln p_i(truth), p clipped below at 2^-52
///   AUROC of a over b  P(p_a of a row of a > p_a of a row of b) + P(equal) / 2  (Mann-Whitney)
///   AUROC ovo          mean over pairs a < b of the mean of AUROC(a, b) and AUROC(b, a)
///                      (Hand, Till, Machine Learning 45 (2001))
///   AUROC ovr          mean over a of AUROC(a, all others)
///
/// With two classes both AUROCs are that of p_1. Kappa's classes are 0 .. K-1 also where one of
/// them occurs nowhere, as scikit-learn's with `labels=range(K)`.
///
/// Thread rule: one thread at a time.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "histo/bootstrap.hpp"
#include "histo/matrix.hpp"

namespace histo {

struct Predictions {
  std::size_t classes = 0;           ///< K, at least 1
  std::vector<std::int32_t> truth;   ///< n
  std::vector<std::int32_t> labels;  ///< n, predicted
  DoubleMatrix probabilities;        ///< n x K, rows summing to 1; 0 x 0 where there are none
};

/// A figure that is not defined is NaN, and `messages` says why.
struct ClassificationScores {
  double accuracy = 0.0;
  double balanced_accuracy = 0.0;
  double quadratic_kappa = 0.0;
  double weighted_f1 = 0.0;
  double log_loss = 0.0;   ///< in nats
  double auroc_ovo = 0.0;  ///< macro, one against one
  double auroc_ovr = 0.0;  ///< macro, one against the rest
  std::vector<std::string> messages;
};

/// Of one class; NaN where nothing carries it.
struct ClassScores {
  std::size_t rows = 0;    ///< that truly have it
  double precision = 0.0;  ///< of the rows that were given it, those that have it
  double recall = 0.0;     ///< of the rows that have it, those that were given it
  double f1 = 0.0;         ///< 2 n_cc / (n_c. + n_.c)
  double auroc = 0.0;      ///< against all others; NaN without probabilities
};

/// Throws Error(input) for no rows, lengths that differ, labels outside the classes, probabilities
/// outside [0, 1] or not summing to 1 (to 1e-6).
ClassificationScores classification_scores(const Predictions& predictions);

/// n_tp: K x K, truth down, prediction across. Throws as above.
std::vector<std::uint64_t> confusion_counts(const Predictions& predictions);

/// One for each class. Throws as above.
std::vector<ClassScores> class_scores(const Predictions& predictions);

struct ScoreIntervals {
  ClassificationScores scores;  ///< of all rows, with their messages
  Interval accuracy;
  Interval balanced_accuracy;
  Interval quadratic_kappa;
  Interval weighted_f1;
  Interval log_loss;
  Interval auroc_ovo;
  Interval auroc_ovr;
  BootstrapResult bootstrap;  ///< its counts and message; intervals as named above, in that order
};

/// `groups`: the patient of each row. A resample in which a class of the truth is missing is drawn
/// again, so that every one has the same classes.
ScoreIntervals score_intervals(const Predictions& predictions,
                               const std::vector<std::int32_t>& groups,
                               const BootstrapOptions& options);

/// The point of a curve at which all rows with p >= threshold are called positive.
struct RocPoint {
  double threshold = 0.0;            ///< infinity for the first: nothing is positive
  double false_positive_rate = 0.0;  ///< of the negative rows
  double true_positive_rate = 0.0;   ///< of the positive rows
};

/// Of a class against all others, from (0, 0) to (1, 1), one point for each distinct probability.
/// Throws Error(input) without probabilities, and where all rows or none have the class.
std::vector<RocPoint> roc_curve(const Predictions& predictions, std::size_t of_class);

}  // namespace histo
