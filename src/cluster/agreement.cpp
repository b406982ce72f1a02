#include "cluster/agreement.hpp"

#include <map>
#include <string>
#include <vector>

#include "histo/error.hpp"
#include "histo/kmeans.hpp"

namespace histo {

namespace {

double pairs_among(std::uint64_t count) {
  const auto value = static_cast<double>(count);
  return value * (value - 1.0) / 2.0;
}

double pairs_in(const std::vector<std::uint64_t>& counts) {
  double sum = 0.0;
  for (const std::uint64_t count : counts) sum += pairs_among(count);
  return sum;
}

/// Labels as 0, 1, ... in the order of their first rows; `names` counts them.
std::vector<std::size_t> renamed(const std::vector<std::int32_t>& labels, std::size_t& names) {
  std::map<std::int32_t, std::size_t> known;
  std::vector<std::size_t> result;
  result.reserve(labels.size());
  for (const std::int32_t label : labels) {
    result.push_back(known.emplace(label, known.size()).first->second);
  }
  names = known.size();
  return result;
}

}  // namespace

double cluster::adjusted_rand_index(const std::uint64_t* table, std::size_t rows,
                                    std::size_t columns) {
  std::vector<std::uint64_t> in_rows(rows);
  std::vector<std::uint64_t> in_columns(columns);
  std::uint64_t all_rows = 0;
  double together = 0.0;
  for (std::size_t i = 0; i < rows * columns; ++i) {
    in_rows[i / columns] += table[i];
    in_columns[i % columns] += table[i];
    all_rows += table[i];
    together += pairs_among(table[i]);
  }
  const double in_a = pairs_in(in_rows);
  const double in_b = pairs_in(in_columns);
  const double all = pairs_among(all_rows);
  const double expected = all > 0.0 ? in_a * in_b / all : 0.0;
  const double most = (in_a + in_b) / 2.0;
  // Both put all rows together, or both put each alone: equal.
  if (most == expected) return 1.0;
  return (together - expected) / (most - expected);
}

double adjusted_rand_index(const std::vector<std::int32_t>& a, const std::vector<std::int32_t>& b) {
  if (a.size() != b.size()) {
    throw Error(ErrorKind::internal, "adjusted_rand_index was given " + std::to_string(a.size()) +
                                         " labels and " + std::to_string(b.size()));
  }
  std::size_t rows = 0;
  std::size_t columns = 0;
  const std::vector<std::size_t> rows_of = renamed(a, rows);
  const std::vector<std::size_t> columns_of = renamed(b, columns);
  std::vector<std::uint64_t> table(rows * columns);
  for (std::size_t i = 0; i < a.size(); ++i) ++table[rows_of[i] * columns + columns_of[i]];
  return cluster::adjusted_rand_index(table.data(), rows, columns);
}

}  // namespace histo
