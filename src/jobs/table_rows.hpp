#pragma once
/// What tables of columns do row by row: take some rows, and put others behind.

#include <algorithm>
#include <cstddef>
#include <vector>

#include "histo/matrix.hpp"

namespace histo {

/// The values at these places, in their order; nothing of a column without values.
template <class Value>
std::vector<Value> values_at(const std::vector<Value>& values,
                             const std::vector<std::size_t>& places) {
  std::vector<Value> some;
  if (values.empty()) return some;
  some.reserve(places.size());
  for (const std::size_t place : places) some.push_back(values[place]);
  return some;
}

/// The same of rows; nothing of a matrix without columns.
inline DoubleMatrix values_at(const DoubleMatrix& matrix, const std::vector<std::size_t>& places) {
  if (matrix.columns == 0) return {};
  DoubleMatrix some(places.size(), matrix.columns);
  for (std::size_t i = 0; i < places.size(); ++i) {
    std::copy(matrix.row(places[i]), matrix.row(places[i]) + matrix.columns, some.row(i));
  }
  return some;
}

template <class Value>
void append(std::vector<Value>& values, const std::vector<Value>& more) {
  values.insert(values.end(), more.begin(), more.end());
}

/// Rows of as many columns, or to a matrix that has none yet.
inline void append(DoubleMatrix& matrix, const DoubleMatrix& more) {
  append(matrix.values, more.values);
  matrix.columns = more.columns;
  matrix.rows += more.rows;
}

}  // namespace histo
