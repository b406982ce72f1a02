#include "analysis/checks.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "histo/error.hpp"

namespace histo::analysis {

namespace {

template <class Value>
void check_values(const MatrixView<Value>& matrix, const std::string& what) {
  const Value* const end = matrix.values + matrix.size();
  const Value* const bad =
      std::find_if(matrix.values, end, [](Value value) { return !std::isfinite(value); });
  if (bad == end) return;
  const auto index = static_cast<std::size_t>(bad - matrix.values);
  std::ostringstream sentence;
  sentence << "value " << index % matrix.columns << " of row " << index / matrix.columns << " of "
           << what << " is " << *bad << ", not a finite number";
  throw Error(ErrorKind::input, sentence.str());
}

}  // namespace

void check_finite(const FloatMatrixView& matrix, const std::string& what) {
  check_values(matrix, what);
}

void check_finite(const DoubleMatrixView& matrix, const std::string& what) {
  check_values(matrix, what);
}

void check_count(std::size_t found, std::size_t wanted, const std::string& what) {
  if (found == wanted) return;
  throw Error(ErrorKind::input,
              what + " are " + std::to_string(found) + " for " + std::to_string(wanted) + " rows");
}

void check_labels(const std::vector<std::int32_t>& labels, std::size_t classes) {
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] >= 0 && static_cast<std::size_t>(labels[i]) < classes) continue;
    throw Error(ErrorKind::input, "the label of row " + std::to_string(i) + " is " +
                                      std::to_string(labels[i]) + ", not one of the " +
                                      std::to_string(classes) + " classes");
  }
}

std::size_t class_count(const std::vector<std::int32_t>& labels) {
  if (labels.empty()) throw Error(ErrorKind::input, "there are no labels");
  const auto [least, most] = std::minmax_element(labels.begin(), labels.end());
  if (*least < 0) {
    throw Error(ErrorKind::input, "the label of row " + std::to_string(least - labels.begin()) +
                                      " is " + std::to_string(*least) + ", below 0");
  }
  return static_cast<std::size_t>(*most) + 1;
}

std::vector<std::size_t> label_counts(const std::vector<std::int32_t>& labels,
                                      std::size_t classes) {
  check_labels(labels, classes);
  std::vector<std::size_t> counts(classes);
  for (const std::int32_t label : labels) ++counts[static_cast<std::size_t>(label)];
  return counts;
}

}  // namespace histo::analysis
