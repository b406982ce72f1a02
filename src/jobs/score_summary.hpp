#pragma once
/// What predictions are worth, as it stands in summary.json, confusion.csv and classes.csv of every
/// verb that names classes.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "histo/bootstrap.hpp"
#include "histo/classification_metrics.hpp"

#include "jobs/result_folder.hpp"
#include "store/prediction_table.hpp"

namespace histo {

/// The figures by name, in the order of the door: accuracy, balanced_accuracy, quadratic_kappa,
/// weighted_f1, log_loss, auroc_ovo, auroc_ovr.
std::vector<std::pair<std::string, Interval>> named_figures(const ScoreIntervals& scores);

/// Why figures or their intervals are missing, a sentence each, with classes by their names.
std::vector<std::string> score_messages(const ScoreIntervals& scores,
                                        const std::vector<std::string>& classes);

/// {rows, groups, rows_of_class: {CLASS: n}, figures: {NAME: {value, low, high, standard_error}},
/// bootstrap: {repeats, redrawn, level, seed}, messages: [...]}. `groups`: the patient of each row.
/// Throws as `score_intervals`.
Json score_summary(const Predictions& predictions, const std::vector<std::string>& classes,
                   const std::vector<std::int32_t>& groups, const BootstrapOptions& options);
/// The same of intervals that are there already.
Json score_summary(const Predictions& predictions, const std::vector<std::string>& classes,
                   const ScoreIntervals& scores, const BootstrapOptions& options);

/// "0.931", and "-" for a NaN.
std::string three_decimals(double value);

/// "accuracy 0.93 (0.91 to 0.95), balanced accuracy .., AUROC ..; 95 % intervals", for people.
std::string score_sentence(const ScoreIntervals& scores, double level);

/// confusion.csv: `truth` and a column for each class with how many of that truth were given it.
std::string confusion_table(const Predictions& predictions,
                            const std::vector<std::string>& classes);
/// classes.csv: class, rows, precision, recall, f1, auroc; what is not defined is empty.
std::string class_table(const Predictions& predictions, const std::vector<std::string>& classes);

/// The rows whose truth is known, in their order.
PredictionTable known_rows(const PredictionTable& table);
/// For the functions above. All rows must have a truth: see `known_rows`.
Predictions predictions_of(const PredictionTable& table);
/// The group of each row, or where the table has none, its slide.
std::vector<std::int32_t> groups_of(const PredictionTable& table);

/// The slide whose rows differ in their truth, as a sentence; empty where there is none. Likewise
/// for groups.
std::string mixed_slide(const PredictionTable& table);
std::string mixed_group(const PredictionTable& table);

/// One row a slide, in the order of `slides`, of those that have rows: the mean of its rows'
/// probabilities (where there are none: the share of its rows that were given each class), the
/// class with the largest of them (of equal ones the first), the truth that its rows with a known
/// one have in common, its group and its fold. Throws Error(input) with `mixed_slide`'s sentence,
/// and for a slide in two groups; a slide in two folds has none.
PredictionTable by_slide(const PredictionTable& table);
/// One row a group, in the order of `groups`: the mean over all its rows, in whichever slide. The
/// groups are then also the slides of the table. Throws Error(input) as above, and where the table
/// has no groups.
PredictionTable by_group(const PredictionTable& table);

}  // namespace histo
