#include <map>
#include <string>
#include <utility>

#include "histo/error.hpp"
#include "histo/kmeans.hpp"

namespace histo {

namespace {

double pairs_among(std::size_t count) {
  const auto value = static_cast<double>(count);
  return value * (value - 1.0) / 2.0;
}

template <class Counts>
double pairs_in(const Counts& counts) {
  double sum = 0.0;
  for (const auto& [name, count] : counts) sum += pairs_among(count);
  return sum;
}

}  // namespace

double adjusted_rand_index(const std::vector<std::int32_t>& a, const std::vector<std::int32_t>& b) {
  if (a.size() != b.size()) {
    throw Error(ErrorKind::internal, "adjusted_rand_index was given " + std::to_string(a.size()) +
                                         " labels and " + std::to_string(b.size()));
  }
  std::map<std::pair<std::int32_t, std::int32_t>, std::size_t> cells;
  std::map<std::int32_t, std::size_t> rows;
  std::map<std::int32_t, std::size_t> columns;
  for (std::size_t i = 0; i < a.size(); ++i) ++cells[{a[i], b[i]}];
  for (const auto& [cell, count] : cells) {
    rows[cell.first] += count;
    columns[cell.second] += count;
  }
  const double together = pairs_in(cells);
  const double in_a = pairs_in(rows);
  const double in_b = pairs_in(columns);
  const double all = pairs_among(a.size());
  const double expected = all > 0.0 ? in_a * in_b / all : 0.0;
  const double most = (in_a + in_b) / 2.0;
  // Both put all rows together, or both put each alone: equal.
  if (most == expected) return 1.0;
  return (together - expected) / (most - expected);
}

}  // namespace histo
