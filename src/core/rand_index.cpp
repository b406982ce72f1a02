#include "core/rand_index.hpp"

#include <vector>

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

}  // namespace

double adjusted_rand_index(const std::uint64_t* table, std::size_t rows, std::size_t columns) {
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

}  // namespace histo
