#pragma once
/// The truth of predictions from a table of labels.

#include <cstddef>

#include "histo/labels.hpp"

#include "jobs/label_table.hpp"
#include "jobs/prediction_rows.hpp"

namespace histo {

/// What came of it. Counts are of rows.
struct LabelledPredictions {
  Unmatched unmatched;
  std::size_t not_test = 0;   ///< left out, since the split says something else of them
  std::size_t unknown = 0;    ///< left out, since nothing is said of their slide
  std::size_t corrected = 0;  ///< whose own truth was another one
};

/// Puts in the truth, and with options.group the groups; classes that rows truly have and the
/// predictions do not know are added. Throws Error(input) where no row is left.
LabelledPredictions label_predictions(NamedPredictions& predictions, const LabelOptions& options);

}  // namespace histo
