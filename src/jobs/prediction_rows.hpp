#pragma once
/// Tables of predictions brought to the same rows, truth, patients and classes.

#include <cstddef>
#include <string>
#include <vector>

#include "store/prediction_table.hpp"

namespace histo {

/// A table and what it is called in sentences.
struct NamedPredictions {
  std::string file;
  PredictionTable table;
};

/// Some of the rows, in the order given; names stay.
PredictionTable rows_at(const PredictionTable& table, const std::vector<std::size_t>& places);

/// The same with other classes, which hold all that a row has; new ones have probability 0.
PredictionTable with_classes(const PredictionTable& table, const std::vector<std::string>& classes);

/// Throws Error(input) for a row without a predicted class, and for one without a group in a table
/// that has some.
void check_whole(const NamedPredictions& predictions);

/// A row of one file that another one lacks.
struct LoneRow {
  std::string lacking;  ///< the file
  std::string key;      ///< "SLIDE", or "SLIDE x y"
};

/// Leaves in each table the rows that all have, in the order of the first. Throws Error(input) for
/// a row twice in one, for tiles in one and whole slides in another, and where nothing is left.
std::vector<LoneRow> match_rows(std::vector<NamedPredictions>& all);

/// Gives all tables, which have been matched, the truth that is known in any, and the groups of the
/// first that has some; then `classes`, or where there are none those of the first and the further
/// ones of the others. Throws Error(input) where files contradict each other; Error(usage) for a
/// class that is missing in `classes`.
void share_knowledge(std::vector<NamedPredictions>& all, const std::vector<std::string>& classes);

}  // namespace histo
