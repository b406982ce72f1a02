#include <map>
#include <string>
#include <vector>

#include "histo/error.hpp"
#include "histo/kmeans.hpp"

#include "core/rand_index.hpp"

namespace histo {

namespace {

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
  return adjusted_rand_index(table.data(), rows, columns);
}

}  // namespace histo
