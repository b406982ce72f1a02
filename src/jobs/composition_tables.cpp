#include "jobs/composition_tables.hpp"

#include "core/csv.hpp"
#include "core/text.hpp"

namespace histo {

std::string left_out_table(const std::vector<LeftOut>& left_out) {
  std::string text = csv_line({"what", "key"});
  for (const LeftOut& each : left_out) text += csv_line({each.what, each.key});
  return text;
}

std::vector<std::string> composition_columns(Composition composition, std::size_t clusters) {
  std::vector<std::string> columns;
  if (composition == Composition::ilr) {
    for (std::size_t j = 1; j < clusters; ++j) columns.push_back("ilr=" + std::to_string(j));
    return columns;
  }
  const bool is_additive = composition == Composition::alr;
  for (std::size_t j = 0; j + (is_additive ? 1 : 0) < clusters; ++j) {
    columns.push_back((is_additive ? "alr=" : "cluster=") + std::to_string(j));
  }
  return columns;
}

DoubleMatrix composition_values(Composition composition, const ClusterCounts& counts) {
  DoubleMatrix shares = cluster_shares(counts);
  switch (composition) {
    case Composition::share:
      return shares;
    case Composition::percent:
      return transform_shares(shares, LogRatio::percent);
    case Composition::clr:
      return transform_shares(replace_zeros(shares), LogRatio::centred);
    case Composition::alr:
      return transform_shares(replace_zeros(shares), LogRatio::additive);
    case Composition::ilr:
      break;
  }
  return transform_shares(replace_zeros(shares), LogRatio::isometric);
}

ClusterCounts counts_at(const ClusterCounts& counts, const std::vector<std::size_t>& places) {
  ClusterCounts some;
  some.groups = places.size();
  some.clusters = counts.clusters;
  for (const std::size_t place : places) {
    for (std::size_t j = 0; j < counts.clusters; ++j) some.counts.push_back(counts.at(place, j));
  }
  return some;
}

std::string counts_table(const std::string& key, const std::vector<std::string>& names,
                         const ClusterCounts& counts) {
  std::vector<std::string> cells{key, "tiles"};
  for (const std::string& column : composition_columns(Composition::share, counts.clusters)) {
    cells.push_back(column);
  }
  std::string text = csv_line(cells);
  for (std::size_t i = 0; i < names.size(); ++i) {
    cells = {names[i], std::to_string(counts.tiles(i))};
    for (std::size_t j = 0; j < counts.clusters; ++j) {
      cells.push_back(std::to_string(counts.at(i, j)));
    }
    text += csv_line(cells);
  }
  return text;
}

std::string composition_table(const std::string& key, const std::vector<std::string>& names,
                              const ClusterCounts& counts, const std::vector<std::string>& columns,
                              const DoubleMatrix& values) {
  std::vector<std::string> cells{key, "tiles"};
  cells.insert(cells.end(), columns.begin(), columns.end());
  std::string text = csv_line(cells);
  for (std::size_t i = 0; i < names.size(); ++i) {
    cells = {names[i], std::to_string(counts.tiles(i))};
    for (std::size_t j = 0; j < values.columns; ++j) cells.push_back(number(values.at(i, j)));
    text += csv_line(cells);
  }
  return text;
}

std::string neighbours_table(const std::string& key, const std::vector<std::string>& names,
                             const std::vector<std::vector<std::uint64_t>>& pairs,
                             std::size_t clusters) {
  std::string text = csv_line({key, "a", "b", "pairs"});
  for (std::size_t i = 0; i < names.size(); ++i) {
    for (std::size_t a = 0; a < clusters; ++a) {
      for (std::size_t b = a; b < clusters; ++b) {
        text += csv_line({names[i], std::to_string(a), std::to_string(b),
                          std::to_string(pairs[i][a * clusters + b])});
      }
    }
  }
  return text;
}

}  // namespace histo
