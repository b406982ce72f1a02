#pragma once
/// ROC curves of several predictions of the same rows, as a picture and as numbers.

#include <string>
#include <vector>

#include "histo/classification_metrics.hpp"
#include "histo/image.hpp"

namespace histo {

/// A curve for each of the files: of the second class where there are two, else a set for each
/// class against all others, of those that some rows have and some have not.
struct RocFigures {
  std::string table;                  ///< roc.csv; a header alone where there is no curve
  Image picture;                      ///< roc.png; empty where there is no curve
  std::vector<std::string> messages;  ///< what there is no curve of, and why
};

/// `files` and `predictions` belong together. Points of roc.csv that lie on a line between their
/// neighbours, across or upright, are left out.
RocFigures roc_figures(const std::vector<std::string>& files,
                       const std::vector<Predictions>& predictions,
                       const std::vector<std::string>& classes);

}  // namespace histo
